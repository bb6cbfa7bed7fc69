"""Fly canaries: a gateway's synthetic alarm goes on from here to a phone that waits for it, by a real channel.

It opens no ticket and asks nobody. One that does not come, or does not get through, is a complaint about its gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.complain import Complaint, complain, is_complained_of, mend
from ingest.actions.deliver import send_with
from ingest.actions.desk import Desk
from ingest.domain.ticket import CANARY_FAILED
from ingest.notify.contract import Channel, Delivered, OutgoingNotice
from ingest.store.canaries import (
    AWAITED_WITHIN,
    DELIVERED,
    FAILED,
    lease_canaries,
    newest_canaries,
    put_canary,
    set_canary,
    singers,
)
from ingest.store.tables import tickets
from models.flag import FlagKind, Severity
from models.wire.codec import WireError, is_id, is_plausible
from models.wire.messages import Canary

ARRIVES_WITHIN = timedelta(minutes=10)
"""A phone that is told later is no proof of anything."""
_AGAIN = timedelta(seconds=40)
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class CanaryPhone:
    """Where canaries end: a channel of [notify] and an address there."""

    channel: str
    address: str = field(repr=False)


async def note_canary(connection: AsyncConnection, gateway_id: str, canary: Canary, now: datetime) -> None:
    """Note that a canary has come; raises `WireError` for one that is none, which its gateway will be missed for."""
    if not canary.canary_id or not is_id(canary.canary_id):
        raise WireError("canary: canary_id must be printable and not too long")
    if canary.sensed_at.tzinfo is None or not is_plausible(canary.sensed_at):
        raise WireError("canary: sensed_at needs a zone and lies between 1970 and 2200")
    if canary.flag.kind is not FlagKind.SMOKE or canary.flag.severity is not Severity.CRITICAL:
        raise WireError("canary: its flag is not what a detector that sounds leads to")
    await put_canary(connection, gateway_id, canary, now)


async def fly_canaries(desk: Desk, channels: Mapping[str, Channel], phone: CanaryPhone | None, now: datetime) -> int:
    """Send on what has come; return how many reached their end. Without a phone the way ends here."""
    async with desk.db.write() as connection:
        rows = await lease_canaries(connection, now, now + _AGAIN, _AT_ONCE)
    done = await asyncio.gather(*(_fly(channels, phone, row) for row in rows))
    async with desk.db.write() as connection:
        for row, fault in zip(rows, done, strict=True):
            if fault is None:
                await set_canary(connection, row, status=DELIVERED, delivered_at=now, last_error=None)
            elif now - row["arrived_at"] >= ARRIVES_WITHIN:
                await set_canary(connection, row, status=FAILED, last_error=fault)
            else:
                await set_canary(connection, row, last_error=fault)
    return sum(fault is None for fault in done)


async def _fly(channels: Mapping[str, Channel], phone: CanaryPhone | None, row: RowMapping) -> str | None:
    if phone is None:
        return None
    gateway, key = row["gateway_id"], f"canary.{row['gateway_id']}.{row['canary_id']}"
    words = f"邻舍巡检 Linshe canary: {gateway}"
    notice = OutgoingNotice(key, key, phone.address, words, words, None, "zh", urgent=True)
    result = await send_with(channels, phone.channel, notice)
    return None if isinstance(result, Delivered) else result.reason


async def miss_canaries(desk: Desk, now: datetime) -> int:
    """Complain of gateways whose canary did not come or did not get through; mend what does again. Return how many."""
    going_on = select(tickets.c.subject).where(
        tickets.c.kind == CANARY_FAILED, is_complained_of(CANARY_FAILED, tickets.c.subject)
    )
    async with desk.db.read() as connection:
        newest, running = await newest_canaries(connection), await singers(connection)
        told = set((await connection.execute(going_on)).scalars())
    opened = 0
    for gateway_id, started in running.items():
        row = newest.get(gateway_id)
        since = _missing_since(row, started, now)
        if since is not None and gateway_id not in told:
            async with desk.db.write() as connection:
                opened += await complain(connection, desk, _words(gateway_id, row), since, now)
        elif gateway_id in told and row is not None and row["status"] == DELIVERED and since is None:
            async with desk.db.write() as connection:
                await mend(connection, CANARY_FAILED, gateway_id, now)
    return opened


def _missing_since(row: RowMapping | None, started: datetime, now: datetime) -> datetime | None:
    """Return since when a canary has been missing, None while there is nothing to miss."""
    if row is not None and row["status"] == FAILED:
        at: datetime = row["arrived_at"]
        return at
    last = started if row is None else row["arrived_at"]
    return last if now - last > AWAITED_WITHIN else None


def _words(gateway_id: str, row: RowMapping | None) -> Complaint:
    failed = row is not None and row["status"] == FAILED
    zh = "到了平台，但没有发到手机" if failed else "今天没有来"
    en = "came in, but reached no phone" if failed else "did not come today"
    return Complaint(
        CANARY_FAILED,
        gateway_id,
        Severity.URGENT,
        f"网关 {gateway_id} 的每日巡检警报{zh}：真的警报可能也到不了。请检查从网关到手机的线路。",
        f"The daily test alarm of gateway {gateway_id} {en}: a real one may not arrive either. Look at the way from the"
        " gateway to the phones.",
    )
