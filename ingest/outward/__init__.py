"""Wing: what leaves for other systems: events for other centres, usage for a time-series store."""
