"""A month of 5,000 homes in virtual time on PostgreSQL: are the promises of dispatch kept, and what are its figures?

    python tests/bench/month.py [--homes 5000] [--days 30] [--seed 1]

A district shaped like a real one, a month of flags, people who answer or do not, vendors that lose things; everything
between is the ingester's own. Every tick proves that no live ticket is without a deadline to come and that no notice
waits longer than it may; the end proves that no notice was lost or doubled. Prints the key figures, and one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.base.secrets import MasterKey
from ingest.actions.duty.load_holidays import days_of_library, load_holidays
from ingest.domain.tickets.case_log import Case
from ingest.figures.domain.kpi import exceptions, figures
from ingest.figures.domain.kpi_people import loads
from ingest.figures.domain.precision import precision
from ingest.figures.store.kpi_facts import asked_between, cases_between, names_of_people
from ingest.places.actions.load_places import load_places
from ingest.places.placefile_reader import read_places
from ingest.places.sheets.exchange import import_sheets
from ingest.places.sheets.workbook import Sheet
from ingest.store.base.database import Database, driver_url
from ingest.store.migrate import migrate
from ingest.store.notices.counts import figures_of
from ingest.wings import WINGS, open_database
from simulators.district.build import District, build_district
from simulators.district.files import write_district
from simulators.district.names import STREETS
from simulators.month.flags import HomeAt, month_of_flags, outages_of
from tests.bench.month_play import Month
from tests.bench.month_vendor import Books, Faults, VendorInPlay, balance, outages
from tests.ingest.postgres_server import PostgresServer, run_apart

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 11, 30, 16, tzinfo=UTC)
"""Local midnight of 1 December 2026."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How large a month."""

    homes: int = 5000
    days: int = 30
    seed: int = 1
    busy: float = 1.0
    """How many times as many flags as usual."""


def district_of(wish: Wish) -> District:
    """Return a district of exactly so many homes: the whole of it, or for a small month some of its streets."""
    streets = len(STREETS) if wish.homes >= 1000 else 1
    each = 1
    while len((district := build_district(wish.seed, each, streets)).tables["homes"]) < wish.homes:
        each += 1
    kept = {row["id"] for row in district.tables["homes"][: wish.homes]}
    for name, column in (("homes", "id"), ("residents", "home"), ("contacts", "home")):
        district.tables[name] = [row for row in district.tables[name] if row[column] in kept]
    return district


async def load_district(ctx: ActionContext, district: District, folder: Path) -> None:
    """Bring the district in as an office would: its tables, its rosters and plans, the year's holidays."""
    sheets = [
        Sheet(name, name, tuple(dict.fromkeys(key for row in rows for key in row)), tuple(enumerate(rows, start=2)))
        for name, rows in district.tables.items()
    ]
    report = await import_sheets(ctx, sheets, dry_run=False)
    assert report.written, report.bad[:5]
    await load_places(ctx, read_places(write_district(district, folder)[-1]))
    for year in (BEGIN.year, BEGIN.year + 1):
        await load_holidays(ctx, year, days_of_library(year), BEGIN)


async def play_month(db: Database, wish: Wish, folder: Path) -> tuple[Month, Books, dict[str, float]]:
    """Play the month on a migrated, empty database; return the play, the books, and how long its parts took."""
    ctx = ActionContext(db, MasterKey(bytes(range(32))), "https://linshe.example", WINGS)
    district = district_of(wish)
    took = {"load_s": -time.perf_counter()}
    await load_district(ctx, district, folder)
    took["load_s"] += time.perf_counter()
    homes = [HomeAt(row["id"], row["gateway"], row["area"]) for row in district.tables["homes"]]
    gateways = sorted({home.gateway_id for home in homes})
    cut = outages_of(Random(f"{wish.seed} outages"), gateways, BEGIN, wish.days)
    flags = month_of_flags(Random(f"{wish.seed} flags"), homes, BEGIN, wish.days, outages=cut, busy=wish.busy)
    vendors: dict[str, VendorInPlay] = {}
    month = Month(ctx, BEGIN, Random(f"{wish.seed} people"), vendors, timedelta(hours=8))
    down = outages(BEGIN, wish.days)
    for name in ("sms", "voice"):
        faults = Faults(down=down if name == "sms" else ())
        vendors[name] = VendorInPlay(name, lambda: month.at, Random(f"{wish.seed} {name}"), faults)
    await month.load(flags, gateways, cut, wish.days)
    took["play_s"] = -time.perf_counter()
    await month.play(BEGIN + timedelta(days=wish.days))
    took["play_s"] += time.perf_counter()
    async with db.read() as connection:
        books = await balance(connection, list(vendors.values()), BEGIN)
    return month, books, {name: round(value, 1) for name, value in took.items()}


async def key_figures(db: Database, wish: Wish) -> dict[str, Any]:
    """Return what the numbers page would show for the month."""
    end = BEGIN + timedelta(days=wish.days)
    async with db.read() as connection:
        cases = await cases_between(connection, "/", BEGIN, end)
        asked = await asked_between(connection, "/", BEGIN, end)
        names = await names_of_people(connection)
        counted = await figures_of(connection, "/")
    found = figures(cases, end)
    carried = loads(cases, asked, end)
    minutes = {role: sum(one.minutes for one in carried if names[one.person_id].role == role) for role in ROLES}
    return {
        **{
            name: {"part": share.part, "of": share.whole, "rate": share.rate}
            for name, share in (
                ("acknowledged_60_s", found.in_60_s),
                ("acknowledged_180_s", found.in_180_s),
                ("at_the_door_45_min", found.arrived),
                ("resolved", found.resolved),
            )
        },
        "tickets": found.tickets,
        "alarms": found.alarms,
        "median_ack_s": found.median_ack_s,
        "slowest_ack_s": found.slowest_ack_s,
        "median_arrival_s": found.median_arrival_s,
        "reopened": found.reopened,
        "precision": {row.kind: [row.right.part, row.right.whole] for row in precision([("", case) for case in cases])},
        "people_asked": sum(one.asked > 0 for one in carried),
        "people_went": sum(one.taken > 0 for one in carried),
        "most_tickets_of_one": max((one.taken for one in carried), default=0),
        "most_asked_of_one": max((one.asked for one in carried), default=0),
        "hours": {role: round(spent / 60) for role, spent in minutes.items()},
        "flags": counted.flags,
        "notices": counted.notices_by_status,
        "tickets_by_status": counted.tickets_by_status,
        "flags_doubled": counted.duplicates,
        "acknowledged_late": {
            late.ticket_id: log_of(cases, late.ticket_id) for late in exceptions(cases, end) if late.worse
        },
    }


def log_of(cases: Sequence[Case], ticket_id: str) -> list[str]:
    """Return what happened on a ticket, by seconds after its opening: to see why it was acknowledged late."""
    case = next(one for one in cases if one.ticket_id == ticket_id)
    return [
        f"{(entry.at - case.opened_at).total_seconds():.0f} {entry.event} {entry.severity or ''}".rstrip()
        for entry in case.log
    ]


ROLES = ("volunteer", "social_worker", "dispatcher", "administrator")


async def _run(url: str, wish: Wish) -> dict[str, Any]:
    db = open_database(driver_url(url))
    try:
        await migrate(db)
        with tempfile.TemporaryDirectory() as folder:
            month, books, took = await play_month(db, wish, Path(folder))
        said = await key_figures(db, wish)
    finally:
        await db.close()
    return {
        "homes": wish.homes,
        "days": wish.days,
        **took,
        "ticks": month.ticks,
        "most_live_tickets": month.most_live,
        "cpu_s": round(time.process_time(), 1),
        **said,
        "happened": dict(sorted(month.counts.items())),
        "books": asdict(books),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print, and return 1 if a notice was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=int, default=5000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", type=float, default=1.0)
    wish = Wish(**vars(parser.parse_args(arguments)))
    server = PostgresServer()
    try:
        server.start()
        found = asyncio.run(_run(server.url(run_apart(server.new_database())), wish))
    finally:
        server.stop()
    for name, value in found.items():
        print(f"{name:>22}  {value}")
    print(json.dumps(found))
    return 1 if found["books"]["lost"] or found["books"]["doubled"] or found["flags_doubled"] else 0


if __name__ == "__main__":
    sys.exit(main())
