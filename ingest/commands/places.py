"""places import, places export: the tree, stations, homes and people as CSV and XLSX."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingest.actions.base.context import ActionContext
from ingest.commands.rosters import scope_of
from ingest.places.sheets.exchange import export_sheets, import_sheets
from ingest.places.sheets.workbook import WorkbookError, read_workbook, write_csv, write_xlsx

BAD_ROWS = 1


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its parts."""
    parts = commands.add_parser("places", help="areas, homes and people as tables").add_subparsers(
        dest="what", required=True
    )
    load = parts.add_parser("import", help="load tables, all or nothing; 1 if a row is bad")
    load.add_argument("files", type=Path, nargs="+", help="an .xlsx, or .csv files named areas.csv, homes.csv, …")
    load.add_argument("--dry-run", action="store_true", help="only say what is wrong")
    save = parts.add_parser("export", help="write an .xlsx, or a folder of .csv files")
    save.add_argument("to", type=Path)
    save.add_argument("--area", help="only this area and all below it")


async def run(ctx: ActionContext, arguments: argparse.Namespace) -> int:
    """Do it and print what came of it; return the exit code."""
    if arguments.what == "export":
        return await _export(ctx, arguments)
    sheets = [sheet for file in arguments.files for sheet in read_workbook(str(file), file.read_bytes())]
    report = await import_sheets(ctx, sheets, dry_run=arguments.dry_run)
    for bad in report.bad:
        print(bad)
    counts = ", ".join(f"{count} {name}" for name, count in report.rows.items()) or "nothing"
    outcome = "written" if report.written else ("nothing is written" if report.bad else "would be written")
    print(f"{counts}: {len(report.bad)} to mend, {outcome}")
    return BAD_ROWS if report.bad else 0


async def _export(ctx: ActionContext, arguments: argparse.Namespace) -> int:
    to: Path = arguments.to
    scope = await scope_of(ctx, arguments.area)
    async with ctx.db.read() as connection:
        sheets = await export_sheets(connection, scope)
    if to.suffix.lower() == ".xlsx":
        to.write_bytes(write_xlsx(sheets))
    elif to.suffix:
        raise WorkbookError(f"{to}: give an .xlsx file or a folder")
    else:
        to.mkdir(parents=True, exist_ok=True)
        for sheet in sheets:
            (to / f"{sheet.name}.csv").write_bytes(write_csv(sheet))
    print(", ".join(f"{len(sheet.rows)} {sheet.name}" for sheet in sheets), "in", to)
    return 0
