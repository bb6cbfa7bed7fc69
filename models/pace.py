"""Pace: the arithmetic of a virtual clock that runs faster than the wall, so that a day can be shown in minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """A clock that stands at `virtual_start` until the wall shows `wall_start`, and then runs `rate` times as fast.

    It stands until then so that programs which come up one after the other begin with the same moment.
    With `catch_up` it falls into step with the wall (rate 1) once it has reached it: "the last twelve hours in two
    minutes, then live". Both starts are aware UTC.
    """

    wall_start: datetime
    virtual_start: datetime
    rate: float = 1.0
    catch_up: bool = False

    def virtual(self, wall: datetime) -> datetime:
        """Return the virtual time at `wall`."""
        run_s = max(0.0, (wall - self.wall_start).total_seconds())
        shown = self.virtual_start + timedelta(seconds=run_s * self.rate)
        if self.catch_up and self.rate > 1 and shown > wall >= self.wall_start:
            return wall
        return shown

    def wall_seconds_until(self, virtual: datetime, wall: datetime) -> float:
        """Return how many wall seconds after `wall` the clock will show `virtual`; 0 if that is past."""
        ahead = (virtual - self.virtual(wall)).total_seconds()
        if ahead <= 0:
            return 0.0
        if wall < self.wall_start:
            standing_s = (self.wall_start - wall).total_seconds()
            return standing_s + self.wall_seconds_until(virtual, self.wall_start)
        if not self.catch_up or self.rate <= 1:
            return ahead / self.rate
        fast = (virtual - self.virtual_start).total_seconds() / self.rate
        when_fast = self.wall_start + timedelta(seconds=fast)
        return max(0.0, (max(when_fast, virtual) - wall).total_seconds())
