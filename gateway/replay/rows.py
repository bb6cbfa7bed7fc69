"""Rows: what a table of recorded readings says, checked cell by cell. Knows CSV, not what the readings mean."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from models.quantity import Quantity, Unit, UnitError, base_unit, to_base
from models.reading import Quality

COLUMNS = ("ts", "home", "device", "quantity", "unit", "value")
_UNITS = {unit.value: unit for unit in Unit} | {
    "": Unit.COUNT,
    "bit": Unit.COUNT,
    "bool": Unit.COUNT,
    "count": Unit.COUNT,
    "l": Unit.LITRE,
    "liter": Unit.LITRE,
    "liters": Unit.LITRE,
    "litre": Unit.LITRE,
    "litres": Unit.LITRE,
    "m^3": Unit.CUBIC_METRE,
    "m³": Unit.CUBIC_METRE,
    "wh": Unit.WATT_HOUR,
    "kwh": Unit.KILOWATT_HOUR,
    "w": Unit.WATT,
    "watt": Unit.WATT,
    "watts": Unit.WATT,
    "kw": Unit.KILOWATT,
}
"""As people and other programs write them; compared in small letters where the exact form is not known."""
_BITS = {"true": Decimal(1), "on": Decimal(1), "false": Decimal(0), "off": Decimal(0)}


class TableError(ValueError):
    """A table can't be used; the message names file, row, column and what to do."""

    def __init__(self, path: Path, row: int, column: str, what: str) -> None:
        super().__init__(f"{path}: row {row}, column {column}: {what}")


class Stream(NamedTuple):
    """One quantity of one device of one home, in one unit."""

    home: str
    device: str
    quantity: Quantity
    unit: Unit


class RecordedRow(NamedTuple):
    """One reading: which stream, when it was heard (aware UTC), the value as it was written."""

    stream: int
    at: datetime
    value: Decimal | None
    quality: Quality


@dataclass(slots=True)
class RecordedTable:
    """All rows of a file in its order, the streams they belong to, and the zone offsets seen in each home."""

    streams: list[Stream] = field(default_factory=list)
    rows: list[RecordedRow] = field(default_factory=list)
    offsets: dict[str, dict[datetime, timedelta]] = field(default_factory=dict)
    """By home: since when (UTC) which offset held."""


class RowReader:
    """Turns raw cells into rows; remembers what it has already checked."""

    def __init__(self, path: Path) -> None:
        self.table = RecordedTable()
        self._path = path
        self._known: dict[tuple[str, str, str, str], int] = {}
        self._offset: dict[str, timedelta] = {}

    def add(self, number: int, at: datetime, names: tuple[str, str, str, str], value: str, quality: str) -> None:
        """Check and keep one row; `names` are home, device, quantity and unit. Raises `TableError`."""
        stream = self._known.get(names)
        if stream is None:
            stream = self._learn(number, names)
        offset = at.utcoffset()
        if offset is None:
            raise self._error(number, "ts", f"{at.isoformat()} has no offset; write it as 2026-01-31T07:05:00+08:00")
        home = names[0]
        if self._offset.get(home) != offset:
            self._offset[home] = offset
            self.table.offsets.setdefault(home, {})[at.astimezone(UTC)] = offset
        amount = self._value(number, value, self.table.streams[stream].quantity)
        self.table.rows.append(RecordedRow(stream, at.astimezone(UTC), amount, self._quality(number, quality, amount)))

    def time(self, number: int, text: str) -> datetime:
        """Return the time that a cell says."""
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            what = f"{text!r} is not an ISO 8601 time; write it as 2026-01-31T07:05:00+08:00"
            raise self._error(number, "ts", what) from None

    def _learn(self, number: int, names: tuple[str, str, str, str]) -> int:
        home, device, quantity_text, unit_text = names
        for column, text in (("home", home), ("device", device)):
            if not text:
                raise self._error(number, column, "it is empty; every reading needs one")
        try:
            quantity = Quantity(quantity_text)
        except ValueError:
            allowed = ", ".join(sorted(Quantity))
            raise self._error(number, "quantity", f"there is no quantity {quantity_text!r}; use {allowed}") from None
        unit = _UNITS.get(unit_text) or _UNITS.get(unit_text.lower())
        if unit is None:
            raise self._error(number, "unit", f"there is no unit {unit_text!r}; use {', '.join(Unit)}")
        try:
            to_base(quantity, Decimal(0), unit)
        except UnitError as error:
            raise self._error(number, "unit", f"{error}; {base_unit(quantity).value} or a multiple is needed") from None
        self.table.streams.append(Stream(home, device, quantity, unit))
        index = self._known[names] = len(self.table.streams) - 1
        return index

    def _value(self, number: int, text: str, quantity: Quantity) -> Decimal | None:
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            bit = _BITS.get(text.lower()) if quantity is Quantity.SMOKE else None
            if bit is not None:
                return bit
            what = f"{text!r} is not a number; give one such as 12.5, or nothing where the meter did not answer"
            raise self._error(number, "value", what) from None
        if not value.is_finite():
            raise self._error(number, "value", f"{text!r} is no amount; leave it empty where the meter did not answer")
        return value

    def _quality(self, number: int, text: str, value: Decimal | None) -> Quality:
        if not text:
            return Quality.NO_ANSWER if value is None else Quality.GOOD
        try:
            return Quality(text)
        except ValueError:
            what = f"there is no quality {text!r}; use {', '.join(Quality)}, or leave it empty"
            raise self._error(number, "quality", what) from None

    def _error(self, number: int, column: str, what: str) -> TableError:
        return TableError(self._path, number, column, what)


def read_csv(path: Path) -> RecordedTable:
    """Return the readings of a CSV file (UTF-8, header first); raises `TableError` or OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        return _read(path, next(lines, []), enumerate(lines, start=2))


def columns_of(path: Path, header: list[str]) -> list[int]:
    """Return where the columns stand, `quality` last and -1 if there is none; raises `TableError`."""
    names = [name.strip() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        what = f"there is no such column; the file needs {', '.join(COLUMNS)} and may have quality"
        raise TableError(path, 1, missing[0], what)
    return [names.index(name) for name in COLUMNS] + [names.index("quality") if "quality" in names else -1]


def _read(path: Path, header: list[str], lines: Iterable[tuple[int, list[str]]]) -> RecordedTable:
    places = columns_of(path, header)
    ts, home, device, quantity, unit, value, quality = places
    width = max(places) + 1
    reader = RowReader(path)
    for number, cells in _whole(path, lines, width):
        names = (cells[home], cells[device], cells[quantity], cells[unit])
        reader.add(number, reader.time(number, cells[ts]), names, cells[value], cells[quality] if quality >= 0 else "")
    return reader.table


def _whole(path: Path, lines: Iterable[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    for number, cells in lines:
        if not cells:
            continue
        if len(cells) < width:
            what = f"the row has {len(cells)} cells, {width} are needed; was the file cut off?"
            raise TableError(path, number, COLUMNS[min(len(cells), len(COLUMNS) - 1)], what)
        yield number, cells
