"""Bus load: what each bus is asked to carry, what it can, and what it does carry. Pure; `now` is monotonic seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

_KEPT = 100
_POLLS_KEPT = 1000
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class BusPlan:
    """What a line should do. By device: the interval between its polls (readings' time) and a poll's wire seconds.

    `rate` is how fast the readings' time runs, 1 in earnest.
    """

    poll_s: Mapping[str, float]
    wire_s: Mapping[str, float]
    rate: float = 1.0


class Latencies:
    """How long a device took to answer, over its last hundred answers."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=_KEPT)

    def add(self, seconds: float) -> None:
        """Note one answered poll."""
        self._last.append(seconds)

    def quantile(self, share: float) -> float | None:
        """Return what `share` of the answers were not slower than, None without any."""
        ordered = sorted(self._last)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None

    def __len__(self) -> int:
        return len(self._last)


class BusLoad:
    """One line's figures."""

    def __init__(self, plan: BusPlan) -> None:
        self._plan = plan
        self._ends: deque[float] = deque(maxlen=_POLLS_KEPT)
        self._busy: deque[float] = deque(maxlen=_POLLS_KEPT)

    def polled(self, now: float, seconds: float) -> None:
        """Note the end of a poll that took so long, answered or not."""
        self._ends.append(now)
        self._busy.append(seconds)

    def as_json(self, latencies: Mapping[str, Latencies], now: float) -> dict[str, Any]:
        """Return polls per real hour: asked for, possible with these devices, and carried; and the share of time used.

        A device that has answered counts with its own median, another one with what its paper says.
        """
        plan = self._plan
        each = [self._seconds(name, latencies) for name in plan.poll_s]
        span = now - self._ends[0] + self._busy[0] if self._ends else 0.0
        measured = len(self._ends) >= _ENOUGH and span > 0
        return {
            "devices": len(plan.poll_s),
            "asked_per_hour": round(sum(3600 * plan.rate / beat for beat in plan.poll_s.values())),
            "can_carry_per_hour": round(3600 / fmean(each)) if each and fmean(each) > 0 else None,
            "carries_per_hour": round(3600 * len(self._ends) / span) if measured else None,
            "busy": round(min(1.0, sum(self._busy) / span), 3) if measured else None,
            "round_s": round(sum(each), 1),
        }

    def _seconds(self, name: str, latencies: Mapping[str, Latencies]) -> float:
        known = latencies.get(name)
        usual = None if known is None or len(known) < _ENOUGH else known.quantile(0.5)
        return self._plan.wire_s[name] if usual is None else usual


def too_rare(every_s: Mapping[str, float | None], plan: BusPlan) -> float | None:
    """Return how many times more rarely than planned the line's devices come round, None if nobody knows."""
    ratios = [every / plan.poll_s[name] for name in plan.poll_s if (every := every_s.get(name)) is not None]
    return median(ratios) if ratios else None
