"""roster …: who is on call, where nobody is, holidays, stand-ins and swaps."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.change_roster import RosterRefusedError, open_shift, override_roster, sign_up, swap_shifts
from ingest.actions.duty.check_rosters import check_rosters, on_call_now
from ingest.actions.duty.load_holidays import days_of_library, load_holidays
from ingest.domain.base.people import MACHINE
from ingest.store.base.places import path_if_known

HOLES_FOUND = 1


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its parts."""
    parts = commands.add_parser("roster", help="who is on call").add_subparsers(dest="what", required=True)
    check = parts.add_parser("check", help="when nobody would answer in the days to come; 1 if there is such a time")
    check.add_argument("--days", type=int, default=30)
    now = parts.add_parser("now", help="who is on call at each area that has a roster")
    now.add_argument("--at", type=a_time, help="another moment, as 2026-11-23T03:00 (with an offset, or UTC)")
    for part in (check, now):
        part.add_argument("--area", help="only this area and all below it")
    year = parts.add_parser("holidays", help="load a year's rest days and shifted workdays")
    year.add_argument("year", type=int)
    year.add_argument("--official", action="store_true", help="they have been announced, and are so")
    stand_in = parts.add_parser("override", help="somebody answers instead of somebody else, or cannot come")
    stand_in.add_argument("roster")
    stand_in.add_argument("--from", dest="starts", type=a_time, required=True)
    stand_in.add_argument("--to", dest="ends", type=a_time, required=True)
    stand_in.add_argument("--person", help="who comes in; without it nobody does")
    stand_in.add_argument("--replaces", help="instead of whom; without it: of everybody")
    swap = parts.add_parser("swap", help="two take each other's hours")
    swap.add_argument("roster")
    for one in ("one", "other"):
        swap.add_argument(f"--{one}", nargs=3, required=True, metavar=("PERSON", "FROM", "TO"))
    shift = parts.add_parser("open", help="open a shift that people sign up for")
    shift.add_argument("roster")
    shift.add_argument("--from", dest="starts", type=a_time, required=True)
    shift.add_argument("--to", dest="ends", type=a_time, required=True)
    shift.add_argument("--places", type=int, default=1)
    joining = parts.add_parser("sign-up", help="sign somebody up for a shift")
    joining.add_argument("shift")
    joining.add_argument("--person", required=True)


def a_time(text: str) -> datetime:
    """Return an ISO time as aware UTC; one without an offset is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write it like 2026-11-23T03:00+08:00") from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


async def run(ctx: ActionContext, arguments: argparse.Namespace, zone: ZoneInfo, now: datetime) -> int:
    """Do what was asked and print it; return the exit code."""
    if arguments.what == "check":
        return await _check(ctx, arguments, zone, now)
    if arguments.what == "now":
        await _now(ctx, arguments, now)
    elif arguments.what == "holidays":
        days = days_of_library(arguments.year)
        count = await load_holidays(ctx, arguments.year, days, now, official=arguments.official)
        word = "official" if arguments.official else "unofficial until announced: then the same with --official"
        print(f"{arguments.year}: {count} days, {word}")
    else:
        await _change(ctx, arguments, now)
    return 0


async def _check(ctx: ActionContext, arguments: argparse.Namespace, zone: ZoneInfo, now: datetime) -> int:
    begin = now.replace(second=0, microsecond=0)
    checked = await check_rosters(ctx, await scope_of(ctx, arguments.area), begin, timedelta(days=arguments.days))
    for gap in checked.gaps:
        stretch = " – ".join(at.astimezone(zone).isoformat(" ", "minutes") for at in (gap.starts, gap.ends))
        print(f"{gap.area_id} ({gap.level.value}): {stretch}  {gap.lack.value}")
    for year in checked.years_unknown:
        print(f"the holidays of {year} are not loaded: linshe-ingest roster holidays {year}")
    print(f"{len(checked.gaps)} holes in {arguments.days} days at {checked.areas} areas, {checked.rosters} rosters")
    return HOLES_FOUND if checked.gaps else 0


async def _now(ctx: ActionContext, arguments: argparse.Namespace, now: datetime) -> None:
    on_call = await on_call_now(ctx, await scope_of(ctx, arguments.area), arguments.at or now)
    for area, people in on_call.items():
        print(f"{area}: {', '.join(people) or 'nobody (the whole level is asked)'}")
    if not on_call:
        print("no roster: at each level everybody is asked")


async def _change(ctx: ActionContext, arguments: argparse.Namespace, now: datetime) -> None:
    if arguments.what == "override":
        done = await override_roster(
            ctx,
            arguments.roster,
            (arguments.starts, arguments.ends),
            person=arguments.person,
            replaces=arguments.replaces,
            actor=MACHINE,
            now=now,
        )
        print(f"change {done.row} is written")
    elif arguments.what == "swap":
        one, other = (_hours(said) for said in (arguments.one, arguments.other))
        await swap_shifts(ctx, arguments.roster, one, other, actor=MACHINE, now=now)
        print(f"{one[0]} and {other[0]} have swapped")
    elif arguments.what == "open":
        when = (arguments.starts, arguments.ends)
        done = await open_shift(ctx, arguments.roster, when, arguments.places, actor=MACHINE, now=now)
        print(f"shift {done.row} is open")
    else:
        left = await sign_up(ctx, arguments.shift, arguments.person, actor=MACHINE, now=now)
        print(f"{arguments.person} is signed up, {left} places left")


def _hours(said: list[str]) -> tuple[str, tuple[datetime, datetime]]:
    try:
        return said[0], (a_time(said[1]), a_time(said[2]))
    except argparse.ArgumentTypeError as error:
        raise RosterRefusedError(str(error)) from error


async def scope_of(ctx: ActionContext, area: str | None) -> str:
    """Return the path of an area, that of everything for None; raises `RosterRefusedError`."""
    if area is None:
        return "/"
    async with ctx.db.read() as connection:
        path = await path_if_known(connection, area)
    if path is None:
        raise RosterRefusedError(f"there is no area {area!r}")
    return path
