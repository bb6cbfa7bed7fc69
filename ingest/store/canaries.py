"""Canaries in the database: where each gateway's synthetic alarm of the day is, and what the wall says of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.database import upsert
from ingest.store.gateway_tables import canaries
from ingest.store.tables import areas, gateways
from models.wire.messages import Canary, CanaryTrip

ARRIVED, DELIVERED, FAILED = "arrived", "delivered", "failed"
AWAITED_WITHIN = timedelta(hours=26)
"""A gateway sings once a day; two hours are for a restart or a slow line."""
SHOWN_FOR = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class CanaryBoard:
    """The wall's line: gateways whose canary of the last day reached a phone, those whose did not, and the slowest."""

    passed: int
    missing: int
    slowest_s: float | None


async def put_canary(connection: AsyncConnection, gateway_id: str, canary: Canary, now: datetime) -> None:
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


async def put_trip(connection: AsyncConnection, gateway_id: str, trip: CanaryTrip | None) -> None:
    """Note how long its gateway says that the way to our receipt took."""
    if trip is None or trip.receipt_s is None or not 0 <= trip.receipt_s < 10**6:
        return
    which = (canaries.c.gateway_id == gateway_id, canaries.c.canary_id == trip.canary_id)
    await connection.execute(update(canaries).where(*which).values(waited_s=trip.receipt_s))


async def lease_canaries(
    connection: AsyncConnection, now: datetime, until: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return canaries on their way that are now ours to send on, until `until`."""
    free = or_(canaries.c.leased_until.is_(None), canaries.c.leased_until <= now)
    query = select(canaries).where(canaries.c.status == ARRIVED, free).order_by(canaries.c.arrived_at).limit(limit)
    rows = (await connection.execute(query.with_for_update(skip_locked=True))).mappings().all()
    for row in rows:
        await set_canary(connection, row, leased_until=until)
    return rows


async def set_canary(connection: AsyncConnection, row: RowMapping, **values: Any) -> None:
    """Write what became of one."""
    which = (canaries.c.gateway_id == row["gateway_id"], canaries.c.canary_id == row["canary_id"])
    await connection.execute(update(canaries).where(*which).values(**values))


async def newest_canaries(connection: AsyncConnection) -> dict[str, RowMapping]:
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


async def canary_board(connection: AsyncConnection, scope: str, now: datetime) -> CanaryBoard:
    """Return how the last day's canaries of a subtree did."""
    names = await singers(connection, scope)
    newest = {name: row for name, row in (await newest_canaries(connection)).items() if name in names}
    good = [row for row in newest.values() if row["status"] == DELIVERED and now - row["arrived_at"] < SHOWN_FOR]
    times = [row["waited_s"] + (row["delivered_at"] - row["arrived_at"]).total_seconds() for row in good]
    return CanaryBoard(len(good), len(names) - len(good), max(times, default=None))


async def forget_canaries(connection: AsyncConnection, before: datetime) -> None:
    """Drop what came before."""
    await connection.execute(delete(canaries).where(canaries.c.arrived_at < before))
