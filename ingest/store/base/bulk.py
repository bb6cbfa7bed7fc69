"""Bulk: many rows in few statements, on both databases. Knows no table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert

AT_ONCE = 500
"""Rows in a statement: SQLite takes 32,766 parameters, PostgreSQL 32,767."""
_T = TypeVar("_T")


async def put_all(connection: AsyncConnection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows over what was there under their key; all of them have the same columns, and no key comes twice."""
    for some in _parts(rows):
        statement = upsert(connection, table).values(list(some))
        changed = {name: statement.excluded[name] for name in some[0] if name != key}
        await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


async def replace_all(
    connection: AsyncConnection, column: Column[Any], ids: Collection[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows in place of all that the table has for these ids."""
    for some in _parts(ids):
        await connection.execute(delete(column.table).where(column.in_(some)))
    for part in _parts(rows):
        await connection.execute(insert(column.table).values(list(part)))


async def rows_among(
    connection: AsyncConnection, key: Column[Any], ids: Collection[str], *columns: Column[Any]
) -> list[Row[Any]]:
    """Return (key, columns …) of the rows with these keys."""
    found: list[Row[Any]] = []
    for some in _parts(ids):
        found += (await connection.execute(select(key, *columns).where(key.in_(some)))).all()
    return found


def _parts(things: Collection[_T]) -> Iterator[list[_T]]:
    waiting = iter(things)
    while part := list(islice(waiting, AT_ONCE)):
        yield part
