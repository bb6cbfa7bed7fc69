"""Inbox: every message once, as it came. Deciding what it means is not its business."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.base.tables import inbox
from models.wire.envelope import Envelope
from models.wire.messages import ReceiptStatus

BEHIND = timedelta(seconds=60)
"""A clock so far behind what was written down was set back; less may be two machines."""
UNDECODABLE = "undecodable"
"""The kind under which bytes are kept that carry a good seal and are no envelope."""


async def put_once(
    connection: AsyncConnection, messages: Sequence[tuple[Envelope, bytes]], now: datetime
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


async def put_undecodable(
    connection: AsyncConnection, gateway_id: str, data: bytes, reason: str, now: datetime
) -> None:
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


async def set_status(connection: AsyncConnection, envelope: Envelope, status: ReceiptStatus, detail: str) -> None:
    """Write down what became of a message."""
    await connection.execute(
        update(inbox)
        .where(inbox.c.gateway_id == envelope.gateway_id, inbox.c.message_id == envelope.message_id)
        .values(status=status.value, detail=detail)
    )


async def is_clock_behind(connection: AsyncConnection, now: datetime) -> bool:
    """Return whether `now` is before a message that came: somebody set the clock back, or ahead for a while."""
    newest = (await connection.execute(select(func.max(inbox.c.received_at)))).scalar_one()
    return newest is not None and now < newest - BEHIND
