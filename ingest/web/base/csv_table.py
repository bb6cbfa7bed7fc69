"""CSV that any spreadsheet opens (UTF-8 with a mark, CRLF). Pure.

A cell that a spreadsheet would take for a formula gets an apostrophe before it: names come from people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | bool | None


def write_rows(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as a file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 1)
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell
