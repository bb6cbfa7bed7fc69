"""What vendors say of notices, in the database: receipts that are awaited or came, and every report, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from ingest.store.base.database import Connection, StoredRow, upsert
from ingest.store.notices.tables import notice_receipts, notices, vendor_events


async def notices_with_key(connection: Connection, vendor: str, key: str) -> Sequence[StoredRow]:
    """Return the notices over a vendor that left under our own key."""
    query = select(notices).where(notices.c.channel == vendor, notices.c.idem_key == key)
    return (await connection.execute(query)).mappings().all()


async def notices_with_vendor_id(connection: Connection, vendor: str, vendor_id: str) -> Sequence[StoredRow]:
    """Return the notices that a vendor knows by its own id: several, where they left as one message."""
    theirs = select(notice_receipts.c.notice_id).where(
        notice_receipts.c.channel == vendor, notice_receipts.c.vendor_id == vendor_id
    )
    query = select(notices).where(notices.c.channel == vendor, notices.c.notice_id.in_(theirs))
    return (await connection.execute(query)).mappings().all()


async def answer_to(connection: Connection, vendor: str, event_id: str) -> str | None:
    """Return what came of a report when it came first, None for a new one."""
    query = select(vendor_events.c.result)
    query = query.where(vendor_events.c.vendor == vendor, vendor_events.c.event_id == event_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def put_answer(
    connection: Connection, vendor: str, event_id: str, now: datetime, *, notice_id: str, result: str
) -> None:
    """Write down what came of a report; the first one stands."""
    row = {"vendor": vendor, "event_id": event_id, "notice_id": notice_id, "result": result, "at": now}
    await connection.execute(upsert(connection, vendor_events).values(row).on_conflict_do_nothing())


async def await_receipt_for(
    connection: Connection, notice: StoredRow, vendor_id: str, due_at: datetime | None, now: datetime
) -> None:
    """Write down that a vendor will report. A receipt that has overtaken our own note of the sending stands."""
    row = {
        "notice_id": notice["notice_id"],
        "channel": notice["channel"],
        "vendor_id": vendor_id,
        "state": "awaited",
        "due_at": due_at,
        "at": now,
    }
    await connection.execute(upsert(connection, notice_receipts).values(row).on_conflict_do_nothing())


async def overdue_receipts(connection: Connection, now: datetime, limit: int) -> Sequence[str]:
    """Return the notices whose receipt has not come in time, the oldest first."""
    query = (
        select(notice_receipts.c.notice_id)
        .where(notice_receipts.c.state == "awaited", notice_receipts.c.due_at <= now)
        .order_by(notice_receipts.c.due_at)
        .limit(limit)
    )
    return (await connection.execute(query)).scalars().all()


async def receipt_state(connection: Connection, notice_id: str) -> str | None:
    """Return how the receipt of a notice stands, None where none is awaited and none has come."""
    known = select(notice_receipts.c.state).where(notice_receipts.c.notice_id == notice_id)
    return (await connection.execute(known)).scalar_one_or_none()


async def set_receipt(connection: Connection, notice: StoredRow, state: str, now: datetime) -> None:
    """Let the receipt of a notice stand so."""
    fresh = {"notice_id": notice["notice_id"], "channel": notice["channel"], "vendor_id": notice["vendor_id"] or ""}
    statement = upsert(connection, notice_receipts).values({**fresh, "state": state, "at": now})
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["notice_id"], set_={"state": state, "at": now})
    )
