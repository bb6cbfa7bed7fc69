"""Timing: where in virtual time the demonstration starts and how fast it runs. Pure.

The story begins in the evening before the fall and is told by the following afternoon; then the clock runs on to the
present and goes live.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.pace import Pace

_BEGINS = time(20, 0)
_TOLD = time(18, 30)
"""Local time of the second day by which the fall has surely been noticed."""
_SLOWEST = 1080.0
_TO_PRESENT_S = 105.0


def choose_pace(now: datetime, zone: ZoneInfo, rate: float | None = None) -> Pace:
    """Return the clock of a demonstration that begins at wall time `now` (aware)."""
    local = now.astimezone(zone)
    fall_day = local.date() if local.time() >= _TOLD else local.date() - timedelta(days=1)
    begin = datetime.combine(fall_day - timedelta(days=1), _BEGINS, zone).astimezone(UTC)
    behind = (now - begin).total_seconds()
    return Pace(now.astimezone(UTC), begin, rate or max(_SLOWEST, behind / _TO_PRESENT_S), catch_up=True)
