"""Forwarding of events."""
