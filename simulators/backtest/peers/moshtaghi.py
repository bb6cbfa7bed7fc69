"""Moshtaghi and others 2015: for each hour of the day a Pareto tail of the quiet periods that began in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.peers.contract import by_day, over
from simulators.backtest.records.signs import CELL_MS, DAY_CELLS, Signs, quiet_hours

Floats = NDArray[np.float64]
ALPHA = 0.01
PERIODS = 50
FEWEST = 5
CELLS_AN_HOUR = 3_600_000 // CELL_MS


def line_of(periods: Floats, alpha: float = ALPHA) -> float:
    """Return x_m·(1/α)^(1/λ) with λ = n / Σ ln(x_k / x_m), x_m the shortest period; infinite if all are equal."""
    shortest = float(periods.min())
    total = float(np.log(periods / shortest).sum())
    if total <= 0.0:
        return float("inf")
    return float(shortest * (1.0 / alpha) ** (total / periods.size))


class Moshtaghi:
    """Alarm when the present quiet period is longer than the line of the hour in which it began."""

    name = "Moshtaghi 2015"
    published = True

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return g over the line of the hour in which the quiet began."""
        quiet = quiet_hours(signs, signs.any_sign)
        ends = np.flatnonzero((quiet[1:] == 0.0) & (quiet[:-1] > 0.0))
        lengths = quiet[ends]
        begins = np.round(ends - lengths * CELLS_AN_HOUR).astype(np.int64)
        hours = (begins % DAY_CELLS) // CELLS_AN_HOUR
        result = np.zeros(last - first)
        for day, low, high in by_day(signs, first, last):
            past = ends < day * DAY_CELLS
            lines = np.array([_hour_line(lengths[past & (hours == hour)]) for hour in range(24)])
            begun = np.round(np.arange(low, high) - quiet[low:high] * CELLS_AN_HOUR).astype(np.int64)
            result[low - first : high - first] = over(quiet[low:high], lines[(begun % DAY_CELLS) // CELLS_AN_HOUR])
        return result


def _hour_line(periods: Floats) -> float:
    return line_of(periods[-PERIODS:]) if periods.size >= FEWEST else float("inf")
