"""Change counter: one number that grows with every change a live board could show."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.base.tables import changes


async def count_change(connection: AsyncConnection) -> None:
    """Say that tickets or notices changed. Call it last in a transaction: all writers wait for each other here."""
    result = await connection.execute(update(changes).where(changes.c.id == 1).values(number=changes.c.number + 1))
    if result.rowcount == 0:
        statement = upsert(connection, changes).values(id=1, number=1)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"number": changes.c.number + 1})
        )


async def current_change(connection: AsyncConnection) -> int:
    """Return the number; 0 before the first change."""
    return (await connection.execute(select(changes.c.number).where(changes.c.id == 1))).scalar_one_or_none() or 0
