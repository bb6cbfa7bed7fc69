"""Columns: rows of text to the entries of a place file, and back. Names each bad cell; knows nothing of files.

The columns of a sheet are the fields of its entry. Lists are written `a; b`, channels `sms:+8613…; voice:+86574…` in
their order. Rosters and plans stay in place files: a rotation is no row.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ingest.places.domain.placefile import (
    AreaEntry,
    ChannelEntry,
    ContactEntry,
    GatewayEntry,
    HomeEntry,
    PersonEntry,
    PlaceFile,
    PlaceFileError,
    ResidentEntry,
    StationEntry,
    check_area,
    check_gateway_id,
    check_home,
    check_person,
    check_resident,
    check_ways,
)
from ingest.places.sheets.workbook import Sheet

ENTRIES: dict[str, type[Any]] = {
    "areas": AreaEntry,
    "stations": StationEntry,
    "gateways": GatewayEntry,
    "homes": HomeEntry,
    "people": PersonEntry,
    "residents": ResidentEntry,
    "contacts": ContactEntry,
}
"""Sheet → what a row of it is, in the order in which they are loaded."""
_CHECKS: dict[str, Callable[[Any], None]] = {
    "areas": check_area,
    "gateways": lambda entry: check_gateway_id(entry.id),
    "homes": check_home,
    "people": check_person,
    "residents": check_resident,
    "contacts": lambda entry: check_ways("contacts", entry),
}
REFERENCES: dict[str, dict[str, str]] = {
    "areas": {"parent": "areas"},
    "stations": {"area": "areas"},
    "gateways": {"area": "areas"},
    "homes": {"area": "areas", "gateway": "gateways"},
    "people": {"area": "areas", "station": "stations", "areas": "areas"},
    "residents": {"home": "homes"},
    "contacts": {"home": "homes"},
}
"""Sheet → column → the sheet whose ids may stand there."""
_YES, _NO = {"yes", "true", "1", "是", "有"}, {"no", "false", "0", "否", "无"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing to mend: where it is, what is wrong and what to do."""

    file: str
    row: int
    column: str
    problem: str
    rule: str = ""
    """What was broken, in one word, where a page says it in the reader's language."""

    def __str__(self) -> str:
        """Return it as a line for whoever mends it."""
        where = f"{self.file}, row {self.row}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.problem}"


def read_entry(sheet: Sheet, number: int, row: dict[str, str]) -> Any | list[BadRow]:
    """Return the entry in a row, or everything that is wrong with it."""
    kind = ENTRIES[sheet.name]
    bad: list[BadRow] = []
    data: dict[str, Any] = {}
    if "" in row:
        bad.append(BadRow(sheet.file, number, "", "has more cells than there are columns; take out the last ones"))
    hints = typing.get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        text = row.get(field.name, "")
        if not text:
            if field.required:
                bad.append(BadRow(sheet.file, number, field.name, "is empty; fill it in", "empty"))
            continue
        try:
            data[field.name] = msgspec.convert(
                _plain(field.name, hints[field.name], text), hints[field.name], strict=False
            )
        except (msgspec.ValidationError, ValueError) as error:
            bad.append(BadRow(sheet.file, number, field.name, f"{text!r} can not stand here: {error}", "unreadable"))
    if bad:
        return bad
    entry = kind(**data)
    problem = check_entry(sheet.name, entry)
    return entry if problem is None else [BadRow(sheet.file, number, "", str(problem), problem.rule)]


def check_entry(name: str, entry: Any) -> PlaceFileError | None:
    """Return what is wrong with an entry beyond its types, or None."""
    try:
        _CHECKS.get(name, lambda _: None)(entry)
    except PlaceFileError as error:
        return error
    return None


def write_sheet(name: str, entries: Sequence[Any]) -> Sheet:
    """Return the entries as a sheet."""
    columns = tuple(field.name for field in msgspec.structs.fields(ENTRIES[name]))
    rows = tuple(
        (number, {column: _written(getattr(entry, column)) for column in columns})
        for number, entry in enumerate(entries, start=2)
    )
    return Sheet(name, name, columns, rows)


def unknown_columns(sheet: Sheet) -> list[str]:
    """Return the columns that no entry of the sheet has."""
    known = {field.name for field in msgspec.structs.fields(ENTRIES[sheet.name])}
    return [column for column in sheet.columns if column not in known]


def place_file(entries: dict[str, list[Any]]) -> PlaceFile:
    """Return the entries as a place file."""
    return PlaceFile(**entries)


def _plain(name: str, hint: Any, text: str) -> Any:
    if name == "channels":
        return [_channel(part) for part in _parts(text)]
    if typing.get_origin(hint) is list:
        return _parts(text)
    if hint is bool:
        word = text.lower()
        if word not in _YES | _NO:
            raise ValueError("write yes or no")
        return word in _YES
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]


def _channel(text: str) -> dict[str, str]:
    kind, colon, address = text.replace("：", ":", 1).partition(":")
    if not colon or not kind.strip() or not address.strip():
        raise ValueError("write a channel and an address, as sms:+8613800000000")
    return {"kind": kind.strip(), "address": address.strip()}


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(f"{one.kind}:{one.address}" if isinstance(one, ChannelEntry) else str(one) for one in value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
