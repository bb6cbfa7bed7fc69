"""Rules of hours and litres: no use for H hours, less than V litres in H hours (districts' and cities' presets)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.records.signs import CELL_MS, Signs, quiet_hours

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoUse:
    """Alarm when nothing was used for `hours`: water alone, or any sign of life."""

    name: str
    hours: float
    any_sign: bool
    published: bool = True

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return hours of quiet over `hours`."""
        sign = signs.any_sign if self.any_sign else signs.water_sign
        return quiet_hours(signs, sign)[first:last] / self.hours


@dataclass(frozen=True, slots=True)
class FewLitres:
    """Alarm when less than `litres` were drawn in `hours`; the scale moves the hours, the litres stay."""

    name: str
    litres: float
    hours: float
    published: bool = True

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return over `hours` the time that the latest `litres` took."""
        total = np.cumsum(signs.water)
        counted = np.cumsum(np.where(signs.blind, 0.0, 1.0))
        away_until = np.maximum.accumulate(np.where(signs.away, counted, 0.0))
        # the last cell at whose end at least `litres` fewer had been drawn than now
        earlier = np.searchsorted(total, total - self.litres, side="right") - 1
        begun = np.where(earlier >= 0, counted[np.maximum(earlier, 0)], 0.0)
        taken = counted - np.maximum(begun, away_until)
        result: Floats = taken[first:last] * (CELL_MS / 3_600_000.0) / self.hours
        return result
