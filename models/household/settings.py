"""What a home's watch is told from outside: its devices, its zone, its false-alarm budget. Knows no memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from models.household.spells.district import SPELLS
from models.household.spells.prior import Table
from models.params import Params
from models.quantity import Quantity


@dataclass(frozen=True, slots=True)
class DeviceWatch:
    """One device of a home: what it should tell, and how often it is asked.

    `poll_s` is None for a device that speaks when it likes (a battery detector), and for one whose pace is to be
    learned from its readings, as in a replay.
    """

    device: str
    quantities: frozenset[Quantity] = frozenset()
    poll_s: float | None = None


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """How one home is to be watched. A device not named here is taken in at its first reading.

    `zone` is used only where habits are meant (hours of the day); `budget` is the number of false alarms allowed per
    home and 30 days. `ledger` says that absences are usually told, so that an absence that nobody told is rare.
    `prior` is what is known of a home before it has shown its own habits.
    """

    zone: tzinfo = UTC
    devices: tuple[DeviceWatch, ...] = ()
    budget: float = 1.0
    ledger: bool = False
    params: Params = field(default_factory=Params)
    prior: Table = field(default_factory=lambda: SPELLS, repr=False, compare=False)
