"""Check-in timers in the database: one row for each home that somebody is inside of."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.check_in import CheckIn
from ingest.store.base.database import upsert
from ingest.store.tickets.tables import check_ins


async def timer_of(connection: AsyncConnection, ticket_id: str) -> CheckIn | None:
    """Return the timer of a ticket's visitor, None where nobody is inside."""
    row = (await connection.execute(select(check_ins).where(check_ins.c.ticket_id == ticket_id))).mappings().first()
    return None if row is None else CheckIn(**row)


async def set_timer(connection: AsyncConnection, timer: CheckIn) -> None:
    """Write a timer, over any that the ticket had."""
    values = asdict(timer)
    statement = upsert(connection, check_ins).values(values)
    del values["ticket_id"]
    await connection.execute(statement.on_conflict_do_update(index_elements=["ticket_id"], set_=values))


async def end_timer(connection: AsyncConnection, ticket_id: str) -> None:
    """Forget the timer: nobody is inside any more."""
    await connection.execute(delete(check_ins).where(check_ins.c.ticket_id == ticket_id))


async def due_timers(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Return the tickets whose timers have run out, the oldest first; a look that holds nobody up."""
    query = select(check_ins.c.ticket_id).where(check_ins.c.due_at <= now)
    query = query.order_by(check_ins.c.due_at, check_ins.c.ticket_id).limit(limit)
    return list((await connection.execute(query)).scalars())
