"""Forwarded events in the database."""
