"""Consents, links and family messages in the database."""
