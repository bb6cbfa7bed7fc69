"""`linshe-gateway replay`: its arguments, its files, its progress and its errors."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.assembly.homes import places, roster
from gateway.config.catalogue import load_settings
from gateway.config.presets import read_preset
from gateway.replay.drive import ReplayPlan, Run
from gateway.replay.ledger import read_ledger
from gateway.replay.lines import flag_line, state_line
from gateway.replay.rows import RecordedTable, TableError, read_csv
from models.household.settings import HomeSettings
from models.kit.config_reader import ConfigError

_BUDGETS = (0.001, 100.0)


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `replay` takes."""
    parser.add_argument("--readings", type=Path, required=True, help="recorded readings: CSV or Parquet")
    parser.add_argument("--out", type=Path, required=True, help="where the flags go, one JSON object a line")
    parser.add_argument("--config", type=Path, help="a gateway.toml; without it the defaults hold")
    parser.add_argument("--budget", type=_budget, help="false alarms allowed per home and 30 days")
    parser.add_argument("--away", type=Path, help="the away ledger: CSV with home, from, until")
    parser.add_argument("--states", type=Path, help="where to write, at the end, how well each home is watched")
    parser.add_argument("--quiet", action="store_true", help="no progress, no summary")


def run_replay(args: argparse.Namespace) -> int:
    """Run `replay`; 0 when all rows went through, 2 when an input can't be used (nothing is written then)."""
    started = time.perf_counter()
    try:
        table = read_table(args.readings)
        ledger = read_ledger(args.away) if args.away is not None else []
        plan = _plan(args.config, args.budget, args.away is not None)
    except (TableError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: can't be read: {error.strerror}; check the path", file=sys.stderr)
        return 2
    flags = 0
    try:
        with args.out.open("w", encoding="utf-8") as out:
            run = Run(table, plan)
            for flag in run.flags(ledger, _progress(args.quiet)):
                out.write(flag_line(flag) + "\n")
                flags += 1
        if args.states is not None:
            args.states.write_text("".join(state_line(state) + "\n" for state in run.states()), encoding="utf-8")
    except OSError as error:
        print(f"{error.filename}: can't be written: {error.strerror}; check the path", file=sys.stderr)
        return 2
    if not args.quiet:
        seconds = time.perf_counter() - started
        rate = len(table.rows) / max(seconds, 1e-9)
        print(f"{len(table.rows)} readings, {flags} flags, {seconds:.1f} s, {rate:,.0f} readings/s", file=sys.stderr)
    return 0


def read_table(path: Path) -> RecordedTable:
    """Return the readings of a CSV file, or of a Parquet file by its ending; raises `TableError` or OSError."""
    if path.suffix.lower() not in {".parquet", ".pq"}:
        return read_csv(path)
    # pyarrow is heavy and not installed on gateways: only a Parquet file needs it
    from gateway.replay.parquet import read_parquet  # noqa: PLC0415

    return read_parquet(path)


def _plan(config: Path | None, budget: float | None, ledger: bool) -> ReplayPlan:
    if config is None:
        return ReplayPlan(HomeSettings(budget=budget or 1.0, ledger=ledger), {})
    settings, documents = load_settings(config)
    homes = roster(settings, documents).homes
    allowed = budget or settings.detection.budget
    zone, params = ZoneInfo(settings.gateway.timezone), read_preset(settings.detection.preset)
    default = HomeSettings(zone=zone, budget=allowed, ledger=ledger, params=params)
    configured = {home: replace(watched, budget=allowed, ledger=ledger) for home, watched in homes.items()}
    return ReplayPlan(default, configured, tuple(places(settings)))


def _budget(text: str) -> float:
    low, high = _BUDGETS
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number from {low:g} to {high:g}, such as 1 or 0.3")
    return value


def _progress(quiet: bool) -> Callable[[int, int], None]:
    if quiet or not sys.stderr.isatty():
        return lambda done, rows: None

    def show(done: int, rows: int) -> None:
        end = "\n" if done == rows else ""
        print(f"\r{done * 100 // rows:3d} %  {done} of {rows} readings", end=end, file=sys.stderr, flush=True)

    return show
