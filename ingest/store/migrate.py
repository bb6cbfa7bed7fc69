"""Migrate: bring a database's schema to today's, or say that it is not. Alembic does the work."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ingest.store.database import Database


class OldSchemaError(RuntimeError):
    """The database is not at the version this program needs."""


async def migrate(db: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`, in one transaction where the database can."""
    async with db.write() as connection:
        await connection.run_sync(_upgrade, revision)


async def check_schema(db: Database) -> None:
    """Raise `OldSchemaError`, with the command that helps, unless the schema is today's."""
    async with db.read() as connection:
        found = await connection.run_sync(_current)
    needed = ScriptDirectory.from_config(migration_config()).get_current_head()
    if found != needed:
        raise OldSchemaError(
            f"the database's schema is {found or 'empty'}, this program needs {needed}: run `linshe-ingest migrate`"
        )


def migration_config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; commands run on `connection`, within its transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(migration_config(connection), revision)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
