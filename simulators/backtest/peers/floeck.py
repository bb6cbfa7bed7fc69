"""Floeck and Litz 2009: a polynomial of degree 4 of inactivity against time of day, and the largest excess over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.peers.contract import by_day, over
from simulators.backtest.records.signs import DAY_CELLS, Signs, quiet_hours

Floats = NDArray[np.float64]
POINTS = 1000
DAYS = 28
FEWEST_DAYS = 3


def fit(day_time: Floats, quiet: Floats) -> tuple[Floats, float]:
    """Return the polynomial's coefficients (highest power first; time of day as -1..1) and A = max(g − f)."""
    coefficients = np.polyfit(day_time, quiet, 4)
    return coefficients, float(np.max(quiet - np.polyval(coefficients, day_time)))


class FloeckLitz:
    """Alarm when g > f + 1.1·A; the scale moves the whole line, or the margin only (`margin`)."""

    published = True

    def __init__(self, name: str, *, margin: bool) -> None:
        self.name = name
        self._margin = margin

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return g over the line, or its excess over the margin."""
        quiet = quiet_hours(signs, signs.any_sign)
        clock = (np.arange(signs.cells) % DAY_CELLS) / DAY_CELLS * 2.0 - 1.0
        result = np.zeros(last - first)
        for day, low, high in by_day(signs, first, last):
            if day < FEWEST_DAYS:
                continue
            past = np.arange(max(0, day - DAYS) * DAY_CELLS, day * DAY_CELLS)
            past = past[np.linspace(0, past.size - 1, min(POINTS, past.size)).astype(np.int64)]
            coefficients, largest = fit(clock[past], quiet[past])
            usual = np.polyval(coefficients, clock[low:high])
            if self._margin:
                result[low - first : high - first] = over(quiet[low:high] - usual, 1.1 * largest)
            else:
                result[low - first : high - first] = over(quiet[low:high], np.maximum(usual + 1.1 * largest, 0.25))
        return np.maximum(result, 0.0)
