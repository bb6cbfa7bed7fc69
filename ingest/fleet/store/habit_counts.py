"""Added habits and fitted priors in the database: what gateways count, and what was made of it for an area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import paths_upwards
from ingest.fleet.store.tables import district_priors, habit_counts
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, gateways
from models.wire.messages import HabitCounts, PriorTable


@dataclass(frozen=True, slots=True)
class GatewayHabits:
    """A gateway's weeks of a span: the most homes that were in one of them, and each week's cells."""

    homes: int
    weeks: Sequence[list[list[int]]]


async def put_counts(connection: AsyncConnection, gateway_id: str, counts: HabitCounts, now: datetime) -> None:
    """Keep a gateway's week; told again, the later one replaces."""
    row: dict[str, Any] = {"homes": counts.homes, "cells_json": counts.cells, "at": now}
    statement = upsert(connection, habit_counts).values(gateway_id=gateway_id, week=counts.week, **row)
    await connection.execute(statement.on_conflict_do_update(index_elements=["gateway_id", "week"], set_=row))


async def forget_counts(connection: AsyncConnection, before: date) -> int:
    """Forget the weeks that began before a day; return how many rows went."""
    gone = delete(habit_counts).where(habit_counts.c.week < before.isoformat())
    return (await connection.execute(gone)).rowcount


async def counts_in(connection: AsyncConnection, scope: str, since: date) -> list[GatewayHabits]:
    """Return what the gateways of a subtree have counted since a day, a gateway an entry, in a stable order."""
    query = (
        select(habit_counts.c.gateway_id, habit_counts.c.homes, habit_counts.c.cells_json)
        .join_from(habit_counts, gateways, habit_counts.c.gateway_id == gateways.c.gateway_id)
        .join(areas, gateways.c.area_id == areas.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), habit_counts.c.week >= since.isoformat())
        .order_by(habit_counts.c.gateway_id, habit_counts.c.week)
    )
    found: dict[str, list[tuple[int, list[list[int]]]]] = {}
    for gateway_id, homes, cells in await connection.execute(query):
        found.setdefault(gateway_id, []).append((homes, cells))
    return [GatewayHabits(max(homes for homes, _ in weeks), [cells for _, cells in weeks]) for weeks in found.values()]


async def put_prior(connection: AsyncConnection, area_id: str, prior: PriorTable, now: datetime) -> None:
    """Let a fitted prior hold in an area."""
    row = {"homes": prior.homes, "prior_json": {"off": prior.off, "on": prior.on}, "at": now}
    statement = upsert(connection, district_priors).values(area_id=area_id, **row)
    await connection.execute(statement.on_conflict_do_update(index_elements=["area_id"], set_=row))


async def drop_prior(connection: AsyncConnection, area_id: str) -> bool:
    """Take an area's prior back; return whether there was one."""
    return (await connection.execute(delete(district_priors).where(district_priors.c.area_id == area_id))).rowcount > 0


async def prior_of(connection: AsyncConnection, gateway_id: str) -> PriorTable | None:
    """Return the prior of the nearest area around a gateway that has one."""
    path_query = select(areas.c.path).join_from(gateways, areas, gateways.c.area_id == areas.c.area_id)
    path = (await connection.execute(path_query.where(gateways.c.gateway_id == gateway_id))).scalar_one()
    query = (
        select(district_priors.c.homes, district_priors.c.prior_json)
        .join_from(district_priors, areas, district_priors.c.area_id == areas.c.area_id)
        .where(areas.c.path.in_(paths_upwards(path)))
        .order_by(func.length(areas.c.path).desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else PriorTable(row.homes, row.prior_json["off"], row.prior_json["on"])


async def gateways_in(connection: AsyncConnection, scope: str) -> list[str]:
    """Return the gateways of a subtree."""
    query = select(gateways.c.gateway_id).join_from(gateways, areas, gateways.c.area_id == areas.c.area_id)
    query = query.where(areas.c.path.startswith(scope, autoescape=True)).order_by(gateways.c.gateway_id)
    return list((await connection.execute(query)).scalars())
