"""Note counts: a gateway's week of added habits, for the district's prior. One home's alone are not taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ingest.fleet.store.habit_counts import put_counts
from ingest.store.base.database import Connection
from models.household.spells.habits import LEAST_HOMES, HabitCell
from models.wire.codec import WireError
from models.wire.messages import HabitCounts

MOST_HOMES = 5_000
MOST_PER_HOME = 2_000
"""Spells of half an hour and more in a week: no home has more than 336."""
_DAYS_AHEAD = timedelta(days=1)


async def note_counts(connection: Connection, gateway_id: str, counts: HabitCounts, now: datetime) -> None:
    """Keep what a gateway has counted in a week; raises `WireError` for what no gateway of ours would send."""
    check_counts(counts, now)
    await put_counts(connection, gateway_id, counts, now)


def check_counts(counts: HabitCounts, now: datetime) -> None:
    """Raise `WireError`, naming the field, unless the counts can be those of one week of enough homes."""
    if not LEAST_HOMES <= counts.homes <= MOST_HOMES:
        raise WireError(f"habit_counts: homes must be {LEAST_HOMES} to {MOST_HOMES}; fewer hide nobody")
    try:
        monday = date.fromisoformat(counts.week)
    except ValueError as error:
        raise WireError("habit_counts: week must be a date such as 2026-11-16") from error
    if monday.isoformat() != counts.week or monday.isoweekday() != 1 or monday > (now + _DAYS_AHEAD).date():
        raise WireError("habit_counts: week must be the date of a Monday that is not to come")
    total = 0
    for cell in counts.cells:
        if len(cell) != 4 or not HabitCell(*cell[:3]).is_known() or not 1 <= cell[3] <= counts.homes * MOST_PER_HOME:
            raise WireError("habit_counts: a cell is [left on, half hour, bin of length, how many]")
        total += cell[3]
    if total > counts.homes * MOST_PER_HOME or len({tuple(cell[:3]) for cell in counts.cells}) < len(counts.cells):
        raise WireError("habit_counts: more spells than such homes can have, or a cell named twice")
