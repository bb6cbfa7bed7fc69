"""Virtual time that jumps: from one moment at which something is due to the next, and no waiting in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ingest.actions.notices.deliver import Delivering, deliver
from ingest.actions.tickets.escalate import escalate
from ingest.channels.contract import Channel
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from tests.ingest.town import Town


async def work(town: Town, channels: Mapping[str, Channel], now: datetime) -> None:
    """Let a worker do all that is due at `now`, also what that brings about at once."""
    await escalate(town.ctx, now)
    while await deliver(town.ctx, channels, now, 200) != Delivering():
        pass


async def next_moment(town: Town, now: datetime, *others: datetime) -> datetime:
    """Return when something is due next: a ticket's deadline, a waiting notice, or the first of `others` to come."""
    deadlines = select(func.min(tickets.c.due_at)).where(tickets.c.status != "closed", tickets.c.due_at > now)
    waiting = select(func.min(notices.c.not_before)).where(notices.c.status == "pending", notices.c.not_before > now)
    async with town.ctx.db.read() as connection:
        found = [(await connection.execute(query)).scalar_one() for query in (deadlines, waiting)]
    return min([moment for moment in (*found, *others) if moment is not None and moment > now])


def every(span: timedelta, begin: datetime, now: datetime) -> datetime:
    """Return the next of the moments that begin at `begin` and come every `span`."""
    return begin + ((now - begin) // span + 1) * span
