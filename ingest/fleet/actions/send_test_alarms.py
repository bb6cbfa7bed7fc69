"""Fly canaries: a gateway's synthetic alarm goes on from here to a phone that waits for it, by a real channel.

It opens no ticket and asks nobody. Its way ends when the vendor reports that the phone has it; where the vendor never
reports, when it took it; without a phone, here. Each stage is timed (`domain.canary`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.deliver import send_with
from ingest.channels.contract import Channel, Delivered, Delivery, OutgoingNotice, VendorEvent
from ingest.fleet.domain.test_alarm import Ends
from ingest.fleet.store.test_alarms import (
    ARRIVED,
    DELIVERED,
    alarm_test_named,
    are_test_alarms_under_way,
    fail_test_alarm,
    is_one_too_many,
    key_of,
    lease_test_alarms,
    put_test_alarm,
    set_test_alarm,
    unreported_test_alarms,
)
from ingest.store.base.database import Connection, StoredRow
from models.flag import FlagKind, Severity
from models.texts.texts import text_of
from models.wire.codec import WireError, is_id, is_plausible
from models.wire.messages import Canary

ARRIVES_WITHIN = timedelta(minutes=10)
"""A phone that is told later is no proof of anything."""
MOST_A_DAY = 4
"""One a day is due. Each is sent on at our cost, and the other gateways' wait for it: more are a gateway gone mad."""
_DAY = timedelta(hours=24)
_AGAIN = timedelta(seconds=40)
_AT_ONCE = 20
_UNREPORTED = "the vendor took it and has not said that the phone has it"


@dataclass(frozen=True, slots=True)
class AlarmTestPhone:
    """Where canaries end: a channel of [notify] and an address there."""

    channel: str
    address: str = field(repr=False)


async def note_test_alarm(connection: Connection, gateway_id: str, canary: Canary, now: datetime) -> None:
    """Note that a canary has come; raises `WireError` for one that is none, which its gateway will be missed for,
    and for one too many. What comes again is no other one."""
    if not canary.canary_id or not is_id(canary.canary_id):
        raise WireError("canary: canary_id must be printable and not too long")
    if canary.sensed_at.tzinfo is None or not is_plausible(canary.sensed_at):
        raise WireError("canary: sensed_at needs a zone and lies between 1970 and 2200")
    if canary.flag.kind is not FlagKind.SMOKE or canary.flag.severity is not Severity.CRITICAL:
        raise WireError("canary: its flag is not what a detector that sounds leads to")
    if await is_one_too_many(connection, gateway_id, canary.canary_id, now - _DAY, MOST_A_DAY):
        raise WireError(f"canary: {MOST_A_DAY} came from this gateway within 24 h already, and one a day is due")
    await put_test_alarm(connection, gateway_id, canary, now)


async def pass_test_alarms(
    ctx: ActionContext,
    channels: Mapping[str, Channel],
    phone: AlarmTestPhone | None,
    clock: Callable[[], datetime],
    now: datetime,
) -> int:
    """Send on what has come by `now` and write down what became of it; return how many there were."""
    rows = await take_test_alarms(ctx, now)
    if rows:
        results = [] if phone is None else await send_test_alarms(channels, phone, rows)
        await record_test_alarms(ctx, phone, rows, results, clock())
    return len(rows)


async def take_test_alarms(ctx: ActionContext, now: datetime) -> Sequence[StoredRow]:
    """Return what has come and is now ours to send on; what no vendor has reported in time has failed."""
    async with ctx.db.read() as connection:
        if not await are_test_alarms_under_way(connection):
            return []
    async with ctx.db.write() as connection:
        for row in await unreported_test_alarms(connection, now - ARRIVES_WITHIN):
            await fail_test_alarm(connection, row, _UNREPORTED)
        return await lease_test_alarms(connection, now, now + _AGAIN, _AT_ONCE)


async def send_test_alarms(
    channels: Mapping[str, Channel], phone: AlarmTestPhone, rows: Sequence[StoredRow]
) -> list[Delivery]:
    """Send each to the phone and return what the vendor says, in their order."""
    return list(await asyncio.gather(*(send_with(channels, phone.channel, _notice(phone, row)) for row in rows)))


async def record_test_alarms(
    ctx: ActionContext,
    phone: AlarmTestPhone | None,
    rows: Sequence[StoredRow],
    results: Sequence[Delivery],
    now: datetime,
) -> None:
    """Write down what became of them at `now`; without a phone they are at their end, and there are no `results`."""
    async with ctx.db.write() as connection:
        if phone is None:
            for row in rows:
                await set_test_alarm(connection, row, status=DELIVERED, delivered_at=now, ends=Ends.HERE.value)
            return
        for row, result in zip(rows, results, strict=True):
            await _record(connection, phone, row, result, now)


async def hear_of_test_alarm(ctx: ActionContext, channel: str, event: VendorEvent, now: datetime) -> bool:
    """Note what a vendor reports about a canary, once; return whether it speaks of one at all."""
    if not event.key.startswith("canary.") and not event.vendor_id:
        return False
    async with ctx.db.write() as connection:
        row = await alarm_test_named(connection, channel, event.key, event.vendor_id)
        if row is None:
            return False
        if row["status"] == ARRIVED and event.arrived is True:
            await set_test_alarm(
                connection, row, status=DELIVERED, delivered_at=now, ends=Ends.PHONE.value, last_error=None
            )
        elif event.arrived is False:
            await fail_test_alarm(connection, row, f"{channel}: not delivered{f', {event.code}' if event.code else ''}")
    return True


async def _record(
    connection: Connection, phone: AlarmTestPhone, row: StoredRow, result: Delivery, now: datetime
) -> None:
    if not isinstance(result, Delivered):
        await fail_test_alarm(connection, row, result.reason, final=now - row["arrived_at"] >= ARRIVES_WITHIN)
        return
    sent: dict[str, Any] = {"channel": phone.channel, "vendor_id": result.vendor_id, "sent_at": now, "last_error": None}
    ends = {} if result.reports else {"status": DELIVERED, "delivered_at": now, "ends": Ends.VENDOR.value}
    await set_test_alarm(connection, row, **sent, **ends)


def _notice(phone: AlarmTestPhone, row: StoredRow) -> OutgoingNotice:
    words = text_of("zh", "notices.test_alarm.text", gateway=row["gateway_id"])
    return OutgoingNotice(key_of(row), key_of(row), phone.address, words, words, None, "zh", urgent=True)
