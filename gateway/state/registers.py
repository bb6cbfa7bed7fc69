"""Registers: what every device's counters showed last, written down for people who look at one device later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from gateway.state.store import read_snapshot
from models.quantity import Quantity, to_base
from models.reading import Quality, Reading
from models.usage import LIMITS, Showing

SNAPSHOT = "registers"


class Registers:
    """The last good showing of each counter, in base units and epoch seconds."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, tuple[float, float]]] = {}

    def note(self, readings: Iterable[Reading]) -> None:
        """Take in what a device said."""
        for one in readings:
            if one.quantity in LIMITS and one.value is not None and one.quality is Quality.GOOD:
                value = float(to_base(one.quantity, one.value, one.unit))
                self._last.setdefault(one.device, {})[one.quantity.value] = (value, one.at.timestamp())

    def as_text(self) -> str:
        """Return it for the state file."""
        return json.dumps(self._last)


def read_registers(db: sqlite3.Connection) -> dict[str, dict[Quantity, Showing]]:
    """Return the showings by device out of a state file."""
    text = read_snapshot(db, SNAPSHOT)
    remembered: dict[str, dict[str, list[float]]] = json.loads(text) if text else {}
    return {
        device: {Quantity(name): Showing(*showing) for name, showing in counters.items()}
        for device, counters in remembered.items()
    }
