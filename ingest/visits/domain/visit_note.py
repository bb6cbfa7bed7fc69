"""Visit note: what is written down of a friendly visit: ticks that can be counted, and a few words. Pure.

What stands in a note is about somebody's health and home: only who visits there and who answers for the place reads it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LONGEST_TEXT = 2000
MOST_MINUTES = 480
LATE_REPORT = timedelta(days=7)
"""A visit may be told so long after it was made."""


class Found(StrEnum):
    """How the resident was found."""

    WELL = "well"
    NOT_WELL = "not_well"
    NOBODY = "nobody"
    """Nobody opened: no visit yet."""


class Mood(StrEnum):
    """How they seemed."""

    GOOD = "good"
    QUIET = "quiet"
    LOW = "low"
    CONFUSED = "confused"


class Meals(StrEnum):
    """How they eat."""

    REGULAR = "regular"
    LITTLE = "little"
    DELIVERED = "delivered"
    MISSED = "missed"


class Medicine(StrEnum):
    """How they take what they are to take."""

    AS_TOLD = "as_told"
    FORGETS = "forgets"
    NEEDS_HELP = "needs_help"
    NONE = "none"
    """They take nothing."""


class Hazard(StrEnum):
    """What is dangerous at home."""

    STOVE = "stove"
    WIRING = "wiring"
    GAS = "gas"
    CLUTTER = "clutter"
    WET_FLOOR = "wet_floor"
    DARK = "dark"
    COLD_OR_HEAT = "cold_or_heat"
    SMOKE_DETECTOR = "smoke_detector"
    """It is missing, taken down or taped over."""


class NoteFault(StrEnum):
    """Why a visit is not written down."""

    UNKNOWN_VISIT = "unknown_visit"
    NOT_YOURS = "not_yours"
    NOT_FOUND_SAID = "not_found_said"
    """Nobody said how the resident was."""
    NO_MINUTES = "no_minutes"
    NOBODY_WENT = "nobody_went"
    IN_FUTURE = "in_future"
    TOO_LONG_AGO = "too_long_ago"
    DONE_BEFORE = "done_before"
    NOT_IN_MONTH = "not_in_month"
    UNKNOWN_PERSON = "unknown_person"


@dataclass(frozen=True, slots=True)
class VisitNote:
    """What somebody tells of a visit. Ticks they did not make are None: nobody has to guess."""

    found: Found
    minutes: int
    mood: Mood | None = None
    meals: Meals | None = None
    medicine: Medicine | None = None
    hazards: frozenset[Hazard] = frozenset()
    text: str = ""

    def ticks(self) -> dict[str, object]:
        """Return the ticks as plain data."""
        chosen = {"mood": self.mood, "meals": self.meals, "medicine": self.medicine}
        plain: dict[str, object] = {name: tick.value for name, tick in chosen.items() if tick is not None}
        return {**plain, "hazards": sorted(hazard.value for hazard in self.hazards)}


def fault_of_note(note: VisitNote, went: Collection[str], ago: timedelta) -> NoteFault | None:
    """Return why this can not be written down, or None; `ago`: how long since the visit ended."""
    if not 1 <= note.minutes <= MOST_MINUTES:
        return NoteFault.NO_MINUTES
    if not went:
        return NoteFault.NOBODY_WENT
    if ago < timedelta(0):
        return NoteFault.IN_FUTURE
    return NoteFault.TOO_LONG_AGO if ago > LATE_REPORT else None
