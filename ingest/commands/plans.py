"""plan dry-run: who would be asked when about a home, if nobody answered. Names people; meant for the desk's eyes."""

from __future__ import annotations

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.rehearse_call import rehearse_call
from ingest.commands.rosters import a_time
from models.flag import Severity


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parts = commands.add_parser("plan", help="escalation plans").add_subparsers(dest="what", required=True)
    dry = parts.add_parser("dry-run", help="who would be asked when, if nobody answered; nothing is written or sent")
    dry.add_argument("--home", required=True)
    dry.add_argument("--severity", required=True, type=Severity, choices=list(Severity), metavar="|".join(Severity))
    dry.add_argument("--at", type=a_time, help="when the alarm comes, as 2026-11-23T03:00+08:00 (default: now)")


async def run(ctx: ActionContext, arguments: argparse.Namespace, zone: ZoneInfo, now: datetime) -> int:
    """Print one line for each asking."""
    found = await rehearse_call(ctx, arguments.home, arguments.severity, arguments.at or now)
    print(f"plan {found.plan.plan_id}")
    for asking in found.askings:
        at = asking.at.astimezone(zone).isoformat(" ", "seconds")
        who = ", ".join(found.names[person.person_id] for person in asking.people) or "nobody"
        where = asking.level.value if asking.level else "home"
        waits = f"{(asking.until - asking.at).total_seconds():.0f} s"
        print(f"{at}  step {asking.step + 1}  {where} {asking.to.value} ({asking.why.value}), {waits}: {who}")
        if asking.repeats:
            print("then this again, for ever")
    return 0
