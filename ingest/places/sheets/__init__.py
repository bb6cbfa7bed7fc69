"""Places and people as tables for an office, both ways."""
