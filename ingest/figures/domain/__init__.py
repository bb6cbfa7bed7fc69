"""Definitions of the key figures."""
