"""What leaves the database of messages and photos: rows that no live ticket needs any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, tuple_

from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection
from ingest.store.base.tables import inbox
from ingest.store.tickets.tables import attachments, flags, tickets


async def forget_messages(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` messages that came before; a live ticket keeps its own. Return how many went.

    A flag stays for ever, and with it the proof that it came: a gateway that repeats a message that is gone opens
    nothing twice.
    """
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
    old = select(*key).where(inbox.c.received_at < before, ~of_live.correlate(inbox).exists()).limit(limit)
    return (await connection.execute(delete(inbox).where(tuple_(*key).in_(old)))).rowcount


async def forget_photos(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` photos of tickets closed before; the history goes on saying that there was one."""
    old = (
        select(attachments.c.attachment_id)
        .join(tickets, tickets.c.ticket_id == attachments.c.ticket_id)
        .where(tickets.c.status == Status.CLOSED.value, tickets.c.closed_at < before)
        .limit(limit)
    )
    return (await connection.execute(delete(attachments).where(attachments.c.attachment_id.in_(old)))).rowcount
