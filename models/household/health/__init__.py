"""Devices that are silent, unwell, or without supply."""
