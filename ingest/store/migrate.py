"""Migrate: bring a database's schema to today's. Alembic does the work; `schema` tells whether it is needed."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import Database
from ingest.store.schema import VERSIONS

_KEY = 0x6C696E736865
"""PostgreSQL's name of the lock; any number would do that nobody else uses."""


async def migrate(db: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`, in one transaction where the database can; one at a time, whoever begins."""
    async with db.write() as connection:
        await _alone(connection)
        await connection.run_sync(_upgrade, revision)


async def step_back(db: Database) -> None:
    """Undo the newest step, for a program that has to be put back; what only the newer one keeps is dropped."""
    async with db.write() as connection:
        await _alone(connection)
        await connection.run_sync(_downgrade)


def migration_config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; commands run on `connection`, within its transaction."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.attributes["connection"] = connection
    return config


async def _alone(connection: AsyncConnection) -> None:
    """Wait for whoever else changes this database's schema; SQLite lets only one write anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(migration_config(connection), revision)


def _downgrade(connection: Connection) -> None:
    command.downgrade(migration_config(connection), "-1")
