"""What a DL/T 645 answer says beside the registers: names and values for people who look at frames.

A document names identifiers, whole ones or families: in "0005ttss" the letters stand for the tariff and the settlement
day, in "0207pp00" for the phase, in "050601nn" for how many times back. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

import msgspec

from gateway.drivers import dlt645_value
from gateway.drivers.contract import Fact

WORDS = {"t": "tariff", "s": "settlement", "p": "phase", "n": "back"}
HIGHEST = {"t": 0x3F, "s": 0x0C, "p": 3, "n": 0xFE}
_ALL = re.compile("F+")
_BLOCK_END = b"\xaa"
"""Ends a block of the edition of 1997 whose length the meter chooses."""
_THREE_PHASES = 3
_A_TABLE = 2
"""An identifier that asks for all tariffs of all settlement days at once: nobody says how its answer is cut."""


class ShownValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that detectors have no word for. A `format` of several parts joined by + is a value of several."""

    name: str
    format: str
    unit: str = ""
    signed: bool = False


def find(table: Mapping[str, ShownValue], di: str) -> tuple[ShownValue, dict[str, str]] | None:
    """Return what `di` is by the table, and the digits that its family leaves open, by letter; None if unknown."""
    if di in table:
        return table[di], {}
    for family, shown in table.items():
        open_digits = _open_digits(family, di)
        if open_digits and sum(bool(_ALL.fullmatch(digits)) for digits in open_digits.values()) < _A_TABLE:
            return shown, open_digits
    return None


def facts(shown: ShownValue, open_digits: Mapping[str, str], value: bytes) -> tuple[Fact, ...] | None:
    """Return the values in `value` (order of the wire), several where the identifier asks for all; None if unreadable.

    What a meter does not keep comes as FF and is left out.
    """
    size = sum(dlt645_value.size(part) for part in shown.format.split("+"))
    block = next((letter for letter, digits in open_digits.items() if _ALL.fullmatch(digits)), "")
    many = bool(block) or "n" in open_digits
    if block:
        value = value.removesuffix(_BLOCK_END)
    if not value or len(value) % size or (len(value) > size and not many):
        return None
    fixed = [(WORDS[letter], int(digits, 16)) for letter, digits in open_digits.items() if letter != block]
    found: list[Fact] = []
    count = len(value) // size
    first = 1 if block == "p" and count == _THREE_PHASES else 0
    for number in range(count):
        part = value[number * size : (number + 1) * size]
        if part == b"\xff" * size:
            continue
        text = _text(part, shown)
        if text is None:
            return None
        place = [(WORDS[block or "t"], number + first)]
        marks = [f"{word}{at}" for word, at in [*place, *fixed] if at]
        found.append(Fact(".".join([shown.name, *marks]), text, shown.unit))
    return tuple(found)


def _text(data: bytes, shown: ShownValue) -> str | None:
    said: list[str] = []
    reached = 0
    for form in shown.format.split("+"):
        size = dlt645_value.size(form)
        text = dlt645_value.show(data[reached : reached + size], form, signed=shown.signed and not said)
        if text is None:
            return None
        said.append(text)
        reached += size
    return " ".join(said)


def _open_digits(family: str, di: str) -> dict[str, str]:
    """Return the digits at the letters of `family`; nothing where `di` is not one of it, or nothing is open."""
    if len(family) != len(di):
        return {}
    found: dict[str, str] = {}
    for letter, run in groupby(range(len(di)), key=lambda at: family[at] if family[at] in WORDS else ""):
        places = list(run)
        digits = di[places[0] : places[-1] + 1]
        if letter and not _ALL.fullmatch(digits) and int(digits, 16) > HIGHEST[letter]:
            return {}
        if letter:
            found[letter] = digits
        elif digits != family[places[0] : places[-1] + 1]:
            return {}
    return found
