"""Deliver: waiting notices leave over their channels, at least once, with the same key each time.

Lease, re-check the ticket just before sending, call the channel outside any transaction, write down what became of
it. A worker that dies keeps its lease until it ends; then another sends again with the same key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.await_receipt import expect_receipt
from ingest.actions.notices.next_channel import fall_through
from ingest.actions.notices.notice_batches import NoticeBatch, pack, paused_until
from ingest.channels.contract import Channel, Delivered, Delivery, OutgoingNotice, Rejected, Unreachable
from ingest.domain.duty.calling import Purpose
from ingest.domain.notices.delivery import is_calm, still_wanted, to_next_channel, wait_after
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection, StoredRow
from ingest.store.notices.contact_faults import note_fault
from ingest.store.notices.queue import anything_to_send, next_channel_of, notices_to_send, set_notices
from ingest.store.tickets.tickets import ticket_by_id

LEASE = timedelta(seconds=60)
SEND_WITHIN_S = 30.0
"""Shorter than the lease, so that nobody else sends while we still may."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """What came of one round."""

    delivered: int = 0
    failed: int = 0
    cancelled: int = 0


async def deliver(ctx: ActionContext, channels: Mapping[str, Channel], now: datetime, limit: int = 50) -> Delivering:
    """Send at most `limit` notices that are due at `now`, all at once; return what became of them."""
    leased, cancelled = await lease_notices(ctx, now, limit)
    results = await asyncio.gather(*(send_notice(channels, batch) for batch in leased))
    for batch, result in zip(leased, results, strict=True):
        await record_delivery(ctx, batch, result, now)
    sizes = [(len(batch.rows), isinstance(result, Delivered)) for batch, result in zip(leased, results, strict=True)]
    delivered = sum(size for size, arrived in sizes if arrived)
    return Delivering(delivered, sum(size for size, _ in sizes) - delivered, cancelled)


async def lease_notices(ctx: ActionContext, now: datetime, limit: int) -> tuple[list[NoticeBatch], int]:
    """Return what is now ours to send, and how many notices were cancelled because they are no longer true."""
    async with ctx.db.read() as connection:
        if not await anything_to_send(connection, now):
            return [], 0
    async with ctx.db.write() as connection:
        rows = await notices_to_send(connection, now, limit)
        wanted, unwanted, calm = [], [], set()
        for row in rows:
            ticket = await ticket_by_id(connection, row["ticket_id"])
            purpose = Purpose(row["purpose"])
            if ticket is None or not still_wanted(ticket, purpose, row["person_id"]):
                unwanted.append(row["notice_id"])
                continue
            if is_calm(ticket, purpose, row["urgent"]):
                if (later := await paused_until(connection, row, now)) is not None:
                    await set_notices(connection, [row["notice_id"]], not_before=later)
                    continue
                calm.add(row["notice_id"])
            wanted.append(row)
        await set_notices(connection, [row["notice_id"] for row in wanted], status="leased", leased_until=now + LEASE)
        await set_notices(connection, unwanted, status="cancelled", leased_until=None)
        if unwanted:
            await count_change(connection)
    return pack(wanted, calm), len(unwanted)


async def record_delivery(ctx: ActionContext, batch: NoticeBatch, result: Delivery, now: datetime) -> None:
    """Write down what became of leased notices; a refusal goes on to the person's next channel."""
    async with ctx.db.write() as connection:
        for row in batch.rows:
            await _record(connection, row, result, now)
        await count_change(connection)


async def send_notice(channels: Mapping[str, Channel], batch: NoticeBatch) -> Delivery:
    """Call the channel and return what it says; trouble of any kind is a value."""
    return await send_with(channels, batch.channel, batch.outgoing())


async def send_with(channels: Mapping[str, Channel], name: str, notice: OutgoingNotice) -> Delivery:
    """Call the channel of this name and return what it says; trouble of any kind is a value."""
    channel = channels.get(name)
    if channel is None:
        return Rejected(f"no channel {name} is configured: add it to [notify]")
    try:
        async with asyncio.timeout(SEND_WITHIN_S):
            return await channel.send(notice)
    except TimeoutError:
        return Unreachable(f"no answer within {SEND_WITHIN_S:.0f} s")
    except Exception as error:  # noqa: BLE001 - one channel's fault must not lose or hold up the others' notices
        return Unreachable(f"the channel failed: {type(error).__name__}")


async def _record(connection: Connection, row: StoredRow, result: Delivery, now: datetime) -> None:
    attempts = row["attempts"] + 1
    done: dict[str, Any] = {"attempts": attempts, "leased_until": None}
    if isinstance(result, Delivered):
        done |= {"status": "delivered", "vendor_id": result.vendor_id, "delivered_at": now, "last_error": None}
        await set_notices(connection, [row["notice_id"]], **done)
        await expect_receipt(connection, row, result, now)
        return
    following = await next_channel_of(connection, row["person_id"], row["position"])
    done |= {"last_error": result.reason}
    if isinstance(result, Rejected) and result.wrong_address:
        await note_fault(connection, row, result.reason, now)
    if isinstance(result, Rejected) or to_next_channel(attempts, following is not None, row["urgent"]):
        await set_notices(connection, [row["notice_id"]], **done, status="rejected")
        if following is not None:
            await fall_through(connection, row, following, now)
        return
    await set_notices(connection, [row["notice_id"]], **done, status="pending", not_before=now + wait_after(attempts))
