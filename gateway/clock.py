"""Clock: the only place of the gateway that asks what time it is.

Three times are kept apart. *Readings' time* (`now`) is what readings, flags and poll intervals live in; with a virtual
clock it runs faster than the wall. *Wall time* (`wall`) dates what is sent. *Monotonic seconds* (`monotonic`) measure
time-outs, which belong to wires and networks and don't speed up with the story.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from models.pace import Pace


@dataclass(frozen=True, slots=True)
class Clock:
    """The system's clock, or a virtual one that runs at `pace`.

    `last_known` is a time that has been before. It goes on from there while the system's clock stands before
    `not_before`: a machine without a battery starts in 1970, and what is remembered must not see time run backwards.
    """

    pace: Pace | None = None
    last_known: datetime | None = None
    not_before: datetime | None = None
    _begun: float = field(default_factory=time.monotonic)

    def system(self) -> datetime:
        """Return what the system's clock shows, aware UTC, true or not."""
        return datetime.now(UTC)

    def wall(self) -> datetime:
        """Return the system's time, aware UTC; the best guess while it was never set."""
        shown = self.system()
        if self.last_known is None or self.not_before is None or shown >= self.not_before:
            return shown
        return self.last_known + timedelta(seconds=self.monotonic() - self._begun)

    def now(self) -> datetime:
        """Return the readings' time, aware UTC."""
        wall = self.wall()
        return wall if self.pace is None else self.pace.virtual(wall)

    def monotonic(self) -> float:
        """Return seconds that only grow, whatever anybody does to the system's clock."""
        return time.monotonic()

    def seconds_until(self, at: datetime) -> float:
        """Return how many real seconds pass until `now` is `at`; 0 if that is past."""
        wall = self.wall()
        if self.pace is None:
            return max(0.0, (at - wall).total_seconds())
        return self.pace.wall_seconds_until(at, wall)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Return aware `at` as epoch milliseconds, the way times are stored."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return stored epoch milliseconds as aware UTC."""
    return EPOCH + timedelta(milliseconds=ms)
