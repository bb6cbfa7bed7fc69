"""Causes: what a false alarm was made of, from the truth of the home at the time it rang."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simulators.backtest.records.world import ASLEEP, OUT, UNKNOWN, World

LONG = 360


def cause(world: World, minute: int) -> str:
    """Return in a few words what the resident was doing when the alarm rose in `minute`."""
    minute = min(max(minute, 0), world.minutes - 1)
    hour = world.local(minute).hour
    if any(known is not None and not known[minute] for known in (world.water_known, world.power_known)):
        return "outage"
    match int(world.where[minute]):
        case where if where == OUT:
            return "long absence" if _stretch(world, minute, OUT) >= LONG else "short absence"
        case where if where == ASLEEP:
            return _asleep(hour)
        case where if where == UNKNOWN:
            return "unknown, by day" if 9 <= hour < 21 else "unknown, by night"
        case _:
            return "just up" if _since(world, minute, ASLEEP) <= 60 else "while up"


def _asleep(hour: int) -> str:
    if 4 <= hour < 12:
        return "late morning"
    return "nap" if 12 <= hour < 19 else "early night"


def _stretch(world: World, minute: int, what: int) -> int:
    low = high = minute
    while low > 0 and world.where[low - 1] == what:
        low -= 1
    while high + 1 < world.minutes and world.where[high + 1] == what:
        high += 1
    return high - low + 1


def _since(world: World, minute: int, what: int) -> int:
    back = minute
    while back > 0 and minute - back <= 60 and world.where[back] != what:
        back -= 1
    return minute - back


def tally(found: Iterable[str]) -> dict[str, int]:
    """Return the causes with their numbers, most first."""
    return dict(Counter(found).most_common())
