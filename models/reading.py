"""Reading: what a device said, when it was heard, and how far it is to be believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from models.quantity import Quantity, Unit


class Quality(StrEnum):
    """How far a reading is to be believed."""

    GOOD = "good"
    NO_ANSWER = "no_answer"
    """Asked, and nothing usable came back: `value` is None."""
    OUT_OF_RANGE = "out_of_range"
    """Outside what the device can physically show: kept, never used."""
    FILLED = "filled"
    """Put in by something before us (yesterday's copy, zeros): kept, never used."""
    FROZEN = "frozen"
    """An old answer said again, as the meter's own clock shows: kept, never used; no data, which is not no use."""
    CLOCK_DOUBTFUL = "clock_doubtful"
    """The value is good, but the time it was heard at is not to be believed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one device.

    `device` is unique within its gateway; which home it belongs to is the watcher's knowledge, not the line's.
    `at` is aware UTC: when the gateway heard it. `step` is the smallest change the register can show, in `unit`,
    where it is known. `raw` are the bytes it was read from, where there were any.
    """

    device: str
    quantity: Quantity
    value: Decimal | None
    unit: Unit
    at: datetime
    quality: Quality = Quality.GOOD
    step: Decimal | None = None
    raw: bytes = b""

    @property
    def usable(self) -> bool:
        """Whether a detector may draw conclusions from the value."""
        return self.value is not None and self.quality is Quality.GOOD
