"""Holidays: which days are worked and which are rest, with the shifted workdays of a Chinese year. Pure.

Where the year's table comes from is the caller's business. A year without a table has its plain weekends, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DayKind(StrEnum):
    """What a day out of the ordinary is."""

    HOLIDAY = "holiday"
    """A weekday that is not worked, or a feast."""
    WORKDAY = "workday"
    """A Saturday or Sunday that is worked, for a holiday elsewhere."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One line of the year's table; `official` once the authorities have announced it."""

    day: date
    kind: DayKind
    name: str
    official: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that are not what their weekday says, and the years whose table is known."""

    special: Mapping[date, DayKind] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_rest(self, day: date) -> bool:
        """Return whether the day is a weekend's or a holiday's, shifted workdays respected."""
        kind = self.special.get(day)
        if kind is None:
            return day.weekday() >= 5
        return kind is DayKind.HOLIDAY

    def knows(self, day: date) -> bool:
        """Return whether the table of the day's year is there; without it only weekends are known."""
        return day.year in self.years


PLAIN_WEEKS = Calendar()
"""Weekends only."""
