"""`linshe-sim backtest`: reads or makes homes, runs the bench on all cores, prints and writes the report."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from typing import TypeVar

from simulators.backtest.bench import run_home
from simulators.backtest.dirty_homes import KINDS, dirty_text, run_dirty
from simulators.backtest.events import EventPlan
from simulators.backtest.others import run_others, together
from simulators.backtest.picture import svg
from simulators.backtest.records import person
from simulators.backtest.records.homefile import HomeFileError, load_homes
from simulators.backtest.records.recorded import load_recorded
from simulators.backtest.records.world import World
from simulators.backtest.report import as_text_json, others_text, text
from simulators.backtest.results import flags_on_normal_days, table
from simulators.backtest.tuning import BUDGETS

_T = TypeVar("_T")


def run(args: argparse.Namespace) -> int:
    """Run the back-test; return the exit code."""
    try:
        worlds = _worlds(args)
    except HomeFileError as error:
        sys.stderr.write(f"backtest: {error}\n")
        return 2
    if args.dirty:
        tallies = run_dirty(worlds, falls=args.collapses, budget=args.budget, workers=args.workers, kinds=KINDS)
        print(dirty_text(tallies, args.budget))
        return 0
    plan = EventPlan(
        collapses=args.collapses,
        budget=args.budget,
        as_set=() if args.no_as_set else BUDGETS,
        seed=args.seed,
        with_peers=not args.no_peers,
        told=(False, True) if any(world.absences for world in worlds) else (False,),
    )
    started = time.monotonic()
    runs = [run for home in on_all_cores(run_home, worlds, plan, args.workers) for run in home]
    others = [] if args.no_others else on_all_cores(run_others, worlds, plan, args.workers)
    rows = table(worlds, runs)
    normal = flags_on_normal_days(runs, args.budget)
    print(text(rows))
    print(text(rows, days="1-14"))
    if others:
        print(others_text(others))
    print(f"\nour flags on normal days, per home and 30 days, as set by budget {args.budget:g}: {normal}")
    about: dict[str, object] = {
        "homes": [world.home for world in worlds],
        "days": worlds[0].minutes // 1440,
        "events_seed": args.seed,
        "seconds": round(time.monotonic() - started, 1),
        "flags_on_normal_days": normal,
        "others": [asdict(replace(other, building=())) for other in others],
        "whole_building": together(others),
    }
    if args.json_file:
        args.json_file.write_text(as_text_json(rows, about), encoding="utf-8")
    if args.picture:
        title = f"Median delay of {len(worlds)} homes' injected collapses"
        args.picture.write_text(svg(rows, title), encoding="utf-8")
    return 0


def _worlds(args: argparse.Namespace) -> list[World]:
    if args.homes:
        return load_homes(args.homes)
    if args.recorded:
        return load_recorded(args.recorded, args.recorded_kind)
    return person.street(args.count, args.days, first_seed=args.first_home)


def on_all_cores(
    work: Callable[[World, EventPlan, int], _T], worlds: Sequence[World], plan: EventPlan, workers: int
) -> list[_T]:
    """Do `work` for every home on `workers` processes, with a progress bar; results in the order of the homes."""
    if workers <= 1:
        return [work(world, plan, index) for index, world in enumerate(worlds)]
    done: dict[int, _T] = {}
    with ProcessPoolExecutor(workers) as pool:
        jobs = {pool.submit(work, world, plan, index): index for index, world in enumerate(worlds)}
        for job in as_completed(jobs):
            done[jobs[job]] = job.result()
            _progress(len(done), len(worlds))
    return [done[index] for index in range(len(worlds))]


def _progress(done: int, total: int) -> None:
    full = 30 * done // total
    bar = f"[{'#' * full}{'.' * (30 - full)}] {done}/{total} homes"
    sys.stderr.write(f"\r{bar}" if sys.stderr.isatty() and done < total else f"\r{bar}\n")
    sys.stderr.flush()
