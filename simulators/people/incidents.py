"""Incidents: what goes wrong, or just looks so, in a home. Data only; `household` plays them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IncidentKind(StrEnum):
    """What can happen."""

    FALL = "fall"
    """The person lies on the floor: no water, nothing is switched on or off."""
    TAP = "tap"
    """A tap is left running."""
    STOVE = "stove"
    """A hob or heater is left on."""
    SMOKE = "smoke"
    SMOKE_TEST = "smoke_test"
    """Somebody presses the detector's test button."""
    UNPLUGGED = "unplugged"
    """A meter no longer answers."""
    AWAY = "away"
    """Nobody is at home, and all is well."""
    POWER_CUT = "power_cut"


class MeterKind(StrEnum):
    """The meters of a home."""

    ELECTRICITY = "electricity"
    WATER = "water"


LONGEST_FALL_S = 72 * 3600.0
"""Somebody has come by then; lamps that a fall left on burn no longer."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that happens at one home from `start` to `end` (seconds since 1970).

    `rate` is litres per minute for `TAP` and watts for `STOVE`. `leaves_on` says for `FALL` whether lamp and television
    stay as they were, or all was off. `meters` are those that `UNPLUGGED` means.
    """

    kind: IncidentKind
    start: float
    end: float
    rate: float = 0.0
    leaves_on: bool = True
    meters: frozenset[MeterKind] = frozenset(MeterKind)

    def covers(self, at: float) -> bool:
        """Whether it is going on at `at`."""
        return self.start <= at < self.end
