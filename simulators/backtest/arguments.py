"""The arguments of `linshe-sim backtest`. Loads nothing heavy: the daemon's command line imports this file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

REPORTING_SEED = 20_000
"""Own simple homes from this seed on are for reporting; those below are for whoever sets constants."""


def add_backtest_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run_backtest` reads."""
    homes = parser.add_argument_group("homes (default: own simple simulated homes)")
    homes.add_argument("--homes", type=Path, help="folder of home files, as tests/bench/homes.py makes them")
    homes.add_argument(
        "--recorded", type=Path, help="folder of recorded household data (see simulators/backtest/README.md)"
    )
    homes.add_argument("--recorded-kind", choices=("water", "power"), default="water", help="which of them")
    homes.add_argument("--count", type=int, default=20, help="how many own simple homes (default 20)")
    homes.add_argument("--days", type=int, default=60, help="days of each own simple home (default 60)")
    homes.add_argument("--first-home", type=int, default=REPORTING_SEED, help="seed of the first own simple home")
    events = parser.add_argument_group("events")
    events.add_argument("--seed", type=int, default=7, help="seed of the injected events (default 7)")
    events.add_argument("--collapses", type=int, default=5, help="collapses per home after day 14 (default 5)")
    methods = parser.add_argument_group("methods")
    methods.add_argument("--budget", type=float, default=1.0, help="false alarms per home and 30 days ours is set to")
    methods.add_argument("--no-peers", action="store_true", help="ours only")
    methods.add_argument("--no-as-set", action="store_true", help="skip the runs at each of the four budgets as set")
    methods.add_argument("--no-others", action="store_true", help="skip taps, leaks, hobs, drift and outages")
    parser.add_argument(
        "--dirty", action="store_true", help="only falls in homes with loads of their own and registers that lie"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    parser.add_argument("--json", type=Path, dest="json_file", help="write the whole report as JSON")
    parser.add_argument("--picture", type=Path, help="write the delays as an SVG picture")


def run_backtest(args: argparse.Namespace) -> int:
    """Run the back-test and return the exit code."""
    # numpy and the methods are loaded only for who asks for a back-test, never for the daemon
    from simulators.backtest.command import run  # noqa: PLC0415

    return run(args)
