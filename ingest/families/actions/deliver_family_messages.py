"""Deliver letters: what is written to families leaves over their channels, once, and not when it has grown untrue.

Like `deliver`, but for people nobody sends anywhere: no urgency, no receipts awaited, no ticket to ask whether it still
holds. Instead the consent must hold, the letter must not be too old, and "not up yet" must not have been overtaken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_family_message_id
from ingest.actions.notices.deliver import LEASE, send_notice
from ingest.actions.notices.notice_batches import NoticeBatch
from ingest.channels.contract import Channel, Delivered, Delivery, Rejected
from ingest.domain.notices.delivery import to_next_channel, wait_after
from ingest.families.actions.write_family_messages import MORNING
from ingest.families.domain.family import Said
from ingest.families.store.messages import (
    any_family_message_due,
    family_messages_due,
    put_family_message,
    set_family_messages,
)
from ingest.store.base.database import Connection, StoredRow
from ingest.store.notices.queue import next_channel_of

AT_ONCE = 50


async def deliver_family_messages(ctx: ActionContext, channels: Mapping[str, Channel], now: datetime) -> int:
    """Send at most `AT_ONCE` letters that are due at `now`, all at once; return how many arrived."""
    rows = await _lease(ctx, now)
    results = await asyncio.gather(*(send_notice(channels, NoticeBatch((row,))) for row in rows))
    for row, result in zip(rows, results, strict=True):
        async with ctx.db.write() as connection:
            await _record(connection, row, result, now)
    return sum(isinstance(result, Delivered) for result in results)


async def _lease(ctx: ActionContext, now: datetime) -> list[StoredRow]:
    async with ctx.db.read() as connection:
        if not await any_family_message_due(connection, now):
            return []
    async with ctx.db.write() as connection:
        rows = await family_messages_due(connection, now, AT_ONCE)
        wanted = [row for row in rows if _still_true(row, now)]
        stale = [row["letter_id"] for row in rows if not _still_true(row, now)]
        await set_family_messages(
            connection, [row["letter_id"] for row in wanted], status="leased", leased_until=now + LEASE
        )
        await set_family_messages(connection, stale, status="cancelled", leased_until=None)
    return wanted


def _still_true(row: StoredRow, now: datetime) -> bool:
    if row["ended_at"] is not None or row["not_after"] <= now:
        return False
    is_not_yet = row["purpose"] == MORNING and f"-{Said.UP.value}." not in row["idem_key"]
    return not (is_not_yet and row["said"] == Said.UP.value)


async def _record(connection: Connection, row: StoredRow, result: Delivery, now: datetime) -> None:
    attempts, letter_id = row["attempts"] + 1, row["letter_id"]
    done: dict[str, Any] = {"attempts": attempts, "leased_until": None}
    if isinstance(result, Delivered):
        await set_family_messages(
            connection, [letter_id], **done, status="delivered", vendor_id=result.vendor_id, delivered_at=now
        )
        return
    following = await next_channel_of(connection, row["person_id"], row["position"])
    done |= {"last_error": result.reason}
    if isinstance(result, Rejected) or to_next_channel(attempts, following is not None, urgent=False):
        await set_family_messages(connection, [letter_id], **done, status="rejected")
        if following is not None:
            await _go_on(connection, row, following, now)
        return
    await set_family_messages(connection, [letter_id], **done, status="pending", not_before=now + wait_after(attempts))


async def _go_on(connection: Connection, row: StoredRow, following: StoredRow, now: datetime) -> None:
    """Write the same letter for the contact's next channel; once, however often it is asked for."""
    position = row["position"] + 1
    copied = ("consent_id", "person_id", "purpose", "title", "text", "link", "language", "not_after")
    values = {
        **{name: row[name] for name in copied},
        "letter_id": new_family_message_id(),
        "position": position,
        "channel": following["channel"],
        "address": following["address"],
        "idem_key": f"{row['idem_key'].rsplit('.', 1)[0]}.{position}",
        "status": "pending",
        "not_before": now,
        "attempts": 0,
        "created_at": now,
    }
    await put_family_message(connection, values)
