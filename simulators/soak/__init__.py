"""Soak: a month of many homes through the real programs in minutes: what grows that should not."""
