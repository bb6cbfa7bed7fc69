"""Load holidays: keep a year's table of rest days and shifted workdays; no guess is written over an official line.

The table comes from a library that knows what was announced until its release; a year is unofficial until somebody who
has read the announcement says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from ingest.actions.base.context import ActionContext
from ingest.domain.duty.holidays import DayKind, SpecialDay
from ingest.store.base.change_counter import count_change
from ingest.store.duty.special_days import clear_day, put_day, replace_year, special_days_of
from models.texts.texts import text_of


def days_of_library(year: int, country: str = "CN") -> list[SpecialDay]:
    """Return the year's days as the library has them, none of them official."""
    import holidays  # noqa: PLC0415 - heavy (13 MB, 80 ms), needed once a year

    table = holidays.country_holidays(country, years=year, language="zh_CN" if country == "CN" else None)
    rest = [SpecialDay(day, DayKind.HOLIDAY, name, False) for day, name in table.items() if day.year == year]
    shifted = [
        SpecialDay(day, DayKind.WORKDAY, text_of("zh" if country == "CN" else "en", "kinds.date.holiday_moved"), False)
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
        given = [replace(one, official=official or one.official) for one in days if one.day.year == year]
        table = {**{one.day: one for one in given}, **kept}
        await replace_year(connection, year, list(table.values()), now, official=official)
        await count_change(connection)
    return len(table)


async def set_day(ctx: ActionContext, day: date, kind: DayKind | None, name: str, now: datetime) -> None:
    """Write one day as announced; None: an ordinary day after all."""
    async with ctx.db.write() as connection:
        await clear_day(connection, day)
        if kind is not None:
            await put_day(connection, SpecialDay(day, kind, name, official=True))
        await count_change(connection)
