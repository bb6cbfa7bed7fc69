"""Numbers chart: alarms of each day as bars, those acknowledged late on top. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingest.figures.domain.kpi import KeyFigures
from ingest.web.evidence.chart import round_up

WIDTH, HEIGHT = 960, 150
_LEFT, _TOP, _BOTTOM = 48, 12, 26
_TALL = HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day or month: where it stands, and how tall its two parts are."""

    day: date
    x: float
    width: float
    in_time: int
    late: int
    y_in_time: float
    height_in_time: float
    y_late: float
    height_late: float
    named: bool
    """Whether its date is written below."""


@dataclass(frozen=True, slots=True)
class AckChart:
    """The drawing; `top` is the number of alarms at the upper edge."""

    bars: tuple[DayBar, ...]
    top: float
    left: int = _LEFT
    upper: int = _TOP
    floor: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def draw_acknowledgements(pieces: Sequence[tuple[date, KeyFigures]]) -> AckChart:
    """Lay out the alarms that can be judged: in time below, late above."""
    counts = [(day, found.in_60_s.part, found.in_60_s.whole - found.in_60_s.part) for day, found in pieces]
    top = round_up(max((good + late for _, good, late in counts), default=1))
    step = (WIDTH - _LEFT) / max(1, len(counts))
    every = -(-len(counts) // 12) or 1
    bars = []
    for index, (day, good, late) in enumerate(counts):
        tall_good, tall_late = good / top * _TALL, late / top * _TALL
        floor = float(HEIGHT - _BOTTOM)
        bars.append(
            DayBar(
                day=day,
                x=round(_LEFT + index * step + 1, 1),
                width=round(max(1.0, step - 2), 1),
                in_time=good,
                late=late,
                y_in_time=round(floor - tall_good, 1),
                height_in_time=round(tall_good, 1),
                y_late=round(floor - tall_good - tall_late, 1),
                height_late=round(tall_late, 1),
                named=index % every == 0,
            )
        )
    return AckChart(tuple(bars), top)
