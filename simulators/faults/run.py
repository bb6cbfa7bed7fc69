"""Run: the command `linshe-sim faults`: its options, its signals, its last line, its exit code."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from simulators.demo.children import ChildError
from simulators.demo.folder import FolderError, claim
from simulators.faults.bench import Bench
from simulators.faults.house import House
from simulators.faults.injuries import TABLE


def add_faults_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    how_long = "how long to hurt (default 300), each fault at least once"
    parser.add_argument("--for", dest="seconds", type=float, default=300.0, help=how_long)
    parser.add_argument("--seed", type=int, default=1, help="decides what happens when")
    parser.add_argument("--only", default="", help="only these faults: " + ",".join(TABLE))
    parser.add_argument("--homes", type=int, default=100, help="homes whose detectors howl; default 100")
    parser.add_argument("--sqlite", action="store_true", help="SQLite, even where PostgreSQL is installed")
    parser.add_argument("--dir", type=Path, default=Path(".faults"), help="where everything is kept; an empty folder")


def run_faults(args: argparse.Namespace) -> int:
    """Hurt the house, print the table and one line of JSON; 1 if anything was lost or doubled."""
    only = [name for name in args.only.split(",") if name]
    if unknown := set(only) - set(TABLE):
        print(f"linshe-sim faults: --only {min(unknown)}: there are {', '.join(TABLE)}", file=sys.stderr)
        return 2
    if not 1 <= args.homes <= 2000:
        print(f"linshe-sim faults: --homes {args.homes}: must be 1 to 2000", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_perform(args, only))
    except (FolderError, ChildError, OSError) as error:
        print(f"linshe-sim faults: {error}", file=sys.stderr)
        return 1


async def _perform(args: argparse.Namespace, only: list[str]) -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    homes = [f"h-{number:04}" for number in range(1, args.homes + 1)]
    house = House(claim(args.dir), time.monotonic, homes, use_postgres=not args.sqlite)
    begin = time.monotonic()
    try:
        await house.open()
        base = "SQLite" if house.postgres is None else "PostgreSQL"
        print(f"the house stands after {time.monotonic() - begin:.0f} s, on {base}", flush=True)
        bench = Bench(house, args.seed, only, time.monotonic)
        outcome = await bench.run(args.seconds, lambda text: print(text, flush=True))
    except asyncio.CancelledError:
        return 130
    finally:
        await house.close()
        house.folder.release()
    for kind, found in (("lost", outcome.lost), ("twice", outcome.doubled)):
        for one in found[:20]:
            print(f"{kind:6} {one}")
    print(f"\n{outcome.table()}\n")
    print(outcome.last_line(seed=args.seed, database=base, seconds=round(time.monotonic() - begin)), flush=True)
    return 0 if outcome.good else 1
