"""Dating: when a flag's situation was, on our clock, where its gateway's can't have been right. Pure.

A flag that lies in our future, or whose gateway says that it did not know the hour, is dated by what no clock is needed
for: it was made so long ago as it lay at its gateway. How long its situation had lasted by then stays as it was told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from models.wire.messages import FlagBody, ToldLocally

_APART = timedelta(minutes=5)
"""Two clocks that are both set may differ by so much."""
_LONGEST = timedelta(days=366)
"""No situation has lasted longer by the clock of a gateway that was set in between."""


def dated(flag: FlagBody, now: datetime) -> FlagBody:
    """Return the flag as it came, or dated anew."""
    made = now - timedelta(seconds=flag.waited_s)
    off = flag.at - made
    if off <= _APART and (flag.clock_trusted or -off <= _APART):
        return replace(flag, since=min(flag.since, now)) if flag.since > now else flag
    lasted = max(timedelta(), flag.at - flag.since)
    return replace(flag, at=made, since=made - lasted if lasted <= _LONGEST else made)


def dated_tellings(told: ToldLocally, now: datetime) -> ToldLocally:
    """Return what was told with no time in our future: what seems to be told tomorrow would be fresh for ever."""
    tellings = [replace(one, at=min(one.at, now)) for one in told.tellings]
    accepted_at = None if told.accepted_at is None else min(told.accepted_at, now)
    return replace(told, tellings=tellings, accepted_at=accepted_at)
