"""Actions on places and people."""
