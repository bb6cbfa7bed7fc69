"""M-Bus application layer (EN 13757-3): the header and the records of an answer, variable and fixed structure.

Every record of a sound answer comes out, those that are not understood with their bytes and the reason. It must not
know devices or quantities, and never raises whatever the bytes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.protocols import mbus
from gateway.protocols.mbus_fixed import read_fixed
from gateway.protocols.mbus_meaning import MANUFACTURER, Meaning
from gateway.protocols.mbus_record import FUNCTIONS, HEADER_OFFSET, MbusRecord, Telegram
from gateway.protocols.mbus_value import BCD_LENGTH, INTEGER_LENGTH, REAL, VARIABLE, read_value
from gateway.protocols.mbus_vif import meaning

LONG_HEADER = 12
SHORT_HEADER = 4
ENCRYPTED = "encrypted"
"""Kind of the one record that stands for content which needs a key."""
ENCRYPTED_MODES = frozenset({2, 3, 4, 5, 7, 8, 9, 10, 13})
"""Security modes of the configuration word (EN 13757-7) in which records are not readable as they come."""
READOUTS = frozenset(
    {mbus.CI_LONG_HEADER, mbus.CI_LONG_HEADER_HIGH_FIRST, mbus.CI_FIXED, mbus.CI_SHORT_HEADER, mbus.CI_NO_HEADER}
)
"""CI of the answers that hold records."""
MOST_EXTENSIONS = 10
_NO_DATA = (0x0, 0x8)
_SPECIAL = 0xF
IDLE = 0x2F
MANUFACTURER_DATA = 0x0F
MORE_FOLLOWS = 0x1F

_CUT = "the telegram ends inside the record"

ERRORS = (
    "unspecified error",
    "this kind of question is not known",
    "the question was too long",
    "too many records",
    "premature end of a record",
    "more than 10 DIFEs",
    "more than 10 VIFEs",
    "reserved",
    "busy: ask again later",
    "too many readouts",
)
"""Meaning of the byte after CI 70."""


def read(frame: mbus.Frame) -> Telegram | None:
    """Read an answer; None where its CI is not one of a readout or its header is not whole."""
    if frame.ci == mbus.CI_LONG_HEADER:
        return _read_long(frame.data, high_first=False)
    if frame.ci == mbus.CI_LONG_HEADER_HIGH_FIRST:
        return _read_long(frame.data, high_first=True)
    if frame.ci == mbus.CI_FIXED:
        return read_fixed(frame.data)
    if frame.ci == mbus.CI_SHORT_HEADER and len(frame.data) >= SHORT_HEADER:
        records, more = _read_body(frame.data, SHORT_HEADER)
        return Telegram(b"", frame.data[0], frame.data[1], records, more)
    if frame.ci == mbus.CI_NO_HEADER:
        records, more = _read_records(frame.data, 0)
        return Telegram(b"", 0, 0, records, more)
    return None


def _read_long(data: bytes, *, high_first: bool) -> Telegram | None:
    """Read a long header and its records. In mode 2 (CI 76) every number comes with its highest byte first."""
    if len(data) < LONG_HEADER:
        return None
    records, more = _read_body(data, LONG_HEADER, high_first=high_first)
    own = data[3::-1] + data[5:3:-1] + data[6:8] if high_first else data[:8]
    return Telegram(own, data[8], data[9], records, more)


def _read_body(data: bytes, start: int, *, high_first: bool = False) -> tuple[tuple[MbusRecord, ...], bool]:
    """Read the records behind a header, unless its configuration word says that they are encrypted.

    Older meters put anything into that word, so only the modes in use count; two idle bytes open what can be read.
    """
    mode = data[start - 1] & 0x1F
    if mode in ENCRYPTED_MODES and data[start : start + 2] != bytes([IDLE, IDLE]):
        raw = data[start:]
        return (MbusRecord(HEADER_OFFSET + start, raw, ENCRYPTED, problem=f"encrypted in mode {mode}"),), False
    return _read_records(data, start, high_first=high_first)


def _read_records(data: bytes, start: int, *, high_first: bool = False) -> tuple[tuple[MbusRecord, ...], bool]:
    """Return the records from `start` on, and whether the meter has more in a next telegram."""
    records: list[MbusRecord] = []
    reached = start
    while reached < len(data):
        dif = data[reached]
        if dif == IDLE:
            reached += 1
            continue
        if dif in (MANUFACTURER_DATA, MORE_FOLLOWS):
            rest = data[reached + 1 :]
            if rest:
                raw = data[reached:]
                records.append(
                    MbusRecord(HEADER_OFFSET + reached, raw, "manufacturer_data", problem="the maker's own data")
                )
            return tuple(records), dif == MORE_FOLLOWS
        record = _read_record(data, reached, high_first=high_first)
        records.append(record)
        reached += len(record.raw)
    return tuple(records), False


@dataclass(frozen=True, slots=True)
class _Head:
    """The information bytes of a record, taken apart; `end` is where its data begins."""

    field: int
    function: str
    storage: int
    tariff: int
    subunit: int
    codes: bytes
    text: str
    end: int


def _read_record(data: bytes, start: int, *, high_first: bool) -> MbusRecord:
    """Read the record at `start`. One that does not end inside `data` takes all that is left of it."""
    head = _read_head(data, start)
    if isinstance(head, str):
        return MbusRecord(HEADER_OFFSET + start, data[start:], problem=head, is_torn=True)
    end = _data_end(data, head)
    if end is None or end > len(data):
        return MbusRecord(HEADER_OFFSET + start, data[start:], problem=_CUT, is_torn=True)
    about = meaning(head.codes, head.text)
    body = data[head.end : end]
    if high_first:
        body = body[:1] + body[:0:-1] if head.field == VARIABLE else body[::-1]
    return _with_value(MbusRecord(HEADER_OFFSET + start, data[start:end]), head, about, body)


def _read_head(data: bytes, start: int) -> _Head | str:
    dif = data[start]
    storage, tariff, subunit = dif >> 6 & 1, 0, 0
    reached = start + 1
    extended = bool(dif & 0x80)
    count = 0
    while extended:
        if reached >= len(data) or count == MOST_EXTENSIONS:
            return _CUT if reached >= len(data) else ERRORS[5]
        dife = data[reached]
        storage |= (dife & 0xF) << 1 + 4 * count
        tariff |= (dife >> 4 & 3) << 2 * count
        subunit |= (dife >> 6 & 1) << count
        extended = bool(dife & 0x80)
        reached += 1
        count += 1
    if dif & 0xF == _SPECIAL:
        return f"DIF {dif:02X} is not one of a record"
    value_information = _read_value_information(data, reached)
    if isinstance(value_information, str):
        return value_information
    codes, text, end = value_information
    return _Head(dif & 0xF, FUNCTIONS[dif >> 4 & 3], storage, tariff, subunit, codes, text, end)


def _read_value_information(data: bytes, start: int) -> tuple[bytes, str, int] | str:
    """Return VIF with VIFEs, a unit in plain text, and where they end; or what is wrong."""
    if start >= len(data):
        return _CUT
    vif = data[start]
    if vif & 0x7F != 0x7C:
        end = _extensions_end(data, start)
        return end if isinstance(end, str) else (data[start:end], "", end)
    text = _plain_text(data, start + 1)
    if text is not None:
        behind = start + 2 + len(text)
        end = _extensions_end(data, behind) if vif & 0x80 else behind
        return end if isinstance(end, str) else (data[start : start + 1] + data[behind:end], text, end)
    end = _extensions_end(data, start)
    text = None if isinstance(end, str) else _plain_text(data, end)
    if isinstance(end, str) or text is None:
        return end if isinstance(end, str) else _CUT
    return data[start:end], text, end + 1 + len(text)


def _extensions_end(data: bytes, start: int) -> int | str:
    """Return where the codes end whose first is at `start`: behind the first without an extension bit."""
    for reached in range(start, min(start + MOST_EXTENSIONS + 1, len(data))):
        if not data[reached] & 0x80:
            return reached + 1
    return ERRORS[6] if len(data) > start + MOST_EXTENSIONS else _CUT


def _plain_text(data: bytes, start: int) -> str | None:
    """Return a unit in words, whose length is at `start`, or None where no words stand there.

    Meters put it behind the VIF or behind the last VIFE; only words tell which.
    """
    if start >= len(data):
        return None
    length = data[start]
    text = data[start + 1 : start + 1 + length]
    if not length or len(text) < length or any(not 0x20 <= byte < 0x7F for byte in text):
        return None
    return text[::-1].decode("ascii")


def _data_end(data: bytes, head: _Head) -> int | None:
    if head.field in _NO_DATA:
        return head.end
    if head.field == VARIABLE:
        if head.end >= len(data):
            return None
        length = _variable_length(data[head.end])
        return None if length is None else head.end + 1 + length
    return head.end + (4 if head.field == REAL else BCD_LENGTH.get(head.field) or INTEGER_LENGTH[head.field])


def _variable_length(code: int) -> int | None:
    """Return how many bytes follow the length byte of variable data (text, decimals, binary), or None if reserved."""
    if code < 0xC0:
        return code
    for first, last in ((0xC0, 0xC9), (0xD0, 0xD9), (0xE0, 0xEF)):
        if first <= code <= last:
            return code - first
    return 4 * (code - 0xEC) if 0xF0 <= code <= 0xF4 else {0xF5: 48, 0xF6: 64}.get(code)


def _with_value(record: MbusRecord, head: _Head, about: Meaning | None, body: bytes) -> MbusRecord:
    value: Decimal | datetime | str | None = None
    problem = ""
    if about is None:
        problem = f"value information {head.codes.hex().upper()} is not known"
        about = Meaning("")
    elif about.kind == MANUFACTURER:
        problem = "the maker's own value information"
    elif head.field in _NO_DATA:
        problem = "a record without data"
    elif "record_error" in about.changed_by:
        problem = "the meter marks the record as wrong"
    else:
        value = read_value(head.field, about.form, body)
        problem = "" if value is not None else f"{body.hex().upper()} can't be read"
    step = None
    if isinstance(value, Decimal):
        value = value.scaleb(about.exponent)
        if about.offset:
            value += about.offset
        step = None if head.field == REAL else Decimal(1).scaleb(about.exponent)
    return MbusRecord(
        offset=record.offset,
        raw=record.raw,
        kind=about.kind,
        value=value,
        unit=about.unit,
        function=head.function,
        storage=head.storage,
        tariff=head.tariff,
        subunit=head.subunit,
        step=step,
        changed_by=about.changed_by,
        problem=problem,
    )
