"""Dirty homes: falls in homes with loads of their own and registers that lie, beside the plain rule.

For each kind of dirt: how many falls are found within 24 hours, how late, how many alarms are ended by nobody, and
how often the home rings before any fall. The plain rule is "so many hours without a step of the water register".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pool
from statistics import median

import numpy as np

from models.flag import FlagEvent, FlagKind
from models.quantity import Quantity
from simulators.backtest import ours
from simulators.backtest.dirt import GLITCHES, LOADS, with_glitch, with_load
from simulators.backtest.inject import collapse, moments
from simulators.backtest.records.record import HomeRecord
from simulators.backtest.records.signs import CELL_MS
from simulators.backtest.records.world import MINUTE_MS, Metering, World, read_out

CLEAN = "clean"
WARM_UP_DAYS = 15
WITHIN_MINUTES = 24 * 60
_FOLLOWED_MINUTES = 44 * 60
_RULE_MINUTES = 12 * 60
KINDS: tuple[str, ...] = (CLEAN, *LOADS, *GLITCHES)


@dataclass(slots=True)
class Tally:
    """What came of one kind of dirt: delays of found falls in hours, and counts."""

    kind: str
    falls: int = 0
    delays: list[float] = field(default_factory=list)
    cleared: int = 0
    """Alarms that ended while nobody moved."""
    rings: int = 0
    days: float = 0.0
    rule_found: int = 0
    rule_rings: int = 0

    def add(self, other: Tally) -> None:
        """Take in another home's."""
        self.falls += other.falls
        self.delays += other.delays
        self.cleared += other.cleared
        self.rings += other.rings
        self.days += other.days
        self.rule_found += other.rule_found
        self.rule_rings += other.rule_rings


def run_dirty(worlds: Sequence[World], *, falls: int, budget: float, workers: int, kinds: Sequence[str]) -> list[Tally]:
    """Return a tally for each kind of dirt, over all worlds."""
    jobs = [(world, number, kind) for kind in kinds for number, world in enumerate(worlds)]
    totals = {kind: Tally(kind) for kind in kinds}
    with Pool(workers) as pool:
        for one in pool.imap_unordered(partial(_one_home, falls=falls, budget=budget), jobs):
            totals[one.kind].add(one)
    return list(totals.values())


def _one_home(job: tuple[World, int, str], *, falls: int, budget: float) -> Tally:
    world, number, kind = job
    tally = Tally(kind)
    minutes = moments(world, np.random.default_rng([number, 4]), falls, first_day=WARM_UP_DAYS)
    start_ms = int(world.start.timestamp() * 1000)
    cells = world.minutes * MINUTE_MS // CELL_MS
    normal = _dirtied(world, number, kind)
    cuts = [start_ms + minute * MINUTE_MS for minute in minutes]
    lived = ours.watch(normal, start_ms, cells, budget=budget, told=True, keep_at=cuts)
    tally.days = world.minutes / 1440 - WARM_UP_DAYS
    since_ms = start_ms + WARM_UP_DAYS * 86_400_000
    raised = [flag for flag in lived.flags if flag.kind is FlagKind.INACTIVITY and flag.event is FlagEvent.RAISED]
    tally.rings = sum(flag.at.timestamp() * 1000 >= since_ms for flag in raised)
    tally.rule_rings = _rule_rings(read_out(world, Metering(), number), since_ms)
    for place, (minute, cut) in enumerate(zip(minutes, cuts, strict=True)):
        fallen = collapse(world, minute, np.random.default_rng([number, place, 9]), left_on=place % 2 == 0).world
        record = _dirtied(fallen, number, kind)
        first = (cut - start_ms) // CELL_MS
        last = min(cells, first + _FOLLOWED_MINUTES * MINUTE_MS // CELL_MS)
        after = ours.follow(lived.states[cut], record, start_ms, first, last, budget=budget, told=True, from_ms=cut)
        tally.falls += 1
        told = [flag for flag in after.flags if flag.kind is FlagKind.INACTIVITY and flag.at.timestamp() * 1000 >= cut]
        found = next((flag for flag in told if flag.event is not FlagEvent.CLEARED), None)
        if found is not None and (late := (found.at.timestamp() * 1000 - cut) / 3_600_000) <= WITHIN_MINUTES / 60:
            tally.delays.append(late)
        # what the register shows of the last minute before the fall may still come in
        tally.cleared += any(
            flag.event is FlagEvent.CLEARED and flag.at.timestamp() * 1000 > cut + 1_800_000 for flag in told
        )
        tally.rule_found += _rule_finds(read_out(fallen, Metering(), number), cut)
    return tally


def _dirtied(world: World, number: int, kind: str) -> HomeRecord:
    if kind in LOADS:
        return read_out(with_load(world, LOADS[kind], number), Metering(), number)
    record = read_out(world, Metering(), number)
    return with_glitch(record, GLITCHES[kind], number) if kind in GLITCHES else record


def _dry_ends(record: HomeRecord) -> Iterator[tuple[int, int]]:
    """Yield (last step, next step) of the water register, epoch milliseconds; the last one ends with the record."""
    series = record.find(Quantity.WATER_VOLUME)
    assert series is not None
    moved = [int(series.when[0]), *(int(at) for at in series.when[1:][np.diff(series.values) > 0])]
    yield from zip(moved, [*moved[1:], int(series.when[-1])], strict=True)


def _rule_rings(record: HomeRecord, since_ms: int) -> int:
    told = record.absences
    return sum(
        before >= since_ms
        and after - before > _RULE_MINUTES * MINUTE_MS
        and not any(span.start_ms < after and span.end_ms > before for span in told)
        for before, after in _dry_ends(record)
    )


def _rule_finds(record: HomeRecord, cut: int) -> bool:
    rings = (before + _RULE_MINUTES * MINUTE_MS for before, after in _dry_ends(record) if after > cut)
    return any(cut <= ring <= cut + WITHIN_MINUTES * MINUTE_MS for ring in rings)


def dirty_text(tallies: Sequence[Tally], budget: float) -> str:
    """Return the table for people."""
    rows = [
        f"falls with dirt, told, budget {budget:g}; the plain rule is 12 h without a step of a clean water register"
    ]
    rows.append(
        f"{'dirt':34} {'found in 24 h':>14} {'plain rule':>11} {'median h':>9} "
        f"{'cleared':>8} {'rings/30 d':>11} {'rule':>6}"
    )
    for one in tallies:
        middle = f"{median(one.delays):.1f}" if one.delays else "-"
        month = max(one.days, 1.0) / 30.0
        rows.append(
            f"{one.kind:34} {len(one.delays):>7} of {one.falls:<3} {one.rule_found:>7} of {one.falls:<3}"
            f"{middle:>8} {one.cleared:>8} {one.rings / month:>11.2f} {one.rule_rings / month:>6.2f}"
        )
    return "\n".join(rows)
