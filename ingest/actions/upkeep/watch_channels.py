"""Watch channels: a vendor that takes nothing any more is told to the desk, and that it works again.

People are reached over their next channels meanwhile; but those cost more, come later or are missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_system_ticket import SystemFault, mend, open_system_ticket
from ingest.channels.contract import PUSH
from ingest.domain.notices.delivery import CHANNEL_FAILING
from ingest.store.notices.channel_health import failed_lately, last_taken
from ingest.store.tickets.system_tickets import going_on
from models.flag import Severity
from models.texts.texts import texts_of

LOOKED_BACK = timedelta(minutes=10)
ENOUGH = 3
"""Notices that failed lately, of at least so many attempts in all, while nothing was taken."""


async def watch_channels(ctx: ActionContext, now: datetime) -> int:
    """Open and clear the tickets about channels; return how many were opened. Browsers are each person's own."""
    since = now - LOOKED_BACK
    async with ctx.db.read() as connection:
        newest = await last_taken(connection, since, LOOKED_BACK)
        failed = await failed_lately(connection, since, (PUSH,))
        told = await going_on(connection, CHANNEL_FAILING)
    ill = [one for one in failed if one.many >= ENOUGH and not (one.channel in newest and newest[one.channel] > since)]
    opened = 0
    for one in ill:
        async with ctx.db.write() as connection:
            opened += await open_system_ticket(connection, ctx, _words(one.channel), one.first, now)
    for ticket in told:
        if ticket.subject in newest and newest[ticket.subject] > ticket.opened_at:
            async with ctx.db.write() as connection:
                await mend(connection, CHANNEL_FAILING, ticket.subject, now)
    return opened


def _words(channel: str) -> SystemFault:
    zh, en = texts_of("tickets.channel.failing", channel=channel)
    return SystemFault(CHANNEL_FAILING, channel, Severity.URGENT, zh, en)
