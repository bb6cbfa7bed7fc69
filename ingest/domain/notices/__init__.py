"""Notices: whether one is still wanted, when a failed one is tried again, which browsers may be told."""
