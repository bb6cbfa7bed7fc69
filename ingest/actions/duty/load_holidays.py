"""Load holidays: keep a year's table of rest days and shifted workdays; no guess is written over an official line.

The table comes from a library that knows what was announced until its release; a year is unofficial until somebody who
has read the announcement says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete

from ingest.actions.base.context import ActionContext
from ingest.domain.duty.holidays import DayKind, SpecialDay
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import upsert
from ingest.store.duty.rosters import special_days_of
from ingest.store.duty.tables import calendar_years, special_days


def days_of_library(year: int, country: str = "CN") -> list[SpecialDay]:
    """Return the year's days as the library has them, none of them official."""
    import holidays  # noqa: PLC0415 - heavy (13 MB, 80 ms), needed once a year

    table = holidays.country_holidays(country, years=year, language="zh_CN" if country == "CN" else None)
    rest = [SpecialDay(day, DayKind.HOLIDAY, name, False) for day, name in table.items() if day.year == year]
    shifted = [
        SpecialDay(day, DayKind.WORKDAY, "调休上班" if country == "CN" else "workday", False)
        for day in table.weekend_workdays
        if day.year == year
    ]
    return sorted([*rest, *shifted], key=lambda special: special.day)


async def load_holidays(
    ctx: ActionContext, year: int, days: Sequence[SpecialDay], now: datetime, *, official: bool = False
) -> int:
    """Write the year's table over what was guessed before; return how many days it has now.

    With `official` the given days stand as announced, in place of all that was there.
    """
    async with ctx.db.write() as connection:
        kept = {} if official else {one.day: one for one in await special_days_of(connection, year) if one.official}
        await connection.execute(delete(special_days).where(special_days.c.day.startswith(f"{year:04}-")))
        table = {**{one.day: one for one in days if one.day.year == year}, **kept}
        for one in table.values():
            row = {
                "day": one.day.isoformat(),
                "kind": one.kind.value,
                "name": one.name,
                "official": official or one.official,
            }
            await connection.execute(upsert(connection, special_days).values(row))
        said = upsert(connection, calendar_years).values(year=year, official=official, recorded_at=now)
        changed = {"official": said.excluded.official, "recorded_at": said.excluded.recorded_at}
        await connection.execute(said.on_conflict_do_update(index_elements=["year"], set_=changed))
        await count_change(connection)
    return len(table)


async def set_day(ctx: ActionContext, day: date, kind: DayKind | None, name: str, now: datetime) -> None:
    """Write one day as announced; None: an ordinary day after all."""
    async with ctx.db.write() as connection:
        await connection.execute(delete(special_days).where(special_days.c.day == day.isoformat()))
        if kind is not None:
            row = {"day": day.isoformat(), "kind": kind.value, "name": name, "official": True}
            await connection.execute(upsert(connection, special_days).values(row))
        await count_change(connection)
