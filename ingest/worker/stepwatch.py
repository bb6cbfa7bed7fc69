"""Step watch: notices when the wall clock is set back, by a clock that nobody can set. Reads neither by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

LEAST_STEP = timedelta(seconds=1)
"""Less is a clock that is being slewed, and no deadline's business."""


class StepWatch:
    """Compares a wall clock with a monotonic one (seconds) from look to look."""

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead = self._difference()

    def _difference(self) -> timedelta:
        return timedelta(seconds=self._wall().timestamp() - self._monotonic())

    def set_back(self) -> timedelta | None:
        """Return by how much the wall clock was set back since the last step, None if it was not.

        A clock that is set forward makes deadlines early, which harms nobody: it is only taken note of.
        """
        ahead = self._difference()
        step = self._ahead - ahead
        if step < LEAST_STEP:
            self._ahead = max(self._ahead, ahead)
            return None
        return step

    def dealt_with(self, step: timedelta) -> None:
        """Take note that a step has been seen to: until then it is told again."""
        self._ahead -= step
