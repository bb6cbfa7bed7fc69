"""Habits: once a week, the quiet spells of all homes added up for the district's prior. No raw data, never one home."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from models.household.spells.habits import WEEK_DAYS, monday_before, week_of
from models.household.state import HomeState
from models.wire.messages import HabitCounts

FACT = "habits"
"""The fact under which the last week that was settled is kept, by the date of its Monday."""
_EPOCH = date(1970, 1, 1)
_ENDED_AFTER_DAYS = 1
"""A spell counts for the day it began on; a day later every ordinary one has ended."""


def week_due(today: date, settled: str | None) -> date | None:
    """Return the Monday of the newest week that is over, None if it was settled before; `today` is the local day."""
    day = (today - _EPOCH).days - _ENDED_AFTER_DAYS
    monday = _EPOCH + timedelta(days=monday_before(day) - WEEK_DAYS)
    return None if settled is not None and monday.isoformat() <= settled else monday


def counts_of(states: Iterable[HomeState], monday: date) -> HabitCounts | None:
    """Return what the homes have added up to in a week, None where they are too few to hide each of them."""
    week = week_of((state.silence.spells for state in states), (monday - _EPOCH).days)
    if week is None:
        return None
    homes, cells = week
    return HabitCounts(monday.isoformat(), homes, [[*cell, count] for cell, count in cells.items()])
