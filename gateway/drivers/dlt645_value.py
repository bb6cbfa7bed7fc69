"""Values of DL/T 645 as the standard's tables write them: XXXXXX.XX for numbers, YYMMDDWWhhmmss for times."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from gateway.protocols import bcd

CLOCK = "YYMMDDWWhhmmss"
TIMES: dict[str, tuple[str, str]] = {
    CLOCK: ("%y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S"),
    "YYMMDDhhmmss": ("%y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S"),
    "YYMMDDhhmm": ("%y%m%d%H%M", "%Y-%m-%dT%H:%M"),
    "YYMMDDWW": ("%y%m%d", "%Y-%m-%d"),
    "hhmmss": ("%H%M%S", "%H:%M:%S"),
    "MMDDhhmm": ("%m%d%H%M", "%m-%dT%H:%M"),
}
"""Form → how its digits are read, and how they are shown to people."""


def size(form: str) -> int:
    """Return how many bytes a value of this form has."""
    return len(form.replace(".", "")) // 2


def read(data: bytes, form: str, *, signed: bool = False) -> Decimal | None:
    """Return the number in `data`, its decimals kept, or None where it is not of this form.

    A clock is given as seconds since 1970 of its local time read as if it were UTC.
    """
    if len(data) != size(form):
        return None
    if form in TIMES:
        local = _time(data, form)
        return Decimal(int(local.timestamp())) if local else None
    return bcd.decimal(data, len(form.partition(".")[2]), signed=signed)


def show(data: bytes, form: str, *, signed: bool = False) -> str | None:
    """Return the value as people write it, or None where it is not of this form.

    N stands for a plain digit, H for a hexadecimal one (status words), and CC for a letter.
    """
    if len(data) != size(form):
        return None
    if form in TIMES:
        local = _time(data, form)
        return local.strftime(TIMES[form][1]) if local else None
    if set(form) == {"N"}:
        return bcd.digits(data)
    if set(form) == {"H"}:
        return data[::-1].hex().upper()
    if set(form) == {"C"}:
        text = data[::-1].replace(b"\x00", b"").decode("latin-1").strip()
        return text if text.isprintable() else None
    number = read(data, form, signed=signed)
    return None if number is None else f"{number:f}"


def _time(data: bytes, form: str) -> datetime | None:
    text = bcd.digits(data)
    if text is None:
        return None
    week = form.find("WW")
    if week >= 0:
        text = text[:week] + text[week + 2 :]
    try:
        return datetime.strptime(text, TIMES[form][0]).replace(tzinfo=UTC)
    except ValueError:
        return None
