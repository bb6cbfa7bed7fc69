"""Hours of use in the database, as their home's gateway told them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.ledger.tables import usage_hours


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of a home; None means not known, which is not zero."""

    start: datetime
    water_l: float | None
    energy_wh: float | None
    quality: str
    signs: int | None


async def usage_of(connection: AsyncConnection, home_id: str, since: datetime, until: datetime) -> list[HourRow]:
    """Return the known hours of a home with `since` ≤ start < `until`, oldest first."""
    query = (
        select(usage_hours)
        .where(usage_hours.c.home_id == home_id, usage_hours.c.start >= since, usage_hours.c.start < until)
        .order_by(usage_hours.c.start)
    )
    return [
        HourRow(row.start, row.water_l, row.energy_wh, row.quality, row.signs)
        for row in await connection.execute(query)
    ]
