"""The scene: one installation of the real programs, with proxies, servers and clocks that a fault can get at."""
