"""The meter's side of CJ/T 188 data: what follows DI and SER in an answer to 901F, for simulators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.protocols import bcd
from gateway.protocols.cjt188_data import LITRE

CUBIC_METRES = 0x2C
_KWH, _KW, _CUBIC_METRES_PER_HOUR = b"\x05", b"\x17", b"\x35"


@dataclass(frozen=True, slots=True)
class Heat:
    """What a heat meter shows: kWh, kW, m3/h, m3, degrees, hours."""

    settlement: Decimal
    total: Decimal
    power: Decimal
    flow: Decimal
    volume: Decimal
    supply: Decimal
    returned: Decimal
    hours: int


def volume_content(
    total: Decimal, settlement: Decimal, local: datetime, status: int, *, unit: int = CUBIC_METRES
) -> bytes:
    """Return what a volume meter says; `total` and `settlement` are in the unit of code `unit`."""
    places = 0 if unit == LITRE else 2
    return b"".join(
        (
            bcd.encode(total, 4, places) + bytes([unit]),
            bcd.encode(settlement, 4, places) + bytes([unit]),
            _clock(local),
            status.to_bytes(2, "little"),
        )
    )


def heat_content(said: Heat, local: datetime, status: int, *, edition: int = 2004) -> bytes:
    """Return what a heat meter says in the layout of the `edition`, 2004 or 2018; those differ in their lengths."""
    is_new = edition == 2018
    short, hours = (2, 4) if is_new else (3, 3)
    return b"".join(
        (
            bcd.encode(said.settlement, 4, 2) + _KWH,
            bcd.encode(said.total, 4, 2) + _KWH,
            bcd.encode(said.power, 3 if is_new else 4, 2) + _KW,
            bcd.encode(said.flow, 3 if is_new else 4, 4) + _CUBIC_METRES_PER_HOUR,
            bcd.encode(said.volume, 4, 2) + bytes([CUBIC_METRES]),
            bcd.encode(said.supply, short, 2),
            bcd.encode(said.returned, short, 2),
            bcd.encode(Decimal(said.hours), hours, 0),
            _clock(local),
            status.to_bytes(2, "little"),
        )
    )


def _clock(local: datetime) -> bytes:
    return bcd.from_digits(local.strftime("%Y%m%d%H%M%S"))
