"""Physical sense: what a quantity can be at all in a building, whatever a device says. Pure.

Wide on purpose: it is for bytes that are no measurement (a real number read from whole ones, a register that holds a
filler), not for odd days. It must not know devices or documents; a document's own range is narrower.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from models.quantity import Quantity

_KILO, _MEGA, _TERA = Decimal(1_000), Decimal(1_000_000), Decimal(10) ** 12

POSSIBLE: Mapping[Quantity, tuple[Decimal, Decimal]] = {
    Quantity.WATER_VOLUME: (-_TERA, _TERA),
    Quantity.GAS_VOLUME: (-_TERA, _TERA),
    Quantity.ENERGY: (-_TERA, _TERA),
    Quantity.HEAT_ENERGY: (-1000 * _TERA, 1000 * _TERA),
    Quantity.POWER: (-100 * _MEGA, 100 * _MEGA),
    Quantity.VOLTAGE: (-_KILO, 50 * _KILO),
    Quantity.CURRENT: (-10 * _KILO, 10 * _KILO),
    Quantity.FLOW: (-10 * _KILO, 10 * _KILO),
    Quantity.TEMPERATURE: (Decimal(-274), _KILO),
}
"""Quantity → the least and the most that anything in a building can show, in the quantity's base unit."""

LEAST = Decimal("1e-9")
"""No meter shows so little of anything, except nothing at all."""


def is_possible(quantity: Quantity, shown: Decimal) -> bool:
    """Whether `shown`, in the base unit, can be a measurement of `quantity`; bits, counts and clocks always can."""
    bounds = POSSIBLE.get(quantity)
    return bounds is None or (bounds[0] <= shown <= bounds[1] and (shown == 0 or abs(shown) >= LEAST))
