"""Homes that are lived in: simulated or recorded ones, what their meters showed, and the signs in it."""
