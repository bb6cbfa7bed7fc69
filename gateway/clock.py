"""Clock: the only place of the gateway that asks what time it is.

Three times are kept apart. *Readings' time* (`now`) is what readings, flags and poll intervals live in; with a virtual
clock it runs faster than the wall. *Wall time* (`wall`) dates what is sent. *Monotonic seconds* (`monotonic`) measure
time-outs, which belong to wires and networks and don't speed up with the story.

A leap of the system's clock moves neither of the first two: they go on by the monotonic clock until somebody who may
say so (`gateway.watch.clockwatch`) lets them `follow`. So nothing can be dated by a leap that nobody has looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from models.pace import Pace

LEAP = timedelta(seconds=60)
"""The system's clock has leapt when it gains or loses more than this against the monotonic one between two looks."""
_NONE = timedelta()


@dataclass(slots=True)
class _Look:
    """The last look at both clocks, by how much the system's is ahead of ours, and all leaps that were followed."""

    shown: datetime | None = None
    at_s: float = 0.0
    ahead: timedelta = _NONE
    followed: timedelta = _NONE


@dataclass(frozen=True, slots=True)
class Clock:
    """The system's clock, or a virtual one that runs at `pace`.

    `last_known` is a time that has been before. It goes on from there while the system's clock shows an earlier one, or
    none between `not_before` and `not_after`: a machine without a battery starts in 1970, and what is remembered must
    not see time run backwards.
    """

    pace: Pace | None = None
    last_known: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    _look: _Look = field(default_factory=_Look, repr=False, compare=False)

    def system(self) -> datetime:
        """Return what the system's clock shows, aware UTC, true or not."""
        return datetime.now(UTC)

    def wall(self) -> datetime:
        """Return the gateway's time, aware UTC: the system's, but for leaps that nobody has followed."""
        look, shown, at_s = self._look, self.system(), self.monotonic()
        if look.shown is None:
            look.ahead = self._ahead_at_first(shown)
        else:
            gained = shown - look.shown - timedelta(seconds=at_s - look.at_s)
            if abs(gained) > LEAP:
                look.ahead += gained
                look.ahead = look.ahead if abs(look.ahead) > LEAP else _NONE
        look.shown, look.at_s = shown, at_s
        return shown - look.ahead

    def _ahead_at_first(self, shown: datetime) -> timedelta:
        if self.last_known is None:
            return _NONE
        is_early = shown < max(self.last_known - LEAP, self.not_before or self.last_known - LEAP)
        is_late = self.not_after is not None and shown > self.not_after
        return shown - self.last_known if is_early or is_late else _NONE

    def ahead(self) -> timedelta:
        """Return by how much the system's clock is ahead of ours; none while it has not leapt, or has leapt back."""
        self.wall()
        return self._look.ahead

    def follow(self) -> timedelta:
        """Believe what the system's clock shows; return by how much the readings' time has leapt with it."""
        before, look = self.now(), self._look
        look.ahead = _NONE
        by = (look.shown or before) - before if self.pace is None else self.now() - before
        look.followed += by
        return by

    def now(self) -> datetime:
        """Return the readings' time, aware UTC."""
        wall = self.wall()
        return wall if self.pace is None else self.pace.virtual(wall)

    def beat(self) -> datetime:
        """Return the readings' time as if no leap had been followed: for what is due at a distance, not at an hour."""
        return self.now() - self._look.followed

    def monotonic(self) -> float:
        """Return seconds that only grow, whatever anybody does to the system's clock."""
        return time.monotonic()

    def seconds_until(self, at: datetime) -> float:
        """Return how many real seconds pass until `now` is `at`; 0 if that is past."""
        wall = self.wall()
        if self.pace is None:
            return max(0.0, (at - wall).total_seconds())
        return self.pace.wall_seconds_until(at, wall)

    def seconds_until_beat(self, at: datetime) -> float:
        """Return how many real seconds pass until `beat` is `at`; 0 if that is past."""
        return self.seconds_until(at + self._look.followed)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Return aware `at` as epoch milliseconds, the way times are stored."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return stored epoch milliseconds as aware UTC."""
    return EPOCH + timedelta(milliseconds=ms)
