"""Hours of friendly visits in the database. Reads only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.stints import Stint
from ingest.store.base.tables import areas, homes
from ingest.visits.store.tables import visits


async def visit_stints(connection: AsyncConnection, scope: str, since: datetime, until: datetime) -> list[Stint]:
    """Return the hours of friendly visits made in a stretch in a subtree: one for each who went."""
    query = (
        select(visits.c.visit_id, visits.c.went, visits.c.done_at, visits.c.minutes, areas.c.path)
        .join_from(visits, homes, visits.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), visits.c.done_at >= since, visits.c.done_at < until)
        .order_by(visits.c.done_at, visits.c.visit_id)
    )
    return [
        Stint(person, row.visit_id, row.path, row.done_at - timedelta(minutes=row.minutes), row.done_at, ended=True)
        for row in await connection.execute(query)
        for person in row.went or ()
    ]
