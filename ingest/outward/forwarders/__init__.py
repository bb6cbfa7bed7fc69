"""Ticket events on their way to other centres, each in that centre's own language."""
