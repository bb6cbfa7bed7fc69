"""Pages of families and households."""
