"""Actions for families and households."""
