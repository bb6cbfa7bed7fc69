"""Database: the one way to SQLite or PostgreSQL, with the same behaviour on both. Knows no table.

SQLite: write-ahead log, foreign keys on, writers begin IMMEDIATE and queue inside one process, so that a
read-then-write can never be overtaken. PostgreSQL: plain transactions; rows are locked where they are decided upon.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import RowMapping, Table, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection: TypeAlias = AsyncConnection
"""What an action hands from one store room to the next; only store rooms know whose class it is."""
DatabaseUrl: TypeAlias = URL
StoredRow: TypeAlias = RowMapping
"""A row as a store room read it, by the names of its columns."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_READ_ONLY = "linshe_read_only"
_AT_ONCE = 20
"""Connections at the same time; more looks than that wait."""
_KEPT, _KEPT_SQLITE = 10, 4
"""Of these so many stay open. One to SQLite is a thread with a heap, pages and statements of its own, 2 MB when it is
warm, and opening one costs 2 ms."""
BUSY_TIMEOUT_MS = 15_000
PAGES_KIB = 512
"""Each SQLite connection keeps so much of the file; whatever another one commits makes it worthless, so more would only
be memory."""


_NO_OPTIONS: Mapping[str, Any] = {}


DatabaseError: TypeAlias = SQLAlchemyError
"""Whatever goes wrong with the database or a statement."""
NoAnswerError: TypeAlias = DBAPIError
"""What the database's driver says: `orig` is its own error."""


class DatabaseUrlError(ValueError):
    """A database URL of a kind that is not spoken here."""


def driver_url(url: str, password: str | None = None) -> URL:
    """Return the URL with the asynchronous driver in it; raises `DatabaseUrlError`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError("database can't be read; use sqlite:///path or postgresql://user@host/name") from error
    family = parsed.drivername.split("+")[0]
    if family not in _DRIVERS:
        raise DatabaseUrlError(f"database is {family}://…; use sqlite:///path or postgresql://user@host/name")
    parsed = parsed.set(drivername=_DRIVERS[family])
    return parsed.set(password=password) if password is not None else parsed


class Database:
    """An engine and how to begin on it. Construct with a running loop or before it; nothing connects yet."""

    def __init__(self, url: URL, options: Mapping[str, Any] = _NO_OPTIONS) -> None:
        """`options` go to every connection as execution options, for the store rooms that read them there."""
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=_KEPT_SQLITE if self.is_sqlite else _KEPT,
            max_overflow=_AT_ONCE - (_KEPT_SQLITE if self.is_sqlite else _KEPT),
            pool_use_lifo=True,  # in rotation every connection would fill its caches, for what one or two can do
            pool_pre_ping=not self.is_sqlite,
            hide_parameters=True,  # names and addresses must not reach a log by way of an error
            execution_options=dict(options),
        )
        # a page that shows rows of one moment under the change counter of a later one would never be fetched again
        one_look = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = self.engine.execution_options(**{_READ_ONLY: True}, **one_look)
        self._one_writer = asyncio.Lock()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Connection]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        if not self.is_sqlite:
            async with self.engine.begin() as connection:
                yield connection
            return
        async with self._one_writer, self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Connection]:
        """One consistent look: what others commit meanwhile is not seen. Never waits for a writer."""
        async with self._readers.connect() as connection:
            yield connection

    async def table_names(self) -> list[str]:
        """Return the tables that are there."""
        async with self.read() as connection:
            return await connection.run_sync(lambda sync: inspect(sync).get_table_names())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`, for the connection's database."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    # the driver must not begin by itself: `_begin_sqlite` does, and says how
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # a receipt promises that the message outlives a power cut
        "foreign_keys=ON",
        f"cache_size=-{PAGES_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: SyncConnection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
