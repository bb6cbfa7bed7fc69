"""Clock watch: is the wall clock to be believed? A Pi has no battery clock and starts in the past. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from models.quantity import Quantity

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
"""This code did not exist before: a clock that shows an earlier time has not been set yet."""
_JUMP_S = 60.0

TIMELESS = frozenset({Quantity.SMOKE, Quantity.SMOKE_COUNT, Quantity.SMOKE_TEST, Quantity.SMOKE_SILENCED})
"""What counts whatever the hour: smoke does not wait for the time service."""


class ClockWatch:
    """Compares the wall with a clock that nobody can set. `jumps` counts how often the wall was set."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self.trusted = False
        self.jumps = 0

    def note(self, wall: datetime, monotonic: float) -> bool:
        """Look at both clocks; return whether the wall is to be believed."""
        if self._last is not None:
            last_wall, last_monotonic = self._last
            drift = (wall - last_wall).total_seconds() - (monotonic - last_monotonic)
            if abs(drift) > _JUMP_S:
                self.jumps += 1
        self._last = (wall, monotonic)
        self.trusted = wall >= NOT_BEFORE
        return self.trusted
