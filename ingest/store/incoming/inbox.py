"""Inbox: every message once, as it came. Deciding what it means is not its business."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, tuple_, update

from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection, upsert
from ingest.store.base.tables import inbox
from ingest.store.tickets.tables import flags, tickets
from models.wire.envelope import Envelope
from models.wire.messages import ReceiptStatus

BEHIND = timedelta(seconds=60)
"""A clock so far behind what was written down was set back; less may be two machines."""
UNDECODABLE = "undecodable"
"""The kind under which bytes are kept that carry a good seal and are no envelope."""


async def put_once(
    connection: Connection, messages: Sequence[tuple[Envelope, bytes]], now: datetime
) -> set[tuple[str, str]]:
    """Store messages in one statement; return (gateway, message) of those that were not there before."""
    if not messages:
        return set()
    rows = [
        {
            "gateway_id": envelope.gateway_id,
            "message_id": envelope.message_id,
            "boot_id": envelope.boot_id,
            "seq": envelope.seq,
            "kind": envelope.kind,
            "received_at": now,
            "status": ReceiptStatus.STORED.value,
            "envelope": data,
        }
        for envelope, data in messages
    ]
    statement = upsert(connection, inbox).values(rows)
    fresh = statement.on_conflict_do_nothing(index_elements=["gateway_id", "message_id"])
    stored = await connection.execute(fresh.returning(inbox.c.gateway_id, inbox.c.message_id))
    return {(row.gateway_id, row.message_id) for row in stored}


async def put_undecodable(connection: Connection, gateway_id: str, data: bytes, reason: str, now: datetime) -> None:
    """Keep bytes that are no envelope, once, under a name made from them."""
    row = {
        "gateway_id": gateway_id,
        "message_id": f"{UNDECODABLE}-{hashlib.sha256(data).hexdigest()[:32]}",
        "boot_id": "",
        "seq": 0,
        "kind": UNDECODABLE,
        "received_at": now,
        "status": ReceiptStatus.REFUSED.value,
        "detail": reason,
        "envelope": data,
    }
    statement = (
        upsert(connection, inbox).values(row).on_conflict_do_nothing(index_elements=["gateway_id", "message_id"])
    )
    await connection.execute(statement)


async def set_status(connection: Connection, envelope: Envelope, status: ReceiptStatus, detail: str) -> None:
    """Write down what became of a message."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.gateway_id == envelope.gateway_id, inbox.c.message_id == envelope.message_id)
        .values(status=status.value, detail=detail)
    )


async def is_clock_behind(connection: Connection, now: datetime) -> bool:
    """Return whether `now` is before a message that came: somebody set the clock back, or ahead for a while."""
    newest = (await connection.execute(select(func.max(inbox.c.received_at)))).scalar_one()
    return newest is not None and now < newest - BEHIND


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
