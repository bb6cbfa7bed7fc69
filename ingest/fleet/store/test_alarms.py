"""Canaries in the database: where each gateway's synthetic alarm of the day is, and what the wall says of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, exists, false, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.fleet.domain.test_alarm import CanaryWay, Ends
from ingest.fleet.store.tables import canaries
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, gateways
from models.wire.messages import Canary, CanaryTrip

ARRIVED, DELIVERED, FAILED = "arrived", "delivered", "failed"
AWAITED_WITHIN = timedelta(hours=26)
"""A gateway sings once a day; two hours are for a restart or a slow line."""
SHOWN_FOR = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class AlarmTestBoard:
    """The wall's line: gateways whose canary of the last day reached its end, those whose did not, how many of the
    former were slow somewhere, the slowest way, and where the shortest ended."""

    passed: int
    missing: int
    late: int = 0
    slowest: CanaryWay | None = None
    ends: Ends | None = None


async def put_test_alarm(connection: AsyncConnection, gateway_id: str, canary: Canary, now: datetime) -> None:
    """Note that one has come."""
    row = {
        "gateway_id": gateway_id,
        "canary_id": canary.canary_id,
        "sensed_at": canary.sensed_at,
        "arrived_at": now,
        "waited_s": 0.0,
        "status": ARRIVED,
    }
    statement = upsert(connection, canaries).values(row)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["gateway_id", "canary_id"]))


async def is_one_too_many(
    connection: AsyncConnection, gateway_id: str, canary_id: str, since: datetime, most: int
) -> bool:
    """Return whether a canary is new though `most` others of its gateway came after `since`."""
    which = (canaries.c.gateway_id == gateway_id, or_(canaries.c.arrived_at > since, canaries.c.canary_id == canary_id))
    known = (await connection.execute(select(canaries.c.canary_id).where(*which))).scalars().all()
    return canary_id not in known and len(known) >= most


async def put_trip(connection: AsyncConnection, gateway_id: str, trip: CanaryTrip | None) -> None:
    """Note how long its gateway says that the way to our receipt took."""
    if trip is None or trip.receipt_s is None or not 0 <= trip.receipt_s < 10**6:
        return
    which = (canaries.c.gateway_id == gateway_id, canaries.c.canary_id == trip.canary_id)
    await connection.execute(update(canaries).where(*which).values(waited_s=trip.receipt_s))


async def lease_test_alarms(
    connection: AsyncConnection, now: datetime, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return canaries on their way that are now ours to send on, until `until`."""
    free = or_(canaries.c.leased_until.is_(None), canaries.c.leased_until <= now)
    unsent = (canaries.c.status == ARRIVED, canaries.c.sent_at.is_(None))
    query = select(canaries).where(*unsent, free).order_by(canaries.c.arrived_at).limit(limit)
    rows = (await connection.execute(query.with_for_update(skip_locked=True))).mappings().all()
    for row in rows:
        await set_test_alarm(connection, row, leased_until=until)
    return rows


async def unreported_test_alarms(connection: AsyncConnection, arrived_before: datetime) -> Sequence[RowMapping]:
    """Return canaries that a vendor took and has said nothing of, though they came so long ago."""
    waiting = (canaries.c.status == ARRIVED, canaries.c.sent_at.is_not(None), canaries.c.arrived_at <= arrived_before)
    return (await connection.execute(select(canaries).where(*waiting))).mappings().all()


async def alarm_test_named(connection: AsyncConnection, channel: str, key: str, vendor_id: str) -> RowMapping | None:
    """Return the canary that a vendor speaks of, by our key or else by the vendor's id; None where it means none."""
    ours = literal("canary.") + canaries.c.gateway_id + literal(".") + canaries.c.canary_id
    theirs = (canaries.c.channel == channel) & (canaries.c.vendor_id == vendor_id) if vendor_id else false()
    query = select(canaries).where(or_(ours == key, theirs)).order_by(canaries.c.arrived_at.desc()).limit(1)
    return (await connection.execute(query)).mappings().one_or_none()


def key_of(row: RowMapping) -> str:
    """Return the key under which it goes to a vendor, the same each time."""
    return f"canary.{row['gateway_id']}.{row['canary_id']}"


def way_of(row: RowMapping) -> CanaryWay:
    """Return how long the stages of one that is at its end took. The gateway's own part is told a little later."""
    arrived, sent, end = row["arrived_at"], row["sent_at"], row["delivered_at"]
    vendor_s = None if sent is None else (sent - arrived).total_seconds()
    # a vendor's report may overtake its own answer, and that may be lost
    phone_s = max(0.0, (end - (sent or arrived)).total_seconds()) if row["ends"] == Ends.PHONE.value else None
    return CanaryWay(row["waited_s"] or None, vendor_s, phone_s)


async def are_test_alarms_under_way(connection: AsyncConnection) -> bool:
    """Return whether any has not come to its end."""
    return bool((await connection.execute(select(exists().where(canaries.c.status == ARRIVED)))).scalar_one())


async def set_test_alarm(connection: AsyncConnection, row: RowMapping, **values: Any) -> None:
    """Write what became of one."""
    await connection.execute(update(canaries).where(*_is(row)).values(**values))


async def fail_test_alarm(connection: AsyncConnection, row: RowMapping, why: str, *, final: bool = True) -> None:
    """Write what went wrong, unless a report has overtaken it; `final`: it will not be tried again."""
    values = {"last_error": why} | ({"status": FAILED} if final else {})
    await connection.execute(update(canaries).where(*_is(row), canaries.c.status == ARRIVED).values(values))


def _is(row: RowMapping) -> tuple[ColumnElement[bool], ...]:
    return (canaries.c.gateway_id == row["gateway_id"], canaries.c.canary_id == row["canary_id"])


async def newest_test_alarms(connection: AsyncConnection) -> dict[str, RowMapping]:
    """Return the newest canary of each gateway that ever sent one."""
    newest = select(canaries.c.gateway_id, func.max(canaries.c.arrived_at).label("at")).group_by(canaries.c.gateway_id)
    last = newest.subquery()
    same = (canaries.c.gateway_id == last.c.gateway_id) & (canaries.c.arrived_at == last.c.at)
    rows = (await connection.execute(select(canaries).join(last, same))).mappings()
    return {row["gateway_id"]: row for row in rows}


async def singers(connection: AsyncConnection, scope: str = "/") -> dict[str, datetime]:
    """Return the gateways of a subtree that say they sing, and since when; one of an older version is not missed."""
    query = (
        select(gateways.c.gateway_id, gateways.c.canary_since)
        .join(areas, gateways.c.area_id == areas.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), gateways.c.canary_since.is_not(None))
    )
    return {row.gateway_id: row.canary_since for row in await connection.execute(query)}


async def alarm_test_board(connection: AsyncConnection, scope: str, now: datetime) -> AlarmTestBoard:
    """Return how the last day's canaries of a subtree did."""
    names = await singers(connection, scope)
    newest = {name: row for name, row in (await newest_test_alarms(connection)).items() if name in names}
    good = [row for row in newest.values() if row["status"] == DELIVERED and now - row["arrived_at"] < SHOWN_FOR]
    ways = [way_of(row) for row in good]
    ends = {row["ends"] for row in good}
    return AlarmTestBoard(
        passed=len(good),
        missing=len(names) - len(good),
        late=sum(bool(way.slow()) for way in ways),
        slowest=max(ways, key=lambda way: way.total_s, default=None),
        ends=next((end for end in Ends if end.value in ends), None),
    )


async def forget_test_alarms(connection: AsyncConnection, before: datetime) -> int:
    """Drop what came before; return how many."""
    return (await connection.execute(delete(canaries).where(canaries.c.arrived_at < before))).rowcount
