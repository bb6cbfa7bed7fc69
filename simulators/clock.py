"""Clock: the only place of the simulators' street that asks what time it is; all else is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from models.pace import Pace
from simulators.people.household import utc_datetime


class VirtualClock:
    """The system's clock seen through a `Pace`. Times are seconds since 1970."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    def now(self) -> float:
        """Return the street's time."""
        return self.pace.virtual(datetime.now(UTC)).timestamp()

    def speed(self) -> float:
        """Return how many times as fast as the wall the street's time runs right now."""
        wall = datetime.now(UTC)
        reached = self.pace.catch_up and self.pace.rate > 1 and self.pace.virtual(wall) == wall
        return 1.0 if reached else self.pace.rate

    async def sleep_until(self, at: float) -> None:
        """Return once the street's time is `at`."""
        wall = datetime.now(UTC)
        await asyncio.sleep(self.pace.wall_seconds_until(utc_datetime(at), wall))
