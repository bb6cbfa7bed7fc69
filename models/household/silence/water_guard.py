"""Water guard: the plain rule under everything. At home, so long without water is told, whatever the loads do. Pure.

Where loads run by themselves the silence may be cut short by nobody's hand. So long as the water register answers and
is believed, an alarm comes no later than this rule rings: after so many hours as homes go without water less often
than their budget allows, or what this home has gone without it by itself. Times in epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_LEAST_S = ((1.0, 13 * 3600.0), (0.3, 14 * 3600.0), (0.0, 16 * 3600.0))
"""From which budget on which line: normal homes are dry for 12 hours 0.2 times in 30 days, for 13 hours 0.02 times."""
_MOST_S = 22 * 3600.0
_KEPT_DAYS = 28
_BEYOND = 1.05
_HOLE_S, _HOLE_PACES = 900.0, 3.0
_SLOW_S = 3600.0


@dataclass(slots=True)
class WaterGuard:
    """Since when no water was drawn (0: nobody knows), how much of that was not seen, the longest gap of each day."""

    since: float = 0.0
    missing_s: float = 0.0
    heard: float = 0.0
    gaps: list[float] = field(default_factory=list)
    day: int = 0
    is_slow: bool = False
    """Whether the register is read so seldom that hours without water can't be told."""


def hear(guard: WaterGuard, at: float, pace_s: float) -> None:
    """The water register has answered at `at`; a hole before it does not count as dry."""
    gap = at - guard.heard
    if guard.heard and gap > max(_HOLE_S, _HOLE_PACES * pace_s):
        guard.missing_s += gap
    guard.heard = max(guard.heard, at)
    guard.is_slow = pace_s > _SLOW_S


def note_sign(guard: WaterGuard, at: float, day: int, *, habitual: bool, is_draw: bool) -> None:
    """Water was drawn, or somebody has shown themselves to a raised alarm: the rule counts anew."""
    if is_draw and guard.since and habitual and guard.missing_s == 0.0:
        if day != guard.day:
            guard.gaps = [*guard.gaps, 0.0][-_KEPT_DAYS:]
            guard.day = day
        if guard.gaps:
            guard.gaps[-1] = max(guard.gaps[-1], at - guard.since)
    restart(guard, at)


def restart(guard: WaterGuard, at: float) -> None:
    """Count from `at` on."""
    guard.since, guard.missing_s = max(at, guard.since), 0.0


def line_s(guard: WaterGuard, budget: float) -> float:
    """Return after how many dry seconds this home is rung for: it exceeds that no more often than its budget allows."""
    allowed = int(budget * len(guard.gaps) / 30.0)
    longest = sorted(guard.gaps, reverse=True)
    beyond = longest[allowed] * _BEYOND if allowed < len(longest) else 0.0
    least = next(seconds for from_budget, seconds in _LEAST_S if budget >= from_budget)
    return min(max(least, beyond), _MOST_S)


def due_at(guard: WaterGuard, budget: float) -> float:
    """Return when the rule rings (epoch seconds), infinite while nothing is known."""
    if not guard.since or guard.is_slow:
        return float("inf")
    return guard.since + guard.missing_s + line_s(guard, budget)
