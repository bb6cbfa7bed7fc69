"""What leaves the database of notices: those of closed tickets, with what vendors said of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection
from ingest.store.notices.tables import notice_receipts, notices, vendor_events
from ingest.store.tickets.tables import tickets

OVER = ("delivered", "rejected", "cancelled")


async def forget_notices(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` notices that were written before and whose tickets were closed before; return how many."""
    old = (
        select(notices.c.notice_id)
        .join(tickets, tickets.c.ticket_id == notices.c.ticket_id)
        .where(
            notices.c.created_at < before,
            notices.c.status.in_(OVER),
            tickets.c.status == Status.CLOSED.value,
            tickets.c.closed_at < before,
        )
        .limit(limit)
    )
    gone = list((await connection.execute(old)).scalars())
    if gone:
        for table in (vendor_events, notice_receipts, notices):
            await connection.execute(delete(table).where(table.c.notice_id.in_(gone)))
    return len(gone)
