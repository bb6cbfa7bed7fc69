"""Migrations: how a database of any earlier version becomes today's. Alembic finds them in `versions`."""
