"""Workbooks: CSV and XLSX, bytes both ways. Every cell is text; knows nothing of what stands in it.

A sheet's first row names its columns. CSV is read as UTF-8, or as GB 18030 (what a Chinese Excel saves); a cell that a
spreadsheet would take for a formula is written with a leading apostrophe in CSV, and as plain text in XLSX.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

MOST_BYTES = 50_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class WorkbookError(ValueError):
    """The file is no table; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `file` is what messages call it; `rows` are (row number as a spreadsheet shows it, column → text)."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_workbook(file: str, data: bytes) -> list[Sheet]:
    """Return the sheets in a .csv (one, named as the file) or .xlsx file; raises `WorkbookError`."""
    if len(data) > MOST_BYTES:
        raise WorkbookError(f"{file}: is larger than {MOST_BYTES // 1_000_000} MB; split it")
    name = PurePath(file)
    if name.suffix.lower() == ".csv":
        return [_sheet(name.stem, file, list(csv.reader(io.StringIO(_text(file, data), newline=""))))]
    if name.suffix.lower() == ".xlsx":
        return _read_xlsx(file, data)
    raise WorkbookError(f"{file}: give .csv or .xlsx")


def write_csv(sheet: Sheet) -> bytes:
    """Return the sheet as CSV that a spreadsheet opens rightly (UTF-8 with a mark)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([_guarded(row.get(column, "")) for column in sheet.columns] for _, row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as one workbook of text cells."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.set_column(0, max(len(sheet.columns) - 1, 0), 18, text)
            page.freeze_panes(1, 0)
            for index, column in enumerate(sheet.columns):
                page.write_string(0, index, column, head)
            for number, (_, row) in enumerate(sheet.rows, start=1):
                for index, column in enumerate(sheet.columns):
                    if row.get(column):
                        page.write_string(number, index, _quoted(row[column]), text)
    return out.getvalue()


def _text(file: str, data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkbookError(f"{file}: is neither UTF-8 nor GB 18030 text; save it as CSV UTF-8")


def _read_xlsx(file: str, data: bytes) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        pages = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookError(f"{file}: can not be read as a workbook; save it again as .xlsx") from error
    return [_sheet(name, f"{file}[{name}]", [[_cell(cell) for cell in row] for row in rows]) for name, rows in pages]


def _cell(value: object) -> str:
    """Return a cell as somebody would have typed it; a telephone number that became a number has no fraction."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _sheet(name: str, file: str, rows: list[list[str]]) -> Sheet:
    columns = tuple(column.strip() for column in rows[0]) if rows else ()
    while columns and not columns[-1]:
        columns = columns[:-1]
    doubled = {column for column in columns if columns.count(column) > 1}
    if not columns or "" in columns or doubled:
        what = f"has the column {', '.join(sorted(doubled))} twice" if doubled else "has no names in its first row"
        raise WorkbookError(f"{file}: {what}")
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [_unguarded(cell).strip() for cell in row]
        if any(cells):
            extra = [cell for cell in cells[len(columns) :] if cell]
            named = dict(zip(columns, cells, strict=False))
            found.append((number, {**named, **({"": extra[0]} if extra else {})}))
    return Sheet(name, file, columns, tuple(found))


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else _quoted(cell)


def _quoted(cell: str) -> str:
    """Return a cell that reading would take for a guarded one with another apostrophe, so that it comes back."""
    return f"'{cell}" if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _is_number(cell: str) -> bool:
    return cell[:1] in "+-" and cell[1:].replace(" ", "").isdigit()


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
