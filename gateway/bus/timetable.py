"""Timetable: which device of a line is due. Pure; the times are the readings' own.

A poll that was missed is skipped, never made up for: what counts is to ask now. The device that was asked longest
ago goes first, so an overloaded bus serves all alike; a dead device is asked ever less often, down to a quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = 3
"""Polls that may go unanswered before a device is asked less often."""
_RAREST = 4


@dataclass(slots=True)
class _Row:
    interval: timedelta
    due: datetime
    turn: int
    """When it was asked last, in polls of this line."""
    failures: int = 0


class Timetable:
    """When to ask which device; every device is due at the start, in the order given."""

    def __init__(self, intervals_s: Mapping[str, float], start: datetime) -> None:
        self._rows = {
            device: _Row(timedelta(seconds=interval), start, turn)
            for turn, (device, interval) in enumerate(intervals_s.items())
        }
        self._turn = len(self._rows)

    def due(self, now: datetime) -> str | None:
        """Return whoever is due at `now` and was asked longest ago, None if nobody is due."""
        rows = self._rows
        return min((one for one in rows if rows[one].due <= now), key=lambda one: rows[one].turn, default=None)

    def next_at(self) -> datetime | None:
        """Return when the next device is due."""
        return min((row.due for row in self._rows.values()), default=None)

    def is_dead(self, device: str) -> bool:
        """Whether the device has been silent for so long that repeating a question to it is a waste of the bus."""
        return self._rows[device].failures >= PATIENCE

    def asked(self, device: str, now: datetime, *, answered: bool) -> None:
        """Note the end of a poll at `now` and set the next one: the first of the device's own beats after `now`."""
        row = self._rows[device]
        row.turn = self._turn
        self._turn += 1
        row.failures = 0 if answered else row.failures + 1
        factor = min(2 ** max(0, row.failures - PATIENCE + 1), _RAREST) if row.failures >= PATIENCE else 1
        interval = row.interval * factor
        missed = max(0, (now - row.due) // interval)
        row.due += interval * (missed + 1)

    def restart(self, now: datetime) -> None:
        """Forget the past after the clock was set back: nothing may be due further ahead than its interval."""
        for row in self._rows.values():
            row.due = min(row.due, now + row.interval * _RAREST)
