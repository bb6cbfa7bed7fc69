"""What the data of a CJ/T 188 answer says: registers with their unit bytes, the meter's clock, its status word.

Knows the layouts of clause 7 for 901F and its neighbours in both editions (2004 and 2018 differ for heat meters; the
length tells which) and the unit codes of its table. It must not know devices or quantities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.protocols import bcd
from gateway.protocols.cjt188 import HEAT, Frame

UNITS: dict[int, tuple[str, Decimal]] = {
    0x01: ("MJ", Decimal("0.000001")),
    0x02: ("Wh", Decimal(1)),
    0x05: ("kWh", Decimal(1)),
    0x08: ("MWh", Decimal(1)),
    0x0A: ("MWh", Decimal(100)),
    0x0B: ("MJ", Decimal("0.001")),
    0x0E: ("MJ", Decimal(1)),
    0x11: ("GJ", Decimal(1)),
    0x13: ("GJ", Decimal(100)),
    0x14: ("W", Decimal(1)),
    0x17: ("kW", Decimal(1)),
    0x1A: ("kW", Decimal(1000)),
    0x29: ("L", Decimal(1)),
    0x2C: ("m3", Decimal(1)),
    0x32: ("m3/h", Decimal("0.001")),
    0x35: ("m3/h", Decimal(1)),
}
"""Unit code → the unit we print, and what the number is to be multiplied with to be in it."""

LITRE = 0x29
"""Meters that count in litres send whole ones, whatever the standard's XXXXXX.XX says: recorded answers of household
meters (17047 with 14851 at the last settlement) make sense as litres only without the point."""

VALVE_OPEN = 0
VALVE_CLOSED = 1
VALVE_FAULT = 3


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One number of an answer; `step` is the smallest change its digits can show."""

    field: str
    value: Decimal
    unit: str
    step: Decimal


@dataclass(frozen=True, slots=True)
class MeterClock:
    """The meter's own local wall time."""

    field: str
    local: datetime


@dataclass(frozen=True, slots=True)
class MeterStatus:
    """The status word, low byte first; bits 0 and 1 are the valve, bit 2 is battery low (table of clause 7)."""

    field: str
    word: int

    @property
    def valve(self) -> int:
        """0 open, 1 closed, 3 out of order."""
        return self.word & 3

    @property
    def battery_low(self) -> bool:
        """Whether the meter says that its battery is low."""
        return bool(self.word & 4)


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the answer that can't be read, where in the frame it lies, and why."""

    field: str
    offset: int
    detail: str
    is_unit: bool = False
    """Whether a byte that must be a unit code is none: then the layout is not the one that was assumed."""


Part = MeasuredValue | MeterClock | MeterStatus | Unread


UNITED = 5
"""Bytes of a number with its unit code."""


@dataclass(frozen=True, slots=True)
class _Slot:
    field: str
    length: int
    places: int = 0
    unit: str = ""
    """Empty: the slot's last byte is the unit code."""


_CLOCK = _Slot("clock", 7)
_STATUS = _Slot("status", 2)
_SKIPPED = "-"
"""Unit of slots whose digits nobody needs, or whose point the two editions put in different places."""

_TOTAL = _Slot("total", 5, 2)
_SETTLED = _Slot("settlement", 5, 2)
_VOLUME = (_TOTAL, _SETTLED, _CLOCK, _STATUS)
_VOLUME_LAYOUTS = (
    _VOLUME,
    (_TOTAL,),
    (_TOTAL, _SETTLED),
    (_TOTAL, _STATUS),
    (_TOTAL, _SETTLED, _STATUS),
    (_TOTAL, _CLOCK, _STATUS),
    (_Slot("total", 4, 2, "m3"), _STATUS),
)
"""The standard's layout, and the shortened ones of meters without a settlement day, a clock or a unit byte."""

_HEAT_2004 = (
    _SETTLED,
    _TOTAL,
    _Slot("power", 5, 2),
    _Slot("flow", 5, 4),
    _Slot("volume", 5, 2),
    _Slot("supply_temperature", 3, 2, "degC"),
    _Slot("return_temperature", 3, 2, "degC"),
    _Slot("working_hours", 3, 0, "h"),
    _CLOCK,
    _STATUS,
)
_HEAT_2018 = (
    _SETTLED,
    _TOTAL,
    _Slot("power", 4, 2),
    _Slot("flow", 4, 0, _SKIPPED),
    _Slot("volume", 5, 2),
    _Slot("supply_temperature", 2, 2, "degC"),
    _Slot("return_temperature", 2, 2, "degC"),
    _Slot("working_hours", 4, 0, "h"),
    _CLOCK,
    _STATUS,
)


_PRICES = (
    _Slot("price_1", 3, 2, "per_unit"),
    _Slot("limit_1", 3, 0, "m3"),
    _Slot("price_2", 3, 2, "per_unit"),
    _Slot("limit_2", 3, 0, "m3"),
    _Slot("price_3", 3, 2, "per_unit"),
)
_BOUGHT = (
    _Slot("purchase_number", 1, 0, "1"),
    _Slot("bought_last", 4, 2, "money"),
    _Slot("bought_in_all", 4, 2, "money"),
    _Slot("money_left", 4, 2, "money"),
    _STATUS,
)


def _by_length(*layouts: tuple[_Slot, ...]) -> dict[int, tuple[_Slot, ...]]:
    return {sum(slot.length for slot in layout): layout for layout in layouts}


_SAME_FOR_ALL: dict[str, tuple[_Slot, ...]] = {
    **{f"D12{month:X}": (_Slot(f"settlement_{month + 1}_back", 5, 2),) for month in range(12)},
    "8102": _PRICES,
    "8103": (_Slot("settlement_day", 1, 0, "day"),),
    "8104": (_Slot("reading_day", 1, 0, "day"),),
    "8105": _BOUGHT,
    "8106": (_Slot("key_version", 1, 0, "1"),),
    "907F": (_CLOCK,),
}
"""DI → its one layout, whatever the meter measures (table of data identifiers, 2004)."""
_LAYOUTS: dict[tuple[str, bool], dict[int, tuple[_Slot, ...]]] = {
    ("901F", False): _by_length(*_VOLUME_LAYOUTS),
    ("901F", True): _by_length(_HEAT_2004, _HEAT_2018),
    **{(di, is_heat): _by_length(layout) for di, layout in _SAME_FOR_ALL.items() for is_heat in (False, True)},
}
"""(DI, whether the meter is one of heat or cooling) → content length → layout."""

FILLERS = frozenset({0x00, 0x99, 0xEE, 0xFF})
"""What meters put in the place of what they do not keep."""

HEADER_LENGTH = 14
"""Bytes of the frame before what follows DI and SER."""


def is_readable(frame: Frame) -> bool:
    """Whether the answer's identifier is one whose content is known here."""
    return (frame.di, _is_heat(frame)) in _LAYOUTS


def read(frame: Frame, absent_unit: str = "") -> list[Part]:
    """Read the content of an answer, part by part, in its order; never raises.

    `absent_unit` is that of numbers whose unit code is 00, for meters of which somebody knows it.
    """
    content = frame.content
    layout = _LAYOUTS.get((frame.di, _is_heat(frame)), {}).get(len(content))
    if layout is None:
        return [Unread("", HEADER_LENGTH, f"{len(content)} bytes after SER fit no layout of {frame.di}")]
    parts: list[Part] = []
    reached = 0
    is_unit_first = _is_unit_first(layout, content)
    for slot in layout:
        data = content[reached : reached + slot.length]
        if is_unit_first and not slot.unit and slot.length == UNITED:
            data = data[1:] + data[:1]
        if slot.unit != _SKIPPED and not _is_filler(slot, data):
            parts.append(_read(slot, data, HEADER_LENGTH + reached, absent_unit))
        reached += slot.length
    return parts


def _is_unit_first(layout: tuple[_Slot, ...], content: bytes) -> bool:
    """Whether the unit codes stand before their numbers, as some heat meters send them.

    Believed only of an answer with several numbers, in which every first byte is a unit code and no last one is.
    """
    firsts, lasts, reached = [], [], 0
    for slot in layout:
        if not slot.unit and slot.length == UNITED:
            firsts.append(content[reached])
            lasts.append(content[reached + slot.length - 1])
        reached += slot.length
    return len(firsts) > 1 and all(code in UNITS for code in firsts) and not any(code in UNITS for code in lasts)


def _is_filler(slot: _Slot, data: bytes) -> bool:
    """Whether a meter put these bytes in the place of something that it does not keep; the total is always kept."""
    if slot is _STATUS:
        return data == b"\xff\xff"
    if slot is _CLOCK:
        return len(set(data)) == 1 and data[0] in FILLERS
    if slot is _SETTLED and not any(data):
        return True
    return slot.field != "total" and len(set(data[:4])) == 1 and data[0] in FILLERS - {0x00}


def _is_heat(frame: Frame) -> bool:
    return frame.meter_type >> 4 == HEAT >> 4


def _read(slot: _Slot, data: bytes, offset: int, absent_unit: str) -> Part:
    if slot is _CLOCK:
        local = read_clock(data)
        return (
            MeterClock(slot.field, local) if local else Unread(slot.field, offset, f"no such time: {data[::-1].hex()}")
        )
    if slot is _STATUS:
        return MeterStatus(slot.field, int.from_bytes(data, "little"))
    unit, factor = (slot.unit, Decimal(1)) if slot.unit else UNITS.get(data[-1], ("", Decimal(1)))
    if not unit and data[-1] == 0:
        unit = absent_unit
    places = 0 if not slot.unit and data[-1] == LITRE else slot.places
    number = bcd.decimal(data if slot.unit else data[:-1], places)
    if not unit:
        return Unread(slot.field, offset + len(data) - 1, f"unit code {data[-1]:02X} is not known", is_unit=True)
    if number is None:
        return Unread(slot.field, offset, f"{data.hex().upper()} is not decimal")
    return MeasuredValue(slot.field, number * factor, unit, Decimal(1).scaleb(-places) * factor)


def read_clock(data: bytes) -> datetime | None:
    """Return the local time of 7 BCD bytes (second, minute, hour, day, month, year low, year high), or None.

    Some meters send the bytes the other way round; where only that is a time of this century, it is taken.
    """
    return _time(data[::-1]) or _time(data)


def _time(high_first: bytes) -> datetime | None:
    text = high_first.hex()
    if high_first[:1] != b"\x20" or not text.isdecimal():
        return None
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime(int(text[:4]), month, day, hour, minute, second)  # noqa: DTZ001 the meter's own wall time
    except ValueError:
        return None
