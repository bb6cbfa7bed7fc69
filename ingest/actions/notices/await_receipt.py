"""Await receipts: a vendor that took a notice is not yet a phone that rang. No word in time → the next channel.

A receipt that comes late is still believed: the notice is shown as delivered then, and nobody is called back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.next_channel import fall_through
from ingest.channels.contract import Delivered
from ingest.domain.duty.calling import Purpose
from ingest.domain.notices.delivery import still_wanted
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection, StoredRow
from ingest.store.notices.queue import next_channel_of, notice_for_update, set_notices
from ingest.store.notices.vendor_answers import await_receipt_for, overdue_receipts, receipt_state, set_receipt
from ingest.store.tickets.tickets import ticket_by_id


async def expect_receipt(connection: Connection, notice: StoredRow, taken: Delivered, now: datetime) -> None:
    """Write down that the vendor will report, and by when; nothing for one who never does."""
    if not taken.reports:
        return
    within = taken.confirm_within_s
    due_at = None if within is None else now + timedelta(seconds=within)
    await await_receipt_for(connection, notice, taken.vendor_id, due_at, now)


async def give_up_waiting(ctx: ActionContext, now: datetime, limit: int = 200) -> int:
    """Send on what has no receipt in time, at most `limit`; return how many there were."""
    async with ctx.db.read() as connection:
        due = await overdue_receipts(connection, now, limit)
    for notice_id in due:
        async with ctx.db.write() as connection:
            await receipt_is(connection, notice_id, "given_up", "no receipt from the vendor in time", now)
            await count_change(connection)
    return len(due)


async def receipt_is(connection: Connection, notice_id: str, state: str, reason: str, now: datetime) -> None:
    """Write down what became of a notice; where it did not arrive, send it on if it still says something true.

    `state` is `delivered`, `failed` or `given_up`; `reason` is shown with the notice to the desk.
    """
    row = await notice_for_update(connection, notice_id)
    before = await receipt_state(connection, notice_id)
    if before in ("delivered", state) or (before == "failed" and state == "given_up"):
        return
    await set_receipt(connection, row, state, now)
    if state == "delivered":
        await set_notices(connection, [notice_id], status="delivered", delivered_at=now, last_error=None)
        return
    await set_notices(connection, [notice_id], status="rejected", delivered_at=None, last_error=reason)
    ticket = await ticket_by_id(connection, row["ticket_id"])
    following = await next_channel_of(connection, row["person_id"], row["position"])
    wanted = ticket is not None and still_wanted(ticket, Purpose(row["purpose"]), row["person_id"])
    if wanted and following is not None:
        await fall_through(connection, row, following, now)
