"""Wilhelm and Wahl 2024: a score that grows with time and that events shrink, against its own daily maxima."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.peers.contract import by_day, over
from simulators.backtest.records.signs import CELL_MS, DAY_CELLS, Signs

Floats = NDArray[np.float64]
DAYS = 30
FEWEST_DAYS = 3
HOUR = 3_600_000 // CELL_MS


def score_of(
    water: NDArray[np.bool_],
    load: NDArray[np.bool_],
    away: NDArray[np.bool_],
    certainty: tuple[float, float],
    counted: Floats,
) -> Floats:
    """Return the score in seconds at the end of each cell.

    +1 a second; an event of a sensor of certainty c multiplies it by 1 − w·c, with
    w = min(1, time since that sensor's last event / (6 h · (1 − c))). While away the score is nought.
    """
    seconds = CELL_MS / 1000.0
    full = [21_600.0 * (1.0 - c) for c in certainty]
    last = [-1e9, -1e9]
    score, now = 0.0, 0.0
    result = np.zeros(water.size)
    events = np.stack([water, load], axis=1)
    for cell in range(water.size):
        now += seconds
        score += seconds * float(counted[cell])
        for sensor in (0, 1):
            if events[cell, sensor]:
                weight = min(1.0, (now - last[sensor]) / full[sensor])
                score *= 1.0 - weight * certainty[sensor]
                last[sensor] = now
        if away[cell]:
            score = 0.0
        result[cell] = score
    return result


def line_of(maxima: Floats) -> float:
    """Return 1.1 · min(max v, Q3 + 1.5·IQR) of the daily maxima v."""
    low, high = np.percentile(maxima, [25, 75])
    return 1.1 * min(float(maxima.max()), float(high + 1.5 * (high - low)))


@dataclass(frozen=True, slots=True)
class WilhelmWahl:
    """Alarm when the score is above the line of this time of day; weekdays and weekends apart."""

    name: str = "Wilhelm & Wahl 2024"
    certainty: tuple[float, float] = (0.9, 0.8)
    published: bool = True

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return score over line."""
        counted = np.where(signs.blind, 0.0, 1.0)
        score = score_of(signs.water_sign, signs.load_sign, signs.away, self.certainty, counted)
        result = np.zeros(last - first)
        for day, low, high in by_day(signs, first, last):
            lines = _lines(score, signs, day)
            result[low - first : high - first] = over(score[low:high], lines[np.arange(low, high) % DAY_CELLS])
        return result


def _lines(score: Floats, signs: Signs, day: int) -> Floats:
    """Return the line of each cell of the day, from the days before of its kind."""
    past = [d for d in range(max(0, day - DAYS), day) if signs.weekend(d) == signs.weekend(day)]
    if len(past) < FEWEST_DAYS:
        past = list(range(max(0, day - DAYS), day))
    if len(past) < FEWEST_DAYS:
        return np.full(DAY_CELLS, np.inf)
    days = np.stack([score[d * DAY_CELLS : (d + 1) * DAY_CELLS] for d in past])
    padded = np.concatenate([days[:, -HOUR:], days, days[:, :HOUR]], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * HOUR + 1, axis=1).max(axis=2)
    low, high = np.percentile(windows, [25, 75], axis=0)
    result: Floats = 1.1 * np.minimum(windows.max(axis=0), high + 1.5 * (high - low))
    return np.maximum(result, 60.0)
