"""Special days in the database: each year's rest days and shifted workdays, and which of them were announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select

from ingest.domain.duty.holidays import DayKind, SpecialDay
from ingest.store.base.database import Connection, upsert
from ingest.store.duty.tables import calendar_years, special_days


async def special_days_of(connection: Connection, year: int) -> list[SpecialDay]:
    """Return the year's table, in order."""
    query = select(special_days).where(special_days.c.day.startswith(f"{year:04}-")).order_by(special_days.c.day)
    return [
        SpecialDay(date.fromisoformat(row.day), DayKind(row.kind), row.name, row.official)
        for row in await connection.execute(query)
    ]


async def replace_year(
    connection: Connection, year: int, table: Sequence[SpecialDay], now: datetime, *, official: bool
) -> None:
    """Write the year's table in place of what was there."""
    await connection.execute(delete(special_days).where(special_days.c.day.startswith(f"{year:04}-")))
    for one in table:
        await put_day(connection, one)
    row = upsert(connection, calendar_years).values(year=year, official=official, recorded_at=now)
    changed = {"official": row.excluded.official, "recorded_at": row.excluded.recorded_at}
    await connection.execute(row.on_conflict_do_update(index_elements=["year"], set_=changed))


async def put_day(connection: Connection, special: SpecialDay) -> None:
    """Write a day that has no row."""
    row = {
        "day": special.day.isoformat(),
        "kind": special.kind.value,
        "name": special.name,
        "official": special.official,
    }
    await connection.execute(upsert(connection, special_days).values(row))


async def clear_day(connection: Connection, day: date) -> None:
    """Let a day be what its weekday says."""
    await connection.execute(delete(special_days).where(special_days.c.day == day.isoformat()))
