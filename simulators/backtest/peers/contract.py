"""What a peer method is to the bench: a ratio of score to line on the grid, which one scale factor moves."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulators.backtest.records.signs import DAY_CELLS, Signs

Floats = NDArray[np.float64]


class PeerMethod(Protocol):
    """A method: `ratio` of 1 or more means an alarm at the published setting."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    @property
    def published(self) -> bool:
        """Whether a ratio of 1 is the published setting, or only the scale counts."""
        ...

    def ratio(self, signs: Signs, first: int, last: int) -> Floats:
        """Return score / line for the cells `first` to `last` (not included); may only look at cells before each."""
        ...


def by_day(signs: Signs, first: int, last: int) -> list[tuple[int, int, int]]:
    """Return (day, first cell, last cell) for the days that `first` to `last` touch."""
    days = range(first // DAY_CELLS, (last - 1) // DAY_CELLS + 1)
    return [(day, max(first, day * DAY_CELLS), min(last, (day + 1) * DAY_CELLS)) for day in days]


def over(score: Floats, line: Floats | float) -> Floats:
    """Return score / line; a line that is not there yet (infinite) or nought gives 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.nan_to_num(score / line, nan=0.0, posinf=0.0, neginf=0.0)
    return result
