"""Counts: what a home may tell its district of its quiet spells: how many began when and lasted how long, no more.

Counts are added over homes before they leave the building, so that no home's days can be had back from them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.household.spells import LONG_MIN, Spells

HALF_HOURS = 48
PER_E = 12
BINS = math.ceil(math.log(LONG_MIN / 30.0) * PER_E) + 1


class CountsError(ValueError):
    """A counts file that can't be used; the message says why."""


def _empty() -> list[list[list[int]]]:
    return [[[0] * BINS for _ in range(HALF_HOURS)] for _ in range(2)]


@dataclass(slots=True)
class Counts:
    """Spells by left on (0, 1), half hour of beginning, and log length from half an hour on; and how many homes."""

    homes: int = 0
    spells: list[list[list[int]]] = field(default_factory=_empty)

    def add_home(self, spells: Spells) -> None:
        """Add one home's ordinary spells; long absences are each home's own business."""
        self.homes += 1
        for _, minute, length, left_on in spells.past:
            if length < LONG_MIN:
                place = max(0, min(BINS - 1, round(math.log(length / 30.0) * PER_E)))
                self.spells[int(left_on)][minute // 30 % HALF_HOURS][place] += 1

    def text(self) -> str:
        """Return the counts as JSON."""
        return json.dumps({"version": 1, "homes": self.homes, "spells": self.spells}, separators=(",", ":"))


def minutes_of(place: int) -> float:
    """Return the length in minutes that a bin stands for."""
    return 30.0 * math.exp(place / PER_E)


def read_counts(text: str) -> Counts:
    """Return what `Counts.text` wrote; raises `CountsError`."""
    try:
        body = json.loads(text)
        counts = Counts(int(body["homes"]), body["spells"])
        shape = [(len(rows), {len(row) for row in rows}) for rows in counts.spells]
    except (KeyError, TypeError, ValueError) as error:
        raise CountsError(f"these are no counts of quiet spells: {error}") from error
    if body.get("version") != 1 or shape != [(HALF_HOURS, {BINS})] * 2:
        raise CountsError("these counts have another shape; they were made by another version")
    return counts


def added(many: Iterable[Counts]) -> Counts:
    """Return the sum: what a district knows."""
    total = Counts()
    for one in many:
        total.homes += one.homes
        for left_on in range(2):
            for half_hour in range(HALF_HOURS):
                mine, other = total.spells[left_on][half_hour], one.spells[left_on][half_hour]
                total.spells[left_on][half_hour] = [a + b for a, b in zip(mine, other, strict=True)]
    return total
