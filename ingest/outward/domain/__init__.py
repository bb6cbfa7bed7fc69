"""Which events another centre wants."""
