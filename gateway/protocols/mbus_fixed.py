"""The fixed data structure of older M-Bus meters (EN 13757-3, CI 73): two counters and a unit byte for each."""

from __future__ import annotations

from decimal import Decimal

from gateway.protocols.mbus_meaning import Meaning
from gateway.protocols.mbus_record import HEADER_OFFSET, MbusRecord, Telegram
from gateway.protocols.mbus_value import read_decimal

_FIXED_UNITS: tuple[tuple[int, str, str, int], ...] = (
    (0x02, "energy", "Wh", 0),
    (0x0B, "energy", "J", 3),
    (0x14, "power", "W", 0),
    (0x1D, "power", "J/h", 3),
    (0x26, "volume", "m3", -6),
    (0x2F, "volume_flow", "m3/h", -6),
)
"""First unit code of the fixed structure's rows of nine powers of ten."""


def _fixed_unit(code: int) -> Meaning | None:
    for first, kind, unit, exponent in _FIXED_UNITS:
        if first <= code < first + 9:
            return Meaning(kind, unit, exponent + code - first)
    return Meaning("flow_temperature", "degC", -3) if code == 0x38 else None


def read_fixed(data: bytes) -> Telegram | None:
    """Read the fixed structure of older meters: two counters of four bytes, and a byte each for their units."""
    if len(data) != 16:
        return None
    status, first, second = data[5], data[6], data[7]
    medium = first >> 6 | (second >> 6) << 2
    about = _fixed_unit(first & 0x3F)
    again = about if second & 0x3F == 0x3E else _fixed_unit(second & 0x3F)
    stored = 1 if second & 0x3F == 0x3E or status & 2 else 0
    records = (
        _fixed_record(data, 8, about, status, 1 if status & 2 else 0),
        _fixed_record(data, 12, again, status, stored),
    )
    return Telegram(data[:4] + b"\x00\x00\x00" + bytes([medium]), data[4], status, records)


def _fixed_record(data: bytes, start: int, about: Meaning | None, status: int, storage: int) -> MbusRecord:
    raw = data[start : start + 4]
    offset = HEADER_OFFSET + start
    if about is None:
        return MbusRecord(offset, raw, problem="the unit is not known")
    number = read_decimal(raw) if not status & 1 else Decimal(int.from_bytes(raw, "little", signed=True))
    if number is None:
        return MbusRecord(offset, raw, about.kind, unit=about.unit, problem=f"{raw.hex().upper()} can't be read")
    step = Decimal(1).scaleb(about.exponent)
    value = number.scaleb(about.exponent)
    return MbusRecord(offset, raw, about.kind, value, about.unit, storage=storage, step=step)
