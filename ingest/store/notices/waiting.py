"""Everything in the database that waits for a time, for the day on which our own clock was set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, ColumnElement, type_coerce, update

from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection
from ingest.store.base.tables import gateways
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import check_ins, tickets


async def pull_what_waits(connection: Connection, step: timedelta, now: datetime) -> int:
    """Move what waits for a time after `now` earlier by `step`; return how many tickets were moved."""
    live = tickets.c.status != Status.CLOSED.value
    moved = await _pull(connection, tickets.c.due_at, live, step=step, now=now)
    await _pull(connection, notices.c.not_before, notices.c.status == "pending", step=step, now=now)
    await _pull(connection, notices.c.leased_until, notices.c.status == "leased", step=step, now=now)
    await _pull(connection, check_ins.c.due_at, check_ins.c.due_at.is_not(None), step=step, now=now)
    await _pull(connection, gateways.c.heartbeat_due_at, gateways.c.gateway_id.is_not(None), step=step, now=now)
    return moved


async def _pull(
    connection: Connection, column: Column[datetime], which: ColumnElement[bool], *, step: timedelta, now: datetime
) -> int:
    earlier = type_coerce(column, BigInteger) - step // timedelta(milliseconds=1)
    result = await connection.execute(update(column.table).where(which, column > now).values({column: earlier}))
    return result.rowcount
