"""Schema: whether a database has the tables that this program needs. Reads only; `migrate` is what changes them.

Alembic costs a quarter of a second at a start, and a program that only serves changes no table: it is done without.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ingest.store.base.database import Database

VERSIONS = Path(__file__).resolve().parent / "migrations" / "versions"
"""The steps, a file each: `v0013_what_it_brings.py` leads to the version 0013."""


class OldSchemaError(RuntimeError):
    """The database is not at the version this program needs."""


def newest_version() -> str:
    """Return the version this program needs: that of the last step."""
    return max(path.name[1:].split("_")[0] for path in VERSIONS.glob("v*.py"))


async def check_schema(db: Database) -> None:
    """Raise `OldSchemaError`, with the command that helps, unless the schema is today's."""
    async with db.read() as connection:
        found = await connection.run_sync(_version)
    needed = newest_version()
    if found != needed:
        raise OldSchemaError(
            f"the database's schema is {found or 'empty'}, this program needs {needed}: run `linshe-ingest migrate`"
        )


def _version(connection: Connection) -> str | None:
    """Return the version that Alembic wrote down; None for a database without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
