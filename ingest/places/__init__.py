"""Wing: areas, homes, gateways and people as managers and installers keep them."""
