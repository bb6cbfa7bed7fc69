"""What an M-Bus record is about: the words that the tables of value information share. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MANUFACTURER = "manufacturer_specific"
"""Kind of the records whose value information is the maker's own."""


class ValueForm(StrEnum):
    """How the data of a record is to be read."""

    NUMBER = "number"
    DATE = "date"
    """Types F, G, I and J, by their length."""
    CODE = "code"
    """A number that counts nothing below zero: versions, flags, identities."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a record is about: `kind`, `unit`, the power of ten of its numbers, and what is to be added to them.

    `changed_by` are the qualifiers that make it another thing than the plain quantity: a limit, a rate, a date of.
    """

    kind: str
    unit: str = ""
    exponent: int = 0
    form: ValueForm = ValueForm.NUMBER
    changed_by: tuple[str, ...] = ()
    offset: Decimal = Decimal(0)
    """To be added to the scaled number, in `unit`."""
