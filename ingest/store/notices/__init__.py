"""Notices, vendor answers and contact faults, with their tables."""
