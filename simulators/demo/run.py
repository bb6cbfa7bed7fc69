"""Run: the command `linshe-sim demo`: its options, its signals, its exit code."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from simulators.demo.children import ChildError
from simulators.demo.folder import DEFAULT_NAME, FolderError
from simulators.demo.play import Demo, DemoWishes

_LEAST_HOMES = 17
_KILLABLE = ("gateway", "broker", "ingest")


def add_demo_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--for", dest="seconds", type=float, help="end by itself after so many seconds of story")
    parser.add_argument("--homes", type=int, default=20, help=f"at least {_LEAST_HOMES}, the homes of the story")
    parser.add_argument("--dir", type=Path, default=Path(DEFAULT_NAME), help="where everything is kept")
    parser.add_argument("--rate", type=float, help="speed of the virtual clock until it reaches the present")
    parser.add_argument("--kill", default="", help="kill -9 these in turn: " + ",".join(_KILLABLE))
    parser.add_argument("--seed", type=int, default=1, help="decides when --kill kills")


def run_demo(args: argparse.Namespace) -> int:
    """Play until the time is up or Ctrl-C; returns the exit code."""
    kill = tuple(name for name in args.kill.split(",") if name)
    if unknown := set(kill) - set(_KILLABLE):
        print(f"linshe-sim demo: --kill {min(unknown)}: only {', '.join(_KILLABLE)} can be killed", file=sys.stderr)
        return 2
    if not _LEAST_HOMES <= args.homes <= 200:
        print(f"linshe-sim demo: --homes {args.homes}: must be {_LEAST_HOMES} to 200", file=sys.stderr)
        return 2
    wishes = DemoWishes(args.seconds, args.homes, args.dir, args.rate, kill, args.seed)
    try:
        return asyncio.run(_perform(wishes))
    except (FolderError, ChildError) as error:
        print(f"linshe-sim demo: {error}", file=sys.stderr)
        return 1


async def _perform(wishes: DemoWishes) -> int:
    playing = asyncio.create_task(Demo(wishes).play())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        return 130
