"""Standstill: tells an old answer said again from a meter in a home where nothing is used. Pure.

A meter whose register stands still may be in a home where nobody draws water; one whose own clock stands still as well
is not being read at all: a module in front of it, or a concentrator, repeats what it heard long ago. Its readings are
marked frozen, which is no data, and never "nothing used". Knows one device; must not know lines or homes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from models.quantity import COUNTERS, Quantity
from models.reading import Quality, Reading

LEAST_S = 600.0
"""A clock that shows minutes, read every few seconds, stands still for a minute at a time."""
_BEYOND_PAUSES = 3.0
_LONGEST_PAUSE_S = 4_200.0
"""Some modules read their meter once an hour: their clock pauses by habit. A longer pause is no habit."""
_KEPT_TIME_S = 7 * 86_400.0
"""A clock further from the truth than this has lost its battery, or was never set: its standing still says nothing."""
_DAY_S = 86_400
_MOVING = COUNTERS | {
    Quantity.POWER,
    Quantity.CURRENT,
    Quantity.VOLTAGE,
    Quantity.FLOW,
    Quantity.TEMPERATURE,
}
_NEVER = frozenset({Quantity.SMOKE, Quantity.SMOKE_COUNT, Quantity.SMOKE_TEST})
"""An alarm is believed however old it is."""


class Standstill:
    """Follows one device's own clock from poll to poll."""

    def __init__(self) -> None:
        self._clock: Decimal | None = None
        self._since = 0.0
        self._shown: dict[tuple[Quantity, int], Decimal] = {}
        self._pause_s = 0.0
        self._is_dead = False

    def judge(self, readings: Sequence[Reading]) -> tuple[tuple[Reading, ...], float]:
        """Return the readings of one poll, marked where they are frozen, and for how many seconds they have been."""
        clock = next((one for one in readings if one.quantity is Quantity.METER_CLOCK and one.usable), None)
        if clock is None or clock.value is None or clock.value % _DAY_S == 0:
            return tuple(readings), 0.0  # no clock, or a date alone
        at = clock.at.timestamp()
        if clock.value != self._clock:
            self._run_on(clock.value, at, readings)
            return tuple(readings), 0.0
        stood = at - self._since
        if self._has_moved(readings):
            self._is_dead = True
            self._shown |= _moving(readings)
        allowed = max(LEAST_S, _BEYOND_PAUSES * self._pause_s)
        if self._is_dead or stood < allowed or not _kept_time(clock.value, clock.at, stood):
            return tuple(readings), 0.0
        return tuple(_frozen(reading) for reading in readings), stood

    def _has_moved(self, readings: Sequence[Reading]) -> bool:
        """Whether a value is another than when the clock last moved; one that was not told says nothing."""
        return any(self._shown.get(key, value) != value for key, value in _moving(readings).items())

    def _run_on(self, clock: Decimal, at: float, readings: Sequence[Reading]) -> None:
        if self._clock is not None and not self._is_dead and self._has_moved(readings):
            # only a pause that ended in news was a habit; a clock set anew ends a freeze as well
            self._pause_s = min(max(self._pause_s, at - self._since), _LONGEST_PAUSE_S)
        self._clock, self._since, self._is_dead = clock, at, False
        self._shown = _moving(readings)


def _moving(readings: Sequence[Reading]) -> dict[tuple[Quantity, int], Decimal]:
    """Return what would change if the meter were read; several values of one quantity by their place among them."""
    found: dict[tuple[Quantity, int], Decimal] = {}
    for reading in readings:
        if reading.quantity in _MOVING and reading.value is not None:
            place = sum(quantity is reading.quantity for quantity, _ in found)
            found[reading.quantity, place] = reading.value
    return found


def _kept_time(clock: Decimal, at: datetime, stood: float) -> bool:
    """Whether the meter's clock (local wall time as if it were UTC) was near the truth when it stopped."""
    return abs(at.timestamp() - stood - float(clock)) < _KEPT_TIME_S


def _frozen(reading: Reading) -> Reading:
    if reading.quality is not Quality.GOOD or reading.quantity in _NEVER:
        return reading
    return replace(reading, quality=Quality.FROZEN)
