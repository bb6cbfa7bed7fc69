"""Pull deadlines: our clock was set back, so everything that waits for a time would wait longer than was meant.

All that waits is moved by the same step. Any number of workers see the same step; the first one's entry in the audit
log keeps the others from moving it again. Where only one of several machines was wrong, deadlines come early, not late.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, ColumnElement, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.domain.tickets.ticket import Status
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import audit_log, gateways
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import check_ins, tickets

SET_BACK = "clock_set_back"
"""The entry's name in the audit log."""
SAME_STEP = timedelta(seconds=15)
"""Entries so near to each other are the same step, seen by several workers."""


async def pull_deadlines(ctx: ActionContext, step: timedelta, now: datetime) -> bool:
    """Move what waits by `step`, once; return whether it was ours to do. `now` is the time after the step."""
    async with ctx.db.write() as connection:
        await count_change(connection)  # all writers wait for each other here: only one looks at a time
        same = (audit_log.c.at >= now - SAME_STEP) & (audit_log.c.at <= now + SAME_STEP)
        seen = select(audit_log.c.id).where(audit_log.c.event == SET_BACK, same).limit(1)
        if (await connection.execute(seen)).first() is not None:
            return False
        live = tickets.c.status != Status.CLOSED.value
        moved = await _pull(connection, tickets.c.due_at, live, step=step, now=now)
        await _pull(connection, notices.c.not_before, notices.c.status == "pending", step=step, now=now)
        await _pull(connection, notices.c.leased_until, notices.c.status == "leased", step=step, now=now)
        await _pull(connection, check_ins.c.due_at, check_ins.c.due_at.is_not(None), step=step, now=now)
        await _pull(connection, gateways.c.heartbeat_due_at, gateways.c.gateway_id.is_not(None), step=step, now=now)
        said = {"step_s": round(step.total_seconds(), 1), "tickets": moved}
        await connection.execute(
            insert(audit_log).values(at=now, actor=None, event=SET_BACK, subject=None, detail_json=said)
        )
    return True


async def _pull(
    connection: AsyncConnection,
    column: Column[datetime],
    which: ColumnElement[bool],
    *,
    step: timedelta,
    now: datetime,
) -> int:
    earlier = type_coerce(column, BigInteger) - step // timedelta(milliseconds=1)
    result = await connection.execute(update(column.table).where(which, column > now).values({column: earlier}))
    return result.rowcount
