"""Actions on rosters and shifts."""
