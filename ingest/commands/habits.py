"""habits export | load | drop: added counts out to `python -m models.fit`, and its prior back in, for one area."""

from __future__ import annotations

import argparse
from datetime import date, datetime, timedelta
from pathlib import Path

from ingest.actions.base.context import ActionContext
from ingest.fleet.actions.fit_district import PriorFileError, district_counts, drop_fitted, load_fitted

_WEEKS = 26


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parts = commands.add_parser("habits", help="what homes add up to, for the prior").add_subparsers(
        dest="what", required=True
    )
    export = parts.add_parser("export", help="write the counts that gateways sent, for python -m models.fit")
    export.add_argument("file", type=Path)
    export.add_argument("--weeks", type=int, default=_WEEKS, help=f"how far back (default: {_WEEKS})")
    load = parts.add_parser("load", help="let a prior that models.fit wrote hold in an area; its gateways are told")
    load.add_argument("file", type=Path)
    drop = parts.add_parser("drop", help="take an area's prior back: the shipped one holds again")
    for part in (export, load, drop):
        part.add_argument("--area", required=True, help="the area, such as the district")


async def run(ctx: ActionContext, arguments: argparse.Namespace, today: date, now: datetime) -> int:
    """Run one of them; raises `PriorFileError`."""
    if arguments.what == "export":
        counts, gateways = await district_counts(ctx, arguments.area, today - timedelta(weeks=arguments.weeks))
        arguments.file.write_text(counts, encoding="utf-8")
        print(f"{arguments.file}: the counts of {gateways} gateways")
    elif arguments.what == "load":
        told = await load_fitted(ctx, arguments.area, _read(arguments.file), now)
        print(f"the prior holds in {arguments.area}; {told} gateways are told")
    else:
        told = await drop_fitted(ctx, arguments.area, now)
        print(f"the shipped prior holds in {arguments.area} again; {told} gateways are told")
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PriorFileError(f"{file} is not UTF-8; give the file that python -m models.fit --prior wrote") from error
