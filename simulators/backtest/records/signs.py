"""Signs of life as every peer gets them: on one grid of five minutes, the same for all methods.

A sign is a step of the water register, or a step of the power above the home's own cold appliances. Peers are given
more than the daemon has: the size of the fridge's steps is learned from the whole record. Must not know: any method.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.quantity import Quantity
from simulators.backtest.records.record import HomeRecord, Series, Span

CELL_MS = 300_000
DAY_CELLS = 288
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Signs:
    """A home on the grid: cell k covers `start_ms + k·CELL_MS` to the next; `start_ms` is a local midnight.

    `water` is litres that came to light in each cell, `water_sign` and `load_sign` whether there was a sign of that
    kind, `blind` whether neither meter has said anything for too long, `away` whether the ledger was told.
    """

    home: str
    start_ms: int
    water: Floats
    water_sign: Mask
    load_sign: Mask
    blind: Mask
    away: Mask
    first_weekday: int

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.water.size)

    @property
    def any_sign(self) -> Mask:
        """Cells with a sign of either kind."""
        return self.water_sign | self.load_sign

    def cell(self, at_ms: int) -> int:
        """Return the cell of a time."""
        return (at_ms - self.start_ms) // CELL_MS

    def weekend(self, day: int) -> bool:
        """Whether a day of the grid is a Saturday or Sunday."""
        return (self.first_weekday + day) % 7 >= 5


def fridge_step(record: HomeRecord) -> float:
    """Return the watts above which a step of the power is a person's: a tenth above what one night step in 200 reaches.

    The night is 01:00 to 04:30, when the cold appliances are alone on most nights. A lower line (97th percentile) left
    fridge and freezer switching together as signs of life after a fall, and made every peer later.
    """
    power = record.find(Quantity.POWER)
    if power is None:
        return 0.0
    rows = np.isfinite(power.values)
    when, watts = power.when[rows], power.values[rows]
    hour = _local_hours(when, record.zone)
    steps = np.abs(np.diff(watts))
    night = steps[(hour[1:] >= 1.0) & (hour[1:] < 4.5)]
    return 30.0 if night.size < 50 else max(15.0, 1.1 * float(np.percentile(night, 99.5)))


def _local_hours(when: NDArray[np.int64], zone: str) -> Floats:
    first = datetime.fromtimestamp(int(when[0]) / 1000.0, ZoneInfo(zone))
    offset = first.utcoffset()
    shift = 0 if offset is None else int(offset.total_seconds() * 1000)
    return ((when + shift) % 86_400_000) / 3_600_000.0


def see(record: HomeRecord, step_w: float, *, told: bool, upto_ms: int | None = None) -> Signs:
    """Return the signs of a record; `step_w` from `fridge_step` of the undisturbed record."""
    zone = ZoneInfo(record.zone)
    first = datetime.fromtimestamp(record.first_ms / 1000.0, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start = int(first.timestamp() * 1000)
    last = record.last_ms if upto_ms is None else upto_ms
    cells = int((last - start) // CELL_MS) + 1
    water, water_heard = _water(record.find(Quantity.WATER_VOLUME), start, cells)
    load, load_heard = _loads(record.find(Quantity.POWER), start, cells, step_w)
    away = np.zeros(cells, dtype=np.bool_)
    for span in record.absences if told else ():
        away[_clip(span, start, cells)] = True
    blind = ~(_recent(water_heard) | _recent(load_heard))
    return Signs(record.home, start, water, water > 0, load, blind, away, first.weekday())


def _clip(span: Span, start: int, cells: int) -> slice:
    low = max(0, (span.start_ms - start) // CELL_MS)
    return slice(low, max(low, min(cells, -(-(span.end_ms - start) // CELL_MS))))


def _water(series: Series | None, start: int, cells: int) -> tuple[Floats, Mask]:
    """Return litres that came to light per cell, and the cells in which the register was heard.

    Steps down and steps of more than two cubic metres are swaps and faults, as the peers' users would see at once.
    """
    litres, heard = np.zeros(cells), np.zeros(cells, dtype=np.bool_)
    if series is None:
        return litres, heard
    rows = np.isfinite(series.values)
    when, values = series.when[rows], series.values[rows]
    place = np.clip((when - start) // CELL_MS, 0, cells - 1).astype(np.int64)
    heard[place] = True
    used = np.diff(values)
    used[(used < 0) | (used > 2000)] = 0.0
    np.add.at(litres, place[1:], used)
    return litres, heard


def _loads(series: Series | None, start: int, cells: int, step_w: float) -> tuple[Mask, Mask]:
    signs, heard = np.zeros(cells, dtype=np.bool_), np.zeros(cells, dtype=np.bool_)
    if series is None:
        return signs, heard
    rows = np.isfinite(series.values)
    when, values = series.when[rows], series.values[rows]
    place = np.clip((when - start) // CELL_MS, 0, cells - 1).astype(np.int64)
    heard[place] = True
    signs[place[1:][np.abs(np.diff(values)) > step_w]] = True
    return signs, heard


def _recent(heard: Mask) -> Mask:
    """Return the cells in which a meter was heard within three times its usual interval."""
    places = np.flatnonzero(heard)
    if places.size < 2:
        return np.zeros_like(heard)
    usual = max(1.0, float(np.median(np.diff(places))))
    latest = np.maximum.accumulate(np.where(heard, np.arange(heard.size), -(10**9)))
    result: Mask = np.arange(heard.size) - latest <= 3 * usual
    return result


def quiet_hours(signs: Signs, sign: Mask) -> Floats:
    """Return g in hours at the end of each cell: time since the last sign, not counting blind cells.

    The ledger's absences count as signs: while away nobody is missed, and the clock starts when they end.
    """
    counts = np.where(signs.blind, 0.0, 1.0)
    elapsed = np.cumsum(counts)
    reset = sign | signs.away
    at_reset = np.maximum.accumulate(np.where(reset, elapsed, 0.0))
    result: Floats = (elapsed - at_reset) * (CELL_MS / 3_600_000.0)
    return result
