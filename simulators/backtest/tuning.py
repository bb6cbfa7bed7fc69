"""Tuning: the scale factor at which a method rings as often as a budget allows, and how late it then is.

A false alarm is each time the ratio rises above the scale on a normal record, whatever the reason; one that stands on
is one. Must not know: any method, any home.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BUDGETS = (0.1, 0.3, 1.0, 2.7)
"""False alarms allowed per home and 30 days."""


def rises(ratio: Floats, scale: float) -> NDArray[np.int64]:
    """Return the places at which `ratio` comes to lie above `scale`, having been at or below it (or at the start)."""
    above = ratio > scale
    result: NDArray[np.int64] = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    return result


def lowest_scale(ratios: list[Floats], allowed: int) -> float:
    """Return the lowest scale such that at it and at every higher one all ratios together rise at most `allowed` times.

    Each step up from a to b is a rise for every scale s with a <= s < b, so the number of rises as a function of the
    scale is a sum of such stretches, walked from the top.
    """
    ups_from: list[Floats] = []
    ups_to: list[Floats] = []
    for ratio in ratios:
        before = np.concatenate([[-np.inf], ratio[:-1]])
        up = ratio > before
        ups_from.append(before[up])
        ups_to.append(ratio[up])
    begins, ends = np.concatenate(ups_from), np.concatenate(ups_to)
    levels = np.unique(np.concatenate([begins[np.isfinite(begins)], ends]))[::-1]
    # rises at scale s: steps with begin <= s, less those with end <= s
    begun = np.searchsorted(np.sort(begins), levels, side="right")
    ended = np.searchsorted(np.sort(ends), levels, side="right")
    too_many = np.flatnonzero(begun - ended > allowed)
    if too_many.size == 0:
        return float(levels[-1])
    if too_many[0] == 0:
        return float("inf")
    return float(levels[too_many[0] - 1])


def allowed_rises(budget: float, home_days: float) -> int:
    """Return how many false alarms a budget allows in so many days of watched homes."""
    return int(budget * home_days / 30.0 + 1e-9)


@dataclass(frozen=True, slots=True)
class Delays:
    """How late events were found, in hours; what was not found within the cap counts as the cap."""

    hours: tuple[float, ...]
    cap: float = 48.0

    def _share(self, limit: float) -> float:
        return sum(1 for one in self.hours if one <= limit) / len(self.hours) if self.hours else 0.0

    def summary(self) -> dict[str, float]:
        """Return the figures of the table: hours, and shares from 0 to 1."""
        if not self.hours:
            return {"events": 0}
        values = np.array(self.hours)
        return {
            "events": len(self.hours),
            "median_h": float(np.median(values)),
            "mean_h": float(np.mean(values)),
            "p90_h": float(np.percentile(values, 90)),
            "found_6h": self._share(6.0),
            "found_12h": self._share(12.0),
            "found_24h": self._share(24.0),
            "found_48h": sum(1 for one in self.hours if one < self.cap) / len(self.hours),
        }


def delay_cells(ratio: Floats, scale: float) -> int | None:
    """Return how many cells after the event the ratio first rises above the scale, None if never.

    `ratio[0]` is the cell just before the event: an alarm that stood already is not the finding of this event.
    """
    found = rises(ratio, scale)
    found = found[found > 0]
    return int(found[0]) if found.size else None
