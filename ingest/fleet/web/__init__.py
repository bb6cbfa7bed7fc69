"""Pages of the fleet and of thresholds."""
