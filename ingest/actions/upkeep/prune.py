"""Prune: messages, notices, photos and hours of use that nobody needs any more leave the database.

A live ticket keeps all its own.

A flag stays for ever, and with it the proof that it came: a gateway that repeats a pruned message opens nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.domain.tickets.ticket import Status
from ingest.families.actions.deliver_family_messages import forget_family_messages
from ingest.fleet.store.habit_counts import forget_counts
from ingest.fleet.store.test_alarms import forget_test_alarms
from ingest.outward.store.forwards import forget_forwards
from ingest.store.base.tables import homes, inbox
from ingest.store.ledger.tables import usage_hours
from ingest.store.notices.tables import notice_receipts, notices, vendor_events
from ingest.store.tickets.local_tellings import forget_local_tellings
from ingest.store.tickets.tables import attachments, flags, tickets

AT_ONCE = 500
"""Rows of one transaction: an alarm waits for no more than that."""
_HABITS_KEPT = timedelta(days=364)
"""So that a fit may see a whole year."""
_HOURS_KEPT = timedelta(days=400)
"""What a home used in each hour says how somebody lives: a year and the month before, to compare with, and no more."""
_HOMES_AT_ONCE = 50
OVER = ("delivered", "rejected", "cancelled")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept."""

    messages: timedelta = timedelta(days=90)
    notices: timedelta = timedelta(days=730)
    photos: timedelta = timedelta(days=180)
    """From the closing of the ticket."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    messages: int
    notices: int
    photos: int = 0


async def prune(ctx: ActionContext, keep: Retention, now: datetime) -> Pruned:
    """Delete at most `AT_ONCE` rows of each kind, older than `keep`, that nothing live needs."""
    async with ctx.db.write() as connection:
        messages = await _messages(connection, now - keep.messages)
        await forget_counts(connection, (now - _HABITS_KEPT).date())
        await forget_local_tellings(connection, now - keep.messages)
        await forget_test_alarms(connection, now - keep.messages)
    async with ctx.db.write() as connection:
        old = await _notices(connection, now - keep.notices)
        await forget_forwards(connection, now - keep.messages, AT_ONCE)
        await forget_family_messages(connection, now - keep.notices, AT_ONCE)
    async with ctx.db.write() as connection:
        await _hours(connection, now - _HOURS_KEPT)
    async with ctx.db.write() as connection:
        return Pruned(messages, old, await _photos(connection, now - keep.photos))


async def _messages(connection: AsyncConnection, before: datetime) -> int:
    of_live = (
        select(flags.c.flag_id)
        .join(tickets, tickets.c.ticket_id == flags.c.ticket_id)
        .where(
            flags.c.gateway_id == inbox.c.gateway_id,
            flags.c.message_id == inbox.c.message_id,
            tickets.c.status != Status.CLOSED.value,
        )
    )
    key = (inbox.c.gateway_id, inbox.c.message_id)
    old = select(*key).where(inbox.c.received_at < before, ~of_live.correlate(inbox).exists()).limit(AT_ONCE)
    return (await connection.execute(delete(inbox).where(tuple_(*key).in_(old)))).rowcount


async def _notices(connection: AsyncConnection, before: datetime) -> int:
    old = (
        select(notices.c.notice_id)
        .join(tickets, tickets.c.ticket_id == notices.c.ticket_id)
        .where(
            notices.c.created_at < before,
            notices.c.status.in_(OVER),
            tickets.c.status == Status.CLOSED.value,
            tickets.c.closed_at < before,
        )
        .limit(AT_ONCE)
    )
    gone = list((await connection.execute(old)).scalars())
    if gone:
        for table in (vendor_events, notice_receipts, notices):
            await connection.execute(delete(table).where(table.c.notice_id.in_(gone)))
    return len(gone)


async def _hours(connection: AsyncConnection, before: datetime) -> None:
    """Delete the old hours of a few homes that have some, home by home: by its key, or it would be a walk over all."""
    has_old = select(usage_hours.c.start).where(usage_hours.c.home_id == homes.c.home_id, usage_hours.c.start < before)
    some = select(homes.c.home_id).where(has_old.correlate(homes).exists()).limit(_HOMES_AT_ONCE)
    for home in (await connection.execute(some)).scalars().all():
        old = delete(usage_hours).where(usage_hours.c.home_id == home, usage_hours.c.start < before)
        await connection.execute(old)


async def _photos(connection: AsyncConnection, before: datetime) -> int:
    """Delete photos of tickets that were closed before; the history goes on saying that there was one."""
    old = (
        select(attachments.c.attachment_id)
        .join(tickets, tickets.c.ticket_id == attachments.c.ticket_id)
        .where(tickets.c.status == Status.CLOSED.value, tickets.c.closed_at < before)
        .limit(AT_ONCE)
    )
    gone = delete(attachments).where(attachments.c.attachment_id.in_(old))
    return (await connection.execute(gone)).rowcount
