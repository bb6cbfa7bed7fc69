"""What an M-Bus answer comes apart into: a telegram and its records. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

HEADER_OFFSET = 7
"""Bytes of a long frame before its data."""
FUNCTIONS = ("instantaneous", "maximum", "minimum", "during_error")


@dataclass(frozen=True, slots=True)
class MbusRecord:
    """One record: what it is about, its value in `unit`, and its bytes. Without a value, `problem` says why.

    `step` is the smallest change its digits can show. `changed_by` are qualifiers that make it another thing than the
    plain quantity.
    """

    offset: int
    raw: bytes
    kind: str = ""
    value: Decimal | datetime | str | None = None
    unit: str = ""
    function: str = FUNCTIONS[0]
    storage: int = 0
    tariff: int = 0
    subunit: int = 0
    step: Decimal | None = None
    changed_by: tuple[str, ...] = ()
    problem: str = ""
    is_torn: bool = False
    """Its end could not be found, so it took all that was left of the telegram."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """One answer. `own` is the meter's secondary address as it stands on the wire: number, maker, version, medium."""

    own: bytes
    access: int
    status: int
    records: tuple[MbusRecord, ...]
    more_follows: bool = False

    @property
    def number(self) -> str:
        """The meter's number as printed; hexadecimal where the meter does not keep to decimals."""
        return self.own[:4][::-1].hex().upper()

    @property
    def secondary(self) -> str:
        """The secondary address in the form in which one is asked for."""
        return self.number + self.own[4:].hex().upper()

    @property
    def manufacturer(self) -> str:
        """The maker's three letters."""
        code = int.from_bytes(self.own[4:6], "little")
        return "".join(chr(64 + (code >> shift & 0x1F)) for shift in (10, 5, 0))

    @property
    def medium(self) -> int:
        """What the meter measures: 02 electricity, 03 gas, 04 heat, 06 hot water, 07 water, 16 cold water."""
        return self.own[7] if len(self.own) > 7 else 0
