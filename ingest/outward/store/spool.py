"""Spool: lines that wait in SQL for the time-series store. A line leaves only when it is known to be written.

There is no lease: two workers that write the same line write the same point, and the second delete finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.outward.store.tables import influx_spool
from ingest.store.base.database import Database


@dataclass(frozen=True, slots=True)
class SpooledLine:
    """One line that waits."""

    row_id: int
    line: str


async def spool_lines(connection: AsyncConnection, lines: Sequence[str], now: datetime) -> None:
    """Put lines into the spool, in the caller's transaction."""
    if lines:
        await connection.execute(insert(influx_spool), [{"line": line, "created_at": now} for line in lines])


async def oldest(database: Database, most: int) -> list[SpooledLine]:
    """Return up to `most` waiting lines, oldest first."""
    query = select(influx_spool.c.id, influx_spool.c.line).order_by(influx_spool.c.id).limit(most)
    async with database.read() as connection:
        return [SpooledLine(row.id, row.line) for row in await connection.execute(query)]


async def drop(database: Database, lines: Sequence[SpooledLine]) -> None:
    """Take lines out of the spool: they are written, or kept elsewhere."""
    if lines:
        async with database.write() as connection:
            await connection.execute(delete(influx_spool).where(influx_spool.c.id.in_([line.row_id for line in lines])))


async def waiting(database: Database) -> int:
    """Return how many lines wait."""
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(influx_spool))).scalar_one())
