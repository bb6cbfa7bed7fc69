"""Roster checks in the database: when a district's rosters were last looked through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import Level
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas
from ingest.store.duty.tables import roster_checks


async def districts_unchecked(
    connection: AsyncConnection, since: datetime, now: datetime
) -> list[tuple[str, str, datetime | None]]:
    """Return id, path and last check of the districts that were last looked through before `since`, or never.

    A check later than `now` was made before the clock was set back: it says nothing.
    """
    at = roster_checks.c.checked_at
    query = (
        select(areas.c.area_id, areas.c.path, roster_checks.c.checked_at)
        .join(roster_checks, roster_checks.c.area_id == areas.c.area_id, isouter=True)
        .where(areas.c.level == Level.DISTRICT.value)
        .where(or_(at.is_(None), at < since, at > now))
    )
    return [(row.area_id, row.path, row.checked_at) for row in await connection.execute(query)]


async def claim_check(connection: AsyncConnection, area_id: str, before: datetime | None, now: datetime) -> bool:
    """Write down that the district is looked through; False where another worker has just done so."""
    if before is None:
        first = upsert(connection, roster_checks).values(area_id=area_id, checked_at=now)
        done = await connection.execute(first.on_conflict_do_nothing(index_elements=["area_id"]))
    else:
        same = (roster_checks.c.area_id == area_id, roster_checks.c.checked_at == before)
        done = await connection.execute(update(roster_checks).where(*same).values(checked_at=now))
    return done.rowcount == 1
