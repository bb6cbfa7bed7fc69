"""Meters: what each register and each sample of a home last said, how often it speaks, and what it refused to say.

Turns readings into uses and power samples in time order; knows nothing of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.household.core import register_gate
from models.household.core.register_gate import Gate
from models.quantity import BASE_UNIT, COUNTERS, Quantity, Unit, to_base
from models.reading import Quality, Reading
from models.usage import LIMITS, GapReason, Showing, Use, between

_PACE_SHARE = 0.1
LIFE: frozenset[Quantity] = frozenset({Quantity.WATER_VOLUME, Quantity.POWER, Quantity.ENERGY, Quantity.GAS_VOLUME})
"""Quantities that can show that somebody is up and about."""
POWER, ENERGY = frozenset({Quantity.POWER}), frozenset({Quantity.ENERGY})


@dataclass(slots=True)
class Meter:
    """One quantity of one device: its last good value (base unit) and when, in epoch seconds."""

    device: str
    quantity: str
    value: float
    at: float
    pace_s: float
    """How often it speaks; 0 while that is not known."""
    step: float = 0.0
    """The smallest change it can show, as documented, or the smallest it has shown; 0 while that is not known."""
    refused: int = 0
    """Readings that were out of order, doubled, unusable or impossible."""
    gate: Gate = field(default_factory=Gate)
    """What the register has shown and is not believed yet."""


def restored(gate: Mapping[str, Any] | None = None, **rest: Any) -> Meter:
    """Return a stored meter; one of an older version had no gate."""
    return Meter(gate=Gate(**gate) if gate is not None else Gate(booked=rest["at"]), **rest)


class MeterSample(NamedTuple):
    """A good value; `use` is set for counters, `before` (the last good value) for everything else, if there was one."""

    meter: Meter
    quantity: Quantity
    value: float
    at: float
    use: Use | None
    before: Showing | None


def take(meters: dict[str, Meter], reading: Reading, poll_s: float | None) -> MeterSample | None:
    """Write a reading into its meter; return what it adds, or None when it adds nothing that may be believed."""
    quantity = reading.quantity
    key = f"{reading.device}|{quantity._value_}"
    meter = meters.get(key)
    if reading.value is None or reading.quality is not Quality.GOOD:
        if meter is not None:
            meter.refused += 1
        return None
    at = reading.at.timestamp()
    base = BASE_UNIT.get(quantity, Unit.COUNT)
    value = float(reading.value if reading.unit is base else to_base(quantity, reading.value, reading.unit))
    if meter is None:
        meter = meters[key] = Meter(reading.device, quantity.value, value, at, poll_s or 0.0, gate=Gate(booked=at))
        _learn_step(meter, reading, None)
        return MeterSample(meter, quantity, value, at, None, None)
    if at <= meter.at:
        meter.refused += 1
        return None
    before = Showing(meter.value, meter.at)
    learn_pace(meter, at - meter.at, poll_s)
    meter.at = at
    use: Use | None = None
    if quantity is Quantity.SMOKE_COUNT:
        use = between(before, Showing(value, at), LIMITS[quantity])
        meter.value = value
    elif quantity in COUNTERS:
        meter.value, use = register_gate.take(meter.gate, meter.value, value, at, meter.pace_s, LIMITS[quantity])
    else:
        meter.value = value
    if use is not None:
        _learn_step(meter, reading, use)
        use = use._replace(step=meter.step)
    if use is not None and use.amount is None:
        meter.refused += 1
    return MeterSample(meter, quantity, value, at, use, before)


def fastest_s(meters: Mapping[str, Meter], among: frozenset[Quantity] = LIFE) -> float:
    """Return how often the fastest of the meters of these quantities speaks; 0 while that is not known."""
    return min((one.pace_s for one in meters.values() if one.pace_s and Quantity(one.quantity) in among), default=0.0)


def _learn_step(meter: Meter, reading: Reading, use: Use | None) -> None:
    """Take the step that the reading carries, or that of the smallest use seen; another meter begins anew."""
    if use is not None and use.why is GapReason.SWAP:
        meter.step = 0.0
    if reading.step is not None:
        if meter.step == 0.0:
            meter.step = float(to_base(reading.quantity, reading.step, reading.unit))
    elif use is not None and use.why is GapReason.KNOWN and use.amount:
        # three places are enough for a register, and keep what floats add from looking like a finer step
        seen = round(use.amount, 3)
        meter.step = min(meter.step or seen, seen)


def learn_pace(meter: Meter, seconds: float, poll_s: float | None) -> None:
    """Follow how often a meter speaks; `seconds` lie between its last two readings."""
    if poll_s is not None:
        meter.pace_s = poll_s
        return
    if meter.pace_s == 0.0:
        meter.pace_s = seconds
        return
    # follows the median and not the mean, so that a hole of days does not make a meter look slow
    change = max(abs(meter.pace_s) * _PACE_SHARE, 1.0)
    if seconds > meter.pace_s:
        meter.pace_s = min(seconds, meter.pace_s + change)
    else:
        meter.pace_s = max(seconds, meter.pace_s - change)
