"""Use: one stretch of water or power at a steady rate, and the sum of many as a counter to be asked at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class DrawnUse:
    """A steady rate from `start` to `end` (seconds since 1970, UTC).

    `rate` is litres per second for water and watts for power. `stays` is true for what goes on until somebody switches
    it off (a lamp, a television), false for what ends by itself (a kettle, a flush). `by_person` is false for what
    happens in an empty home as well (the refrigerator).
    """

    start: float
    end: float
    rate: float
    stays: bool = False
    by_person: bool = True

    def clipped(self, start: float, end: float) -> DrawnUse | None:
        """Return the part within [start, end), None if there is none."""
        first, last = max(self.start, start), min(self.end, end)
        return replace(self, start=first, end=last) if first < last else None


class Profile:
    """The sum of uses over one stretch of time: rate now, and amount since its start."""

    __slots__ = ("_amounts", "_rates", "_times", "end", "start")

    def __init__(self, start: float, end: float, uses: Iterable[DrawnUse]) -> None:
        self.start = start
        self.end = end
        parts = [part for use in uses if (part := use.clipped(start, end))]
        steps: dict[float, float] = {start: 0.0}
        for part in parts:
            steps[part.start] = steps.get(part.start, 0.0) + part.rate
            steps[part.end] = steps.get(part.end, 0.0) - part.rate
        self._times = sorted(steps)
        self._rates: list[float] = []
        rate = 0.0
        for time in self._times:
            rate += steps[time]
            self._rates.append(max(0.0, rate if rate > 1e-9 else 0.0))
        self._amounts = [0.0]
        for (earlier, later), steady in zip(pairwise(self._times), self._rates, strict=False):
            self._amounts.append(self._amounts[-1] + (later - earlier) * steady)

    @property
    def total(self) -> float:
        """The amount over the whole stretch: litres, or watt-seconds."""
        return self.amount(self.end)

    def rate(self, at: float) -> float:
        """Return the rate at `at`, which must lie within the stretch."""
        return self._rates[bisect_right(self._times, at) - 1]

    def amount(self, at: float) -> float:
        """Return what was used from the start of the stretch until `at`."""
        index = bisect_right(self._times, at) - 1
        return self._amounts[index] + (at - self._times[index]) * self._rates[index]
