"""The values of M-Bus records (EN 13757-3, annex A): integers, decimals, reals, texts, points in time."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

from gateway.protocols import bcd, real
from gateway.protocols.mbus_meaning import ValueForm

BCD_LENGTH = {0x9: 1, 0xA: 2, 0xB: 3, 0xC: 4, 0xE: 6}
"""Data field code → bytes of decimals."""
INTEGER_LENGTH = {0x1: 1, 0x2: 2, 0x3: 3, 0x4: 4, 0x6: 6, 0x7: 8}
LONGEST_NUMBER = 8
"""Bytes of binary data that can be a number; more are a picture of something, shown as they are."""
REAL = 0x5
VARIABLE = 0xD


def read_value(field: int, form: ValueForm, body: bytes) -> Decimal | datetime | str | None:
    """Return the value of a record's data, before its power of ten; None where it can't be read or says "invalid"."""
    if field == VARIABLE:
        return _variable_value(body)
    if form is ValueForm.DATE:
        return read_time(body)
    if field in BCD_LENGTH:
        return read_decimal(body)
    if field == REAL:
        return real.shortest(body[::-1])
    if form is ValueForm.CODE:
        return Decimal(int.from_bytes(body, "little"))
    number = int.from_bytes(body, "little", signed=True)
    lowest = -(1 << 8 * len(body) - 1)
    return None if number == lowest and len(body) > 1 else Decimal(number)


def read_decimal(body: bytes) -> Decimal | None:
    """Read decimals; an F in the highest place means minus."""
    text = body[::-1].hex()
    if text.startswith("f") and text[1:].isdecimal():
        return -Decimal(int(text[1:]))
    number = bcd.digits(body)
    return None if number is None else Decimal(int(number))


def _variable_value(body: bytes) -> Decimal | str | None:
    code, content = body[0], body[1:]
    if code < 0xC0:
        return content[::-1].decode("latin-1")
    if code < 0xE0:
        text = content[::-1].hex()
        if not text.isdecimal():
            return None
        return Decimal(int(text)) * (1 if code < 0xD0 else -1)
    if len(content) > LONGEST_NUMBER:
        return content[::-1].hex().upper()
    return Decimal(int.from_bytes(content, "little", signed=True)) if content else None


def read_time(body: bytes) -> datetime | str | None:
    """Read a point in time of type G (2 bytes, a date), F (4 bytes) or I (6 bytes); None where it is none.

    The meter's own local time; two-digit years above 80 are of the last century. A time of day alone (type J, 3 bytes)
    is given as text.
    """
    if len(body) == 3:
        return _time_of_day(body)
    if len(body) == 2:
        return _time(body, 0, 0, 0)
    if len(body) == 4 and not body[0] & 0x80:
        return _time(body[2:], body[1] & 0x1F, body[0] & 0x3F, 0, century=body[1] >> 5 & 3)
    if len(body) == 6 and not body[1] & 0x80:
        return _time(body[3:], body[2] & 0x1F, body[1] & 0x3F, body[0] & 0x3F)
    return None


def _time_of_day(body: bytes) -> str | None:
    try:
        return time(body[2] & 0x1F, body[1] & 0x3F, body[0] & 0x3F).isoformat()
    except ValueError:
        return None


def _time(date: bytes, hour: int, minute: int, second: int, *, century: int = 0) -> datetime | None:
    low, high = date[0], date[1]
    year = low >> 5 | (high & 0xF0) >> 1
    if year > 99:
        return None
    if century:
        year += 1900 + 100 * century
    else:
        year += 2000 if year <= 80 else 1900
    try:
        return datetime(year, high & 0xF, low & 0x1F, hour, minute, second)  # noqa: DTZ001 the meter's wall time
    except ValueError:
        return None
