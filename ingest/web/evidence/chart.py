"""Chart: the last 48 hours of a home as bars, laid out on the server so that it needs no script and prints well.

Pure geometry: hours in, rectangles out. No data is drawn as no data, never as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.store.ledger.usage import HourRow

HOURS = 48
WIDTH, ROW_HEIGHT = 600, 84
_LEFT, _TOP, _BETWEEN, _BOTTOM = 44, 22, 32, 26
_BAR = (WIDTH - _LEFT) / HOURS
_LEAST_BAR = 2.0
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: a rectangle in the drawing, and what it stands for. `value` None is "no data"."""

    start: datetime
    x: float
    y: float
    width: float
    height: float
    value: float | None
    part: bool


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One quantity over the hours; `top` is the value at the upper edge, in its own unit."""

    name: str
    top: float
    y: float
    bars: tuple[Bar, ...]

    @property
    def known(self) -> bool:
        """Whether there is any hour with data."""
        return any(bar.value is not None for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Chart:
    """Two rows with a shared time axis; `marks` are (x, hour), `since_x` is where the situation began."""

    rows: tuple[ChartRow, ...]
    marks: tuple[tuple[float, datetime], ...]
    since_x: float | None
    left: int
    width: int
    height: int
    top: int = _TOP
    row_height: int = ROW_HEIGHT


def first_hour(now: datetime) -> datetime:
    """Return the start of the oldest hour shown; the running hour is the newest."""
    return now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR


def round_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten, at least 1, so that the axis has a plain number."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(top for top in (power, 2 * power, 5 * power, 10 * power) if top >= value)


def _row(name: str, y: float, first: datetime, values: Mapping[datetime, tuple[float | None, bool]]) -> ChartRow:
    top = round_up(max((value for value, _ in values.values() if value is not None), default=1.0))
    bars = []
    for index in range(HOURS):
        start = first + index * HOUR
        value, part = values.get(start, (None, False))
        height = ROW_HEIGHT if value is None else min(1.0, max(0.0, value) / top) * ROW_HEIGHT
        if value is not None and value > 0:
            height = max(height, _LEAST_BAR)
        x = _LEFT + index * _BAR
        bars.append(
            Bar(
                start,
                round(x, 1),
                round(y + ROW_HEIGHT - height, 1),
                round(_BAR - 1.5, 1),
                round(height, 1),
                value,
                part,
            )
        )
    return ChartRow(name, top, y, tuple(bars))


def draw(hours: Sequence[HourRow], now: datetime, since: datetime | None, marks: Iterable[datetime]) -> Chart:
    """Lay out water (litres an hour) over power (mean watts of the hour: Wh used in one hour is that many W)."""
    first = first_hour(now)
    water = {hour.start: (hour.water_l, hour.quality == "part") for hour in hours if hour.quality != "none"}
    power = {hour.start: (hour.energy_wh, hour.quality == "part") for hour in hours if hour.quality != "none"}
    upper, lower = float(_TOP), float(_TOP + ROW_HEIGHT + _BETWEEN)
    end = first + HOURS * HOUR
    return Chart(
        rows=(_row("water", upper, first, water), _row("power", lower, first, power)),
        marks=tuple((_x(at, first), at) for at in marks if first <= at < end),
        since_x=_x(since, first) if since is not None and first <= since < end else None,
        left=_LEFT,
        width=WIDTH,
        height=int(lower) + ROW_HEIGHT + _BOTTOM,
    )


def _x(at: datetime, first: datetime) -> float:
    return round(_LEFT + (at - first) / HOUR * _BAR, 1)
