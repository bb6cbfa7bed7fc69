"""Visits in the database."""
