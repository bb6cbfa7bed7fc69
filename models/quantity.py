"""Quantities and units: what a meter can say, in which units, and exact conversion into the house's own unit.

Values are `Decimal` so that a register of 556677.00 m³ stays what the meter showed.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class Quantity(StrEnum):
    """What a value is about."""

    WATER_VOLUME = "water_volume"
    """Cumulative water register."""
    GAS_VOLUME = "gas_volume"
    """Cumulative gas register."""
    HEAT_ENERGY = "heat_energy"
    """Cumulative heat register."""
    ENERGY = "energy"
    """Cumulative electric energy register."""
    POWER = "power"
    """Electric power now."""
    VOLTAGE = "voltage"
    CURRENT = "current"
    FLOW = "flow"
    """Volume flow now."""
    TEMPERATURE = "temperature"
    METER_CLOCK = "meter_clock"
    """The meter's own clock, as seconds since 1970 of its local wall time read as if it were UTC."""
    STATUS = "status"
    """The meter's status word, as an integer; the driver's document says what its bits mean."""
    VALVE_OPEN = "valve_open"
    BATTERY_LOW = "battery_low"
    BATTERY = "battery"
    SMOKE = "smoke"
    """1 while the detector alarms."""
    SMOKE_COUNT = "smoke_count"
    """How often the detector has alarmed in its life."""
    SMOKE_TEST = "smoke_test"
    """1 while the test button is pressed, or just after."""
    SMOKE_SILENCED = "smoke_silenced"
    TAMPER = "tamper"
    END_OF_LIFE = "end_of_life"
    DEVICE_FAULT = "device_fault"
    """1 while the device says that it does not work."""
    CHAMBER_FAULT = "chamber_fault"
    """1 while a smoke detector's chamber is dirty or broken."""
    COVERED = "covered"
    """1 while something covers a smoke detector."""
    REMOVED = "removed"
    """1 while a detector is off its base."""
    LINK_QUALITY = "link_quality"


class Unit(StrEnum):
    """Units as they are written on the wire and in files."""

    LITRE = "L"
    CUBIC_METRE = "m3"
    WATT_HOUR = "Wh"
    KILOWATT_HOUR = "kWh"
    WATT = "W"
    KILOWATT = "kW"
    VOLT = "V"
    AMPERE = "A"
    CUBIC_METRE_PER_HOUR = "m3/h"
    CELSIUS = "degC"
    SECOND = "s"
    PERCENT = "%"
    COUNT = "1"
    """A bit, a counter or a status word."""
    MEGAJOULE = "MJ"
    GIGAJOULE = "GJ"
    MEGAWATT_HOUR = "MWh"


BASE_UNIT: dict[Quantity, Unit] = {
    Quantity.WATER_VOLUME: Unit.LITRE,
    Quantity.GAS_VOLUME: Unit.LITRE,
    Quantity.HEAT_ENERGY: Unit.WATT_HOUR,
    Quantity.ENERGY: Unit.WATT_HOUR,
    Quantity.POWER: Unit.WATT,
    Quantity.VOLTAGE: Unit.VOLT,
    Quantity.CURRENT: Unit.AMPERE,
    Quantity.FLOW: Unit.CUBIC_METRE_PER_HOUR,
    Quantity.TEMPERATURE: Unit.CELSIUS,
    Quantity.METER_CLOCK: Unit.SECOND,
    Quantity.BATTERY: Unit.PERCENT,
}
"""The unit in which detectors work; a quantity not named here is a `Unit.COUNT`."""

COUNTERS: frozenset[Quantity] = frozenset(
    {Quantity.WATER_VOLUME, Quantity.GAS_VOLUME, Quantity.HEAT_ENERGY, Quantity.ENERGY, Quantity.SMOKE_COUNT}
)
"""Quantities that only grow while the meter is healthy."""

_TO_BASE: dict[Unit, tuple[Unit, Decimal]] = {
    Unit.CUBIC_METRE: (Unit.LITRE, Decimal(1000)),
    Unit.KILOWATT_HOUR: (Unit.WATT_HOUR, Decimal(1000)),
    Unit.MEGAWATT_HOUR: (Unit.WATT_HOUR, Decimal(1_000_000)),
    Unit.KILOWATT: (Unit.WATT, Decimal(1000)),
    Unit.MEGAJOULE: (Unit.WATT_HOUR, Decimal(1_000_000) / Decimal(3600)),
    Unit.GIGAJOULE: (Unit.WATT_HOUR, Decimal(1_000_000_000) / Decimal(3600)),
}


class UnitError(ValueError):
    """A unit that does not belong to its quantity."""


def base_unit(quantity: Quantity) -> Unit:
    """Return the unit in which detectors see `quantity`."""
    return BASE_UNIT.get(quantity, Unit.COUNT)


def to_base(quantity: Quantity, value: Decimal, unit: Unit) -> Decimal:
    """Convert `value` in `unit` to the base unit of `quantity`.

    Raises `UnitError` for a pair that makes no sense, such as litres of power.
    """
    base = base_unit(quantity)
    if unit is base:
        return value
    target, factor = _TO_BASE.get(unit, (unit, Decimal(1)))
    if target is not base:
        raise UnitError(f"{quantity.value} can't be given in {unit.value}; its unit is {base.value}")
    return value * factor
