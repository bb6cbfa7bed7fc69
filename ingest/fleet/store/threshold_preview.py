"""What a trial of a line rests on, in the database: hours with signs of life, absences, what came of real alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.ticket import Cause, Outcome
from ingest.fleet.domain.silence_threshold import Label, label_of
from ingest.fleet.domain.threshold_preview import Hour, Past
from ingest.fleet.store.thresholds import scales_of
from ingest.store.base.tables import areas, homes
from ingest.store.ledger.tables import away, usage_hours
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind
from models.wire.messages import UsageQuality

MOST_HOMES = 24
"""Homes that a trial looks at: those with the most hours known. More would only take longer."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What silences really led to: tickets of the same homes and days, and what was found."""

    tickets: int
    needed: int
    needless: int


async def pasts_of(connection: AsyncConnection, scope: str, since: datetime, now: datetime) -> list[Past]:
    """Return what is kept of the homes of a subtree that know most of their hours."""
    known = usage_hours.c.quality != UsageQuality.NONE.value
    counted = (
        select(usage_hours.c.home_id, func.count().label("hours"))
        .join_from(usage_hours, homes, homes.c.home_id == usage_hours.c.home_id)
        .join(areas, areas.c.area_id == homes.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), usage_hours.c.start >= since, known)
        .where(usage_hours.c.signs.is_not(None))
        .group_by(usage_hours.c.home_id)
        .order_by(func.count().desc(), usage_hours.c.home_id)
        .limit(MOST_HOMES)
    )
    chosen = [row.home_id for row in await connection.execute(counted)]
    hours: dict[str, list[Hour]] = {home_id: [] for home_id in chosen}
    query = select(usage_hours.c.home_id, usage_hours.c.start, usage_hours.c.signs, usage_hours.c.quality)
    query = query.where(usage_hours.c.home_id.in_(chosen), usage_hours.c.start >= since)
    for row in await connection.execute(query.order_by(usage_hours.c.home_id, usage_hours.c.start)):
        signs = None if row.quality == UsageQuality.NONE.value else row.signs
        hours[row.home_id].append(Hour(row.start.timestamp(), signs))
    gone: dict[str, list[tuple[float, float]]] = {home_id: [] for home_id in chosen}
    absent = select(away).where(away.c.home_id.in_(chosen), ~away.c.revoked, away.c.since < now)
    for row in await connection.execute(absent):
        ended = min(one for one in (row.ended_at, row.until, now) if one is not None)
        gone[row.home_id].append((row.since.timestamp(), ended.timestamp()))
    scales = await scales_of(connection, chosen)
    return [Past(one, hours[one], gone[one], scales.get(one, 1.0)) for one in chosen]


async def happened(connection: AsyncConnection, home_ids: Sequence[str], since: datetime) -> Happened:
    """Return what silences of these homes really led to."""
    query = select(tickets.c.outcome, tickets.c.cause).where(
        tickets.c.home_id.in_(home_ids), tickets.c.kind == FlagKind.INACTIVITY.value, tickets.c.opened_at >= since
    )
    rows = (await connection.execute(query)).all()
    labels = [
        label_of(Outcome(row.outcome), None if row.cause is None else Cause(row.cause)) for row in rows if row.outcome
    ]
    return Happened(len(rows), labels.count(Label.NEEDED), labels.count(Label.NEEDLESS))
