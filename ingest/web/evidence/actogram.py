"""Actogram: the days of a home as rows, their hours as columns, water above power in each cell; laid out on the server.

Pure geometry: hours in, paths out, one path for all cells of a kind. No data is drawn as no data, never as zero. Behind
the cells stand the hours at which this home usually shows signs of life, so that an empty one is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.store.ledger.usage import HourRow

DAYS = 14
LEFT, TOP, CELL, HALF, GAP = 62, 34, 20, 8, 3
ROW = 2 * HALF + GAP
WIDTH = LEFT + 24 * CELL + 8
WATER_STEPS = (1.0, 10.0, 40.0)
"""Litres in an hour at which the colour deepens."""
POWER_STEPS = (80.0, 300.0, 1000.0)
"""Mean watts of an hour at which the colour deepens."""
USUAL_SHARE = 0.5
LEAST_DAYS = 3
"""Fewer days with data say nothing about what is usual."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One row, and what its table says: sums over known hours, None where no hour is known."""

    day: date
    y: int
    water_l: float | None
    energy_kwh: float | None
    first_sign: datetime | None
    last_sign: datetime | None
    unknown_hours: int


@dataclass(frozen=True, slots=True)
class Actogram:
    """The drawing: `paths` are (class, path data), `usual` the hours of the band behind, `silence` an outline."""

    days: tuple[Day, ...]
    paths: tuple[tuple[str, str], ...]
    usual: tuple[int, ...]
    usual_path: str
    silence: str
    hours: tuple[tuple[int, int], ...]
    width: int
    height: int
    left: int = LEFT
    top: int = TOP

    @property
    def known(self) -> bool:
        """Whether there is any hour with data."""
        return any(day.water_l is not None or day.energy_kwh is not None for day in self.days)


def first_instant(now: datetime, zone: ZoneInfo, days: int = DAYS) -> datetime:
    """Return the local midnight at which the oldest row begins."""
    first = now.astimezone(zone).date() - (days - 1) * timedelta(days=1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def draw_actogram(
    hours: Sequence[HourRow], now: datetime, zone: ZoneInfo, since: datetime | None = None, days: int = DAYS
) -> Actogram:
    """Lay out the last `days` local days up to `now`; `since` is when a silence began, None without one."""
    first = first_instant(now, zone, days).date()
    seen: dict[tuple[date, int], HourRow] = {}
    for hour in hours:
        local = hour.start.astimezone(zone)
        seen[local.date(), local.hour] = hour
    rows = [first + number * timedelta(days=1) for number in range(days)]
    usual = _usual(rows[:-1], seen)
    height = TOP + days * ROW + 4
    return Actogram(
        days=tuple(_day(day, number, seen, now, zone) for number, day in enumerate(rows)),
        paths=_paths(rows, seen, now, zone),
        usual=usual,
        usual_path="".join(_box(hour, TOP - 6, CELL, days * ROW + 4) for hour in usual),
        silence=_silence(since, now, rows, zone) if since is not None else "",
        hours=tuple((LEFT + hour * CELL, hour) for hour in range(0, 25, 6)),
        width=WIDTH,
        height=height,
    )


def _box(hour: int, y: int, width: int, height: int) -> str:
    return f"M{LEFT + hour * CELL} {y}h{width}v{height}h-{width}z"


def _shows_life(hour: HourRow | None) -> bool:
    return hour is not None and bool(hour.signs if hour.signs is not None else hour.water_l)


def _known(hour: HourRow | None) -> bool:
    return hour is not None and hour.quality != "none"


def _usual(days: Sequence[date], seen: dict[tuple[date, int], HourRow]) -> tuple[int, ...]:
    found = []
    for hour in range(24):
        known = [day for day in days if _known(seen.get((day, hour)))]
        alive = sum(_shows_life(seen[day, hour]) for day in known)
        if len(known) >= LEAST_DAYS and alive >= USUAL_SHARE * len(known):
            found.append(hour)
    return tuple(found)


def _step(value: float, steps: Sequence[float]) -> int:
    return 1 + sum(value >= step for step in steps)


def _paths(
    days: Sequence[date], seen: dict[tuple[date, int], HourRow], now: datetime, zone: ZoneInfo
) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[str]] = {}
    here = now.astimezone(zone)
    for number, day in enumerate(days):
        y = TOP + number * ROW
        for hour in range(24):
            # the running hour is told only when it is over: it is not missing
            if (day, hour) >= (here.date(), here.hour):
                break
            use = seen.get((day, hour))
            if use is None or not _known(use):
                found.setdefault("none", []).append(_box(hour, y, CELL - 1, 2 * HALF))
                continue
            for name, value, steps, top in (
                ("water", use.water_l, WATER_STEPS, y),
                ("power", use.energy_wh, POWER_STEPS, y + HALF),
            ):
                if value is None:
                    found.setdefault("none", []).append(_box(hour, top, CELL - 1, HALF))
                elif value > 0:
                    found.setdefault(f"{name}-{_step(value, steps)}", []).append(_box(hour, top, CELL - 1, HALF))
    return tuple((name, "".join(boxes)) for name, boxes in sorted(found.items()))


def _silence(since: datetime, now: datetime, days: Sequence[date], zone: ZoneInfo) -> str:
    """Return the outline of the stretch from `since` to now, one box a row."""
    begin, end = since.astimezone(zone), now.astimezone(zone)
    boxes = []
    for number, day in enumerate(days):
        left = 0.0 if begin.date() < day else _of_day(begin) if begin.date() == day else 24.0
        right = 24.0 if end.date() > day else _of_day(end) if end.date() == day else 0.0
        if right > left:
            x, width = round(LEFT + left * CELL, 1), round((right - left) * CELL, 1)
            boxes.append(f"M{x} {TOP + number * ROW - 1.5}h{width}v{2 * HALF + 3}h-{width}z")
    return "".join(boxes)


def _of_day(at: datetime) -> float:
    return at.hour + at.minute / 60


def _day(day: date, number: int, seen: dict[tuple[date, int], HourRow], now: datetime, zone: ZoneInfo) -> Day:
    here = now.astimezone(zone)
    over = 24 if day < here.date() else here.hour
    known = [use for hour in range(over) if (use := seen.get((day, hour))) is not None and _known(use)]
    alive = [use.start for use in known if _shows_life(use)]
    energy = _sum(use.energy_wh for use in known)
    return Day(
        day=day,
        y=TOP + number * ROW,
        water_l=_sum(use.water_l for use in known),
        energy_kwh=None if energy is None else energy / 1000,
        first_sign=alive[0] if alive else None,
        last_sign=alive[-1] if alive else None,
        unknown_hours=over - len(known),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
