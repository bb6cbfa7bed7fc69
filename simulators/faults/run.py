"""Run: the command `linshe-sim faults`: its options, its signals, its last line, its exit code."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from simulators.demo.children import ChildError
from simulators.demo.folder import FolderError, claim
from simulators.faults.bench import Bench, FaultPlan
from simulators.faults.kinds.injector import Injector
from simulators.faults.kinds.table import TABLE
from simulators.faults.scene.installation import SINGLE_HOMES, Installation, unmount_leftovers


def add_faults_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    how_long = "how long to hurt (default 300), each fault at least once"
    parser.add_argument("--for", dest="seconds", type=float, default=300.0, help=how_long)
    parser.add_argument("--faults", type=int, default=0, help="go on until there were so many")
    parser.add_argument("--hands", type=int, default=6, help="how many faults at the same time; default 6")
    rounds = f"how often one flag is posted sixteen times at once; default {SINGLE_HOMES}, at most that"
    parser.add_argument("--rounds", type=int, default=SINGLE_HOMES, help=rounds)
    alone = "first kill one of two workers so often with nothing else hurt; default 10"
    parser.add_argument("--lone-kills", type=int, default=10, help=alone)
    parser.add_argument("--seed", type=int, default=1, help="decides what happens when")
    parser.add_argument("--only", default="", help="only these faults: " + ",".join(TABLE))
    parser.add_argument("--homes", type=int, default=300, help="homes whose detectors howl; default 300")
    parser.add_argument("--sqlite", action="store_true", help="SQLite, even where PostgreSQL is installed")
    parser.add_argument("--dir", type=Path, default=Path(".faults"), help="where everything is kept; an empty folder")


def run_faults(args: argparse.Namespace) -> int:
    """Hurt the house, print the table and one line of JSON; 1 if anything was lost or doubled."""
    only = [name for name in args.only.split(",") if name]
    if unknown := set(only) - set(TABLE):
        print(f"linshe-sim faults: --only {min(unknown)}: there are {', '.join(TABLE)}", file=sys.stderr)
        return 2
    for name, value, lowest, highest in (
        ("--homes", args.homes, 1, 2000),
        ("--hands", args.hands, 1, 8),
        ("--rounds", args.rounds, 0, SINGLE_HOMES),
        ("--lone-kills", args.lone_kills, 0, 1000),
    ):
        if not lowest <= value <= highest:
            print(f"linshe-sim faults: {name} {value}: must be {lowest} to {highest}", file=sys.stderr)
            return 2
    try:
        return asyncio.run(_perform(args, only))
    except* (FolderError, ChildError, OSError) as errors:
        print(f"linshe-sim faults: {errors.exceptions[0]}", file=sys.stderr)
    return 1


async def _perform(args: argparse.Namespace, only: list[str]) -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    rng = Random(args.seed)  # noqa: S311 - a play, not a secret
    unmount_leftovers(args.dir)
    installation = Installation(claim(args.dir), time.monotonic, args.homes, use_postgres=not args.sqlite, rng=rng)
    begin = time.monotonic()
    try:
        await installation.open()
        bases = (
            "SQLite" if installation.postgres is None else "PostgreSQL",
            "rumqttd" if installation.broker_store is None else "Mosquitto",
        )
        print(f"the house stands after {time.monotonic() - begin:.0f} s, on {' and '.join(bases)}", flush=True)
        injector = Injector(installation, rng, lambda: datetime.now(UTC))
        plan = FaultPlan(args.seconds, args.faults, args.hands, args.rounds, args.lone_kills)
        outcome = await Bench(injector, only, plan, time.monotonic).run(lambda text: print(text, flush=True))
    except asyncio.CancelledError:
        return 130
    finally:
        await installation.close()
        installation.folder.release()
    for kind, found in (("lost", outcome.lost), ("twice", outcome.doubled)):
        for one in found[:20]:
            print(f"{kind:6} {one}")
    print(f"\n{outcome.table()}\n")
    more = {"seed": args.seed, "database": bases[0], "broker": bases[1], "seconds": round(time.monotonic() - begin)}
    print(outcome.last_line(**more), flush=True)
    return 0 if outcome.good else 1
