"""Await receipts: a vendor that took a notice is not yet a phone that rang. No word in time → the next channel.

A receipt that comes late is still believed: the notice is shown as delivered then, and nobody is called back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.next_channel import fall_through, next_channel_of
from ingest.channels.contract import Delivered
from ingest.domain.duty.calling import Purpose
from ingest.domain.notices.delivery import still_wanted
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import upsert
from ingest.store.notices.tables import notice_receipts, notices
from ingest.store.tickets.tickets import ticket_by_id


async def expect_receipt(connection: AsyncConnection, notice: RowMapping, taken: Delivered, now: datetime) -> None:
    """Write down that the vendor will report, and by when; nothing for one who never does."""
    if not taken.reports:
        return
    within = taken.confirm_within_s
    row = {
        "notice_id": notice["notice_id"],
        "channel": notice["channel"],
        "vendor_id": taken.vendor_id,
        "state": "awaited",
        "due_at": None if within is None else now + timedelta(seconds=within),
        "at": now,
    }
    # a receipt may overtake our own note of the sending: then it stands
    await connection.execute(upsert(connection, notice_receipts).values(row).on_conflict_do_nothing())


async def give_up_waiting(ctx: ActionContext, now: datetime, limit: int = 200) -> int:
    """Send on what has no receipt in time, at most `limit`; return how many there were."""
    query = (
        select(notice_receipts.c.notice_id)
        .where(notice_receipts.c.state == "awaited", notice_receipts.c.due_at <= now)
        .order_by(notice_receipts.c.due_at)
        .limit(limit)
    )
    async with ctx.db.read() as connection:
        due = (await connection.execute(query)).scalars().all()
    for notice_id in due:
        async with ctx.db.write() as connection:
            await receipt_is(connection, notice_id, "given_up", "no receipt from the vendor in time", now)
            await count_change(connection)
    return len(due)


async def receipt_is(connection: AsyncConnection, notice_id: str, state: str, reason: str, now: datetime) -> None:
    """Write down what became of a notice; where it did not arrive, send it on if it still says something true.

    `state` is `delivered`, `failed` or `given_up`; `reason` is shown with the notice to the desk.
    """
    query = select(notices).where(notices.c.notice_id == notice_id).with_for_update()
    row = (await connection.execute(query)).mappings().one()
    known = select(notice_receipts.c.state).where(notice_receipts.c.notice_id == notice_id)
    before = (await connection.execute(known)).scalar_one_or_none()
    if before in ("delivered", state) or (before == "failed" and state == "given_up"):
        return
    fresh = {"notice_id": notice_id, "channel": row["channel"], "vendor_id": row["vendor_id"] or "", "state": state}
    statement = upsert(connection, notice_receipts).values({**fresh, "at": now})
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["notice_id"], set_={"state": state, "at": now})
    )
    if state == "delivered":
        values = {"status": "delivered", "delivered_at": now, "last_error": None}
        await connection.execute(update(notices).where(notices.c.notice_id == notice_id).values(values))
        return
    values = {"status": "rejected", "delivered_at": None, "last_error": reason}
    await connection.execute(update(notices).where(notices.c.notice_id == notice_id).values(values))
    ticket = await ticket_by_id(connection, row["ticket_id"])
    following = await next_channel_of(connection, row["person_id"], row["position"])
    wanted = ticket is not None and still_wanted(ticket, Purpose(row["purpose"]), row["person_id"])
    if wanted and following is not None:
        await fall_through(connection, row, following, now)
