"""Many homes that change in the same minutes."""
