"""Wing: what residents let their families be told, and the household's own page."""
