"""Watch channels: a vendor that takes nothing any more is told to the desk, and that it works again.

People are reached over their next channels meanwhile; but those cost more, come later or are missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_system_ticket import SystemFault, has_system_ticket, mend, open_system_ticket
from ingest.channels.contract import PUSH
from ingest.domain.notices.delivery import CHANNEL_FAILING
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.flag import Severity
from models.texts.texts import texts_of

LOOKED_BACK = timedelta(minutes=10)
ENOUGH = 3
"""Notices that failed lately, of at least so many attempts in all, while nothing was taken."""


async def watch_channels(ctx: ActionContext, now: datetime) -> int:
    """Open and clear the tickets about channels; return how many were opened. Browsers are each person's own."""
    since = now - LOOKED_BACK
    failed = (
        select(notices.c.channel, func.count().label("many"), func.min(notices.c.created_at).label("first"))
        .where(
            notices.c.not_before > since,  # by the index: a failed one is put off, or fell through, lately
            notices.c.created_at > since,
            notices.c.attempts > 0,
            notices.c.last_error.is_not(None),
            notices.c.status.in_(["pending", "leased", "rejected"]),
            notices.c.channel != PUSH,
        )
        .group_by(notices.c.channel)
    )
    taken = _taken(since).where(notices.c.delivered_at > since)
    going_on = select(tickets.c.subject, tickets.c.opened_at).where(
        tickets.c.kind == CHANNEL_FAILING, has_system_ticket(CHANNEL_FAILING, tickets.c.subject)
    )
    async with ctx.db.read() as connection:
        works = {row.channel for row in await connection.execute(taken)}
        ill = [row for row in await connection.execute(failed) if row.many >= ENOUGH and row.channel not in works]
        told = (await connection.execute(going_on)).all()
        newest = {row.channel: row.newest for row in await connection.execute(_taken(since))} if told else {}
    opened = 0
    for row in ill:
        async with ctx.db.write() as connection:
            opened += await open_system_ticket(connection, ctx, _words(row.channel), row.first, now)
    for subject, opened_at in told:
        if newest.get(subject) is not None and newest[subject] > opened_at:
            async with ctx.db.write() as connection:
                await mend(connection, CHANNEL_FAILING, subject, now)
    return opened


def _taken(since: datetime) -> Select[Any]:
    """Return when each channel took a notice last, of those that were due after `since` or not long before."""
    query = select(notices.c.channel, func.max(notices.c.delivered_at).label("newest")).group_by(notices.c.channel)
    return query.where(notices.c.status == "delivered", notices.c.not_before > since - LOOKED_BACK)


def _words(channel: str) -> SystemFault:
    zh, en = texts_of("tickets.channel.failing", channel=channel)
    return SystemFault(CHANNEL_FAILING, channel, Severity.URGENT, zh, en)
