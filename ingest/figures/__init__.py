"""Wing: the key figures."""
