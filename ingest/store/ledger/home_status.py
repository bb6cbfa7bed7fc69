"""What a morning is judged by, read for a whole subtree: how homes stand, who is away, who was seen or spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, homes
from ingest.store.ledger.absences import AwayRow, absences_in
from ingest.store.ledger.home_states import HomeStatus, standings_in
from ingest.store.ledger.tables import seen_well
from ingest.store.tickets.queries import HomeRow, homes_in

_MOST_AWAY = 5000


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything about the homes of a subtree that a morning needs; homes without a standing were never told of."""

    homes: list[HomeRow]
    standings: dict[str, HomeStatus]
    away: dict[str, AwayRow]
    spoken_to: dict[str, datetime]


async def stand_of(connection: AsyncConnection, scope: str, since: datetime, now: datetime) -> Stand:
    """Read it; `since` is when the day began."""
    found = await homes_in(connection, scope)
    standings = {one.home_id: one for one in await standings_in(connection, scope)}
    entries = await absences_in(connection, scope, now, limit=_MOST_AWAY)
    away = {entry.home_id: entry for entry in reversed(entries) if entry.since <= now}
    return Stand(found, standings, away, await _spoken_to(connection, scope, since))


async def _spoken_to(connection: AsyncConnection, scope: str, since: datetime) -> dict[str, datetime]:
    query = (
        select(seen_well.c.home_id, seen_well.c.at)
        .join_from(seen_well, homes, seen_well.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(seen_well.c.at >= since, areas.c.path.startswith(scope, autoescape=True))
        .order_by(seen_well.c.at)
    )
    return {row.home_id: row.at for row in await connection.execute(query)}
