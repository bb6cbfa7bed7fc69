"""Sending of forwards in the database: what is due, what became of it, and how each centre does."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, select, update

from ingest.outward.store.tables import forwarders, forwards
from ingest.store.base.columns import Instant
from ingest.store.base.database import Connection, StoredRow


async def next_forward(
    connection: Connection, busy: Set[str], now: datetime, *, lock: bool = False
) -> StoredRow | None:
    """Return the next event that is due, for an active centre that is not busy; `lock` passes over what others hold.

    An event of a ticket waits for those before it.
    """
    waiting = (forwards.c.status == "pending") & (forwards.c.not_before <= now)
    forgotten = (forwards.c.status == "leased") & (forwards.c.leased_until <= now)
    before = forwards.alias("before")
    earlier = exists().where(
        before.c.forwarder == forwards.c.forwarder,
        before.c.ticket_id == forwards.c.ticket_id,
        before.c.number < forwards.c.number,
        before.c.status.in_(["pending", "leased"]),
    )
    query = select(forwards).join(forwarders, forwarders.c.name == forwards.c.forwarder)
    query = query.where(forwarders.c.active, waiting | forgotten, ~earlier, forwards.c.forwarder.not_in(sorted(busy)))
    query = query.order_by(forwards.c.urgent.desc(), forwards.c.id).limit(1)
    if lock:
        query = query.with_for_update(skip_locked=True, of=forwards)
    return (await connection.execute(query)).mappings().first()


async def forward_by_id(connection: Connection, serial: int) -> StoredRow:
    """Return an event that is to be passed on."""
    return (await connection.execute(select(forwards).where(forwards.c.id == serial))).mappings().one()


async def set_forward(connection: Connection, serial: int, **values: Any) -> None:
    """Write what became of an event; its lease ends unless another is given."""
    fresh = {"leased_until": None, **values}
    await connection.execute(update(forwards).where(forwards.c.id == serial).values(fresh))


async def centre_works(connection: Connection, name: str, now: datetime) -> None:
    """Write down that a centre has taken an event."""
    well = {"failing_since": None, "last_error": None, "last_done_at": now}
    await connection.execute(update(forwarders).where(forwarders.c.name == name).values(well))


async def centre_fails(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """Write down why a centre took nothing, and since when it fails."""
    since = func.coalesce(forwarders.c.failing_since, literal(now, Instant()))
    ill = {"failing_since": since, "last_error": reason}
    await connection.execute(update(forwarders).where(forwarders.c.name == name).values(ill))


async def failing_centres(connection: Connection, since: datetime) -> list[tuple[str, datetime]]:
    """Return the active centres that have failed since then or longer, and since when."""
    query = select(forwarders.c.name, forwarders.c.failing_since)
    query = query.where(forwarders.c.active, forwarders.c.failing_since <= since).order_by(forwarders.c.name)
    return [(row.name, row.failing_since) for row in await connection.execute(query)]


async def last_error_of(connection: Connection, name: str) -> str | None:
    """Return why a centre took nothing when it last did so."""
    error: str | None = (
        await connection.execute(select(forwarders.c.last_error).where(forwarders.c.name == name))
    ).scalar_one()
    return error
