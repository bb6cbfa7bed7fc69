"""Rosters, responders, shifts and their tables."""
