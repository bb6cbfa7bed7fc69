"""Numbers sheet: the key figures of one subtree and period, put together for page, report, CSV and API alike.

Reads and counts; writes no page. Days are those of the site's zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.domain.base.areas import Level
from ingest.domain.tickets.case_log import Case
from ingest.domain.tickets.stints import Stint, stints
from ingest.figures.domain.kpi import KeyFigures, Late, exceptions, figures
from ingest.figures.domain.kpi_people import Load, loads
from ingest.figures.domain.precision import RulePrecision, precision
from ingest.figures.store.kpi_facts import (
    Named,
    NoticeFigures,
    asked_between,
    cases_between,
    names_of_people,
    notices_between,
)
from ingest.store.base.database import Connection
from ingest.store.tickets.queries import AreaRow, area_names
from ingest.web.base.pages import StintReader

LONGEST = timedelta(days=400)
_DAILY_UP_TO = timedelta(days=62)


class BadPeriodError(ValueError):
    """A period or level that can't be used; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the start of `first` to the end of `last`, in the site's zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """Return the first instant, UTC."""
        return self.start_of(self.first)

    @property
    def until(self) -> datetime:
        """Return the first instant behind it, UTC."""
        return self.start_of(self.last + timedelta(days=1))

    def start_of(self, day: date) -> datetime:
        """Return the first instant of a day."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def pieces(self) -> list[date]:
        """Return the first days of the days in it, or of its months where those would be too many."""
        count = (self.last - self.first).days + 1
        days = [self.first + timedelta(days=index) for index in range(count)]
        return (
            days if timedelta(days=count) <= _DAILY_UP_TO else [day for day in days if day.day == 1 or day == days[0]]
        )


@dataclass(frozen=True, slots=True)
class KpiReport:
    """Everything that is shown. `places` and `pieces` are in order; people's figures only for who may see them."""

    period: Period
    level: Level
    counted_at: datetime
    whole: KeyFigures
    places: Sequence[tuple[str, KeyFigures]]
    pieces: Sequence[tuple[date, KeyFigures]]
    rules: Sequence[RulePrecision]
    late: Sequence[Late]
    notices: Sequence[NoticeFigures]
    loads: Sequence[Load]
    stints: Sequence[Stint]
    names: Mapping[str, Named]
    areas: Mapping[str, AreaRow]


def read_period(first: str, last: str, month: str, today: date, zone: ZoneInfo) -> Period:
    """Return the period asked for: a month, or first and last day, or this month; raises `BadPeriodError`."""
    try:
        if first or last:
            period = Period(date.fromisoformat(first or last), date.fromisoformat(last or first), zone)
        else:
            start = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
            period = Period(start, _next_month(start) - timedelta(days=1), zone)
        fits = timedelta() <= period.last - period.first < LONGEST and 2000 <= period.first.year <= 2100
    except (ValueError, OverflowError) as error:
        raise BadPeriodError("write days as 2026-11-01 and a month as 2026-11") from error
    if not fits:
        raise BadPeriodError(f"the last day must not be before the first, nor {LONGEST.days} days or more behind it")
    return period


def read_level(text: str) -> Level:
    """Return the level asked for, streets where none is; raises `BadPeriodError`."""
    if text and text not in set(Level):
        raise BadPeriodError(f"level is one of {', '.join(Level)}")
    return Level(text) if text else Level.STREET


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


async def read_sheet(
    connection: Connection, scope: str, period: Period, level: Level, now: datetime, *, people: StintReader | None
) -> KpiReport:
    """Count everything; figures of people only with `people`, which reads their work beside tickets."""
    cases = await cases_between(connection, scope, period.since, period.until)
    asked = await asked_between(connection, scope, period.since, period.until) if people else {}
    others = await people(connection, scope, period.since, period.until) if people else []
    areas = await area_names(connection)
    return KpiReport(
        period=period,
        level=level,
        counted_at=now,
        whole=figures(cases, now),
        places=_by_place(cases, level, areas, now),
        pieces=_by_piece(cases, period, now),
        rules=precision([(place_of(case.path, Level.STREET, areas), case) for case in cases]),
        late=exceptions(cases, now),
        notices=await notices_between(connection, scope, period.since, period.until),
        loads=loads(cases, asked, now, others) if people else [],
        stints=sorted([*stints(cases, now), *others], key=lambda one: one.start) if people else [],
        names=await names_of_people(connection) if people else {},
        areas=areas,
    )


def place_of(path: str, level: Level, areas: Mapping[str, AreaRow]) -> str:
    """Return the id of the area of `level` around a path; the path's own area where it lies above that level."""
    ids = path.strip("/").split("/")
    return next((one for one in ids if one in areas and areas[one].level == level), ids[-1])


def _by_place(
    cases: Sequence[Case], level: Level, areas: Mapping[str, AreaRow], now: datetime
) -> list[tuple[str, KeyFigures]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(place_of(case.path, level, areas), []).append(case)
    return [(place, figures(found[place], now)) for place in sorted(found)]


def _by_piece(cases: Sequence[Case], period: Period, now: datetime) -> list[tuple[date, KeyFigures]]:
    days = period.pieces()
    ends = [*(period.start_of(day) for day in days[1:]), period.until]
    found: list[list[Case]] = [[] for _ in days]
    for case in cases:
        found[next(index for index, end in enumerate(ends) if case.opened_at < end)].append(case)
    return [(day, figures(part, now)) for day, part in zip(days, found, strict=True)]
