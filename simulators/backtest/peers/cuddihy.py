"""Cuddihy and others 2007: a line for each half hour from 60 days of inactivity, softened by its neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.peers.contract import by_day, over
from simulators.backtest.records.signs import DAY_CELLS, Signs, quiet_hours

Floats = NDArray[np.float64]
SLOTS = 48
CELLS_A_SLOT = DAY_CELLS // SLOTS
DAYS = 60
FEWEST_DAYS = 3


def line_of(elapsed: Floats) -> Floats:
    """Return line(i), i = 0..47, from D: days × 48 elapsed inactivities at the slots' boundaries.

    m(i) is the 97th percentile of D_i, M(i) the largest m of two slots either side;
    line(i) = M(i) + 0.30·m(i) + (1/9)·Σ W_r·0.40·m(i+r), W = 1, 2, 3, 2, 1.
    """
    m = np.percentile(elapsed, 97, axis=0)
    around = np.stack([np.roll(m, -r) for r in range(-2, 3)])
    weights = np.array([1.0, 2.0, 3.0, 2.0, 1.0])[:, None]
    result: Floats = around.max(axis=0) + 0.30 * m + (weights * 0.40 * around).sum(axis=0) / 9.0
    return result


class Cuddihy:
    """Alarm when g > line(slot)."""

    name = "Cuddihy 2007"
    published = True

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return g over the line learned from the days before."""
        quiet = quiet_hours(signs, signs.any_sign)
        result = np.zeros(last - first)
        for day, low, high in by_day(signs, first, last):
            if day < FEWEST_DAYS:
                continue
            past = quiet[max(0, day - DAYS) * DAY_CELLS : day * DAY_CELLS]
            line = line_of(past.reshape(-1, SLOTS, CELLS_A_SLOT)[:, :, -1])
            slot = (np.arange(low, high) % DAY_CELLS) // CELLS_A_SLOT
            result[low - first : high - first] = over(quiet[low:high], line[slot])
        return result
