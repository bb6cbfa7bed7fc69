"""Export: the places and people of a subtree as sheets that import takes back. Everything in them is personal data."""

from __future__ import annotations

from ingest.places.sheets.columns import write_sheet
from ingest.places.sheets.workbook import Sheet
from ingest.places.store.entries import ENTRY_SHEETS, read_entries
from ingest.store.base.database import Connection


async def export_sheets(connection: Connection, scope: str) -> list[Sheet]:
    """Return one sheet for each kind of entry, in a stable order; `scope` is the path of an area.

    A district of its own can be loaded elsewhere as it is; a smaller subtree needs the areas above it.
    """
    return [write_sheet(name, await read_entries(connection, scope, name)) for name in ENTRY_SHEETS]
