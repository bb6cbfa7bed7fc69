"""Habits: a home's quiet spells as counts by hour of beginning and length, so that homes can be added up. Pure.

Added over homes before they leave the building, no home's days can be had back from them: a sum over k homes hides
each of them among k − 1 others. With k = 2 either could subtract itself and read the other; five is the least group
that official statistics commonly publish, and what one caring neighbour knows of two or three homes does not undo it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from models.household.spells.spells import LONG_MIN, Spells

HALF_HOURS = 48
PER_E = 12
BINS = math.ceil(math.log(LONG_MIN / 30.0) * PER_E) + 1
LEAST_HOMES = 5
"""Counts of fewer homes are never sent and never taken."""
LEAST_SPELLS = 7
"""A home with fewer spells in a week (away, blind, new) hides nobody and is not counted among the homes."""
WEEK_DAYS = 7


class HabitCell(NamedTuple):
    """What is counted together: something left on (1) or all off (0), half hour of beginning, bin of log length."""

    left_on: int
    half_hour: int
    place: int

    def is_known(self) -> bool:
        """Whether there is such a cell."""
        return self.left_on in (0, 1) and 0 <= self.half_hour < HALF_HOURS and 0 <= self.place < BINS


def cells_of(spells: Spells, first_day: int = 0, days: int = 1 << 30) -> dict[HabitCell, int]:
    """Return the counts of the ordinary spells that began on `days` local days from `first_day` on.

    Long absences are each home's own business and are not in them.
    """
    counts: dict[HabitCell, int] = {}
    for day, minute, length, left_on in spells.past:
        if length < LONG_MIN and first_day <= day < first_day + days:
            place = max(0, min(BINS - 1, round(math.log(length / 30.0) * PER_E)))
            cell = HabitCell(left_on, minute // 30 % HALF_HOURS, place)
            counts[cell] = counts.get(cell, 0) + 1
    return counts


def minutes_of(place: int) -> float:
    """Return the length in minutes that a bin stands for."""
    return 30.0 * math.exp(place / PER_E)


def added(many: Iterable[Mapping[HabitCell, int]]) -> dict[HabitCell, int]:
    """Return the sum, in the order of the cells."""
    total: dict[HabitCell, int] = {}
    for one in many:
        for cell, count in one.items():
            total[cell] = total.get(cell, 0) + count
    return dict(sorted(total.items()))


def week_of(homes: Iterable[Spells], monday: int) -> tuple[int, dict[HabitCell, int]] | None:
    """Return how many homes are in the week that began on local day `monday`, and their counts added up.

    None where they are too few to hide each of them.
    """
    several = [cells for one in homes if sum((cells := cells_of(one, monday, WEEK_DAYS)).values()) >= LEAST_SPELLS]
    return None if len(several) < LEAST_HOMES else (len(several), added(several))


def monday_before(day: int) -> int:
    """Return the Monday on or before a local day (numbers since 1970, which began on a Thursday)."""
    return day - (day + 3) % WEEK_DAYS
