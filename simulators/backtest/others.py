"""Others: taps, leaks, hobs, drift and outages, watched by our detectors as set. Pure; runs in worker processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.flag import PERSON_KINDS, Flag, FlagEvent, FlagKind
from models.household.common_cause.common_cause import CauseScope, CommonCauseState, ScopeKind, empty, fold, next_wake
from simulators.backtest import ours
from simulators.backtest.events import WARM_UP_DAYS, EventPlan, other_events
from simulators.backtest.inject import Injected
from simulators.backtest.outages import MeterOutage, break_readings, swap_meter
from simulators.backtest.records.record import HomeRecord, Span
from simulators.backtest.records.signs import CELL_MS, DAY_CELLS
from simulators.backtest.records.world import MINUTE_MS, World, read_out
from simulators.backtest.upsets import Upset, upset

BUILDING = "whole building, no answer"
BUILDING_HOURS = 8
UPSET_DAYS = 3
AFTER_DAYS = 1
"""A flag in the day after the end of an event still counts as finding it, and one after an outage as caused by it."""


@dataclass(frozen=True, slots=True)
class OtherFinding:
    """Whether one event was found, and after how many hours."""

    event: str
    hours: float | None
    lasted_h: float
    detail: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Breakage:
    """One outage: which flags about the person it brought forth, and whether somebody was told of it."""

    how: str
    hours: float
    wrong: dict[str, int]
    noticed: bool


@dataclass(frozen=True, slots=True)
class OtherRun:
    """One home's findings and breakages."""

    home: str
    findings: tuple[OtherFinding, ...]
    breakages: tuple[Breakage, ...]
    building: tuple[Flag, ...] = ()
    """What was said while all homes of the run had no data at once."""


class _Broken(NamedTuple):
    """One thing that goes wrong: its name, when, and what the meters say then."""

    how: str
    span: Span
    record: HomeRecord


def run_others(world: World, plan: EventPlan, index: int) -> OtherRun:
    """Return what our detectors, as set by `plan.budget`, make of the home's other events and of broken readings."""
    start_ms = int(world.start.timestamp() * 1000)
    events = other_events(world, plan, index)
    record = read_out(world, plan.metering, seed=index)
    broken = _broken(world, record, plan, index)
    keep = {start_ms + event.truth.start * MINUTE_MS for event in events} | {one.span.start_ms for one in broken}
    cells = world.minutes * MINUTE_MS // CELL_MS
    normal = ours.watch(record, start_ms, cells, budget=plan.budget, told=True, keep_at=keep)
    findings = [_find(event, plan, index, normal) for event in events]
    followed = [_break(one, normal=normal, plan=plan, start_ms=start_ms) for one in broken]
    at_once = [flags for one, (_, flags) in zip(broken, followed, strict=True) if one.how == BUILDING]
    return OtherRun(world.home, tuple(findings), tuple(breakage for breakage, _ in followed), tuple(at_once[0]))


def _find(event: Injected, plan: EventPlan, index: int, normal: ours.Watched) -> OtherFinding:
    truth = event.truth
    start_ms = int(event.world.start.timestamp() * 1000)
    from_ms = start_ms + truth.start * MINUTE_MS
    last = min(truth.end + AFTER_DAYS * 1440, event.world.minutes) * MINUTE_MS // CELL_MS
    record = read_out(event.world, plan.metering, seed=index)
    watched = ours.follow(
        normal.states[from_ms], record, start_ms, truth.start * MINUTE_MS // CELL_MS, last,
        budget=plan.budget, told=True, from_ms=from_ms,
    )  # fmt: skip
    lasted = (truth.end - truth.start) / 60.0
    usual = {flag.flag_id for flag in normal.flags}
    for flag in watched.flags:
        if flag.kind in truth.found_by and flag.event is FlagEvent.RAISED and flag.flag_id not in usual:
            hours = flag.at.timestamp() / 3600.0 - from_ms / 3_600_000.0
            return OtherFinding(truth.event, hours, lasted, truth.detail, flag.kind.value)
    return OtherFinding(truth.event, None, lasted, truth.detail)


def _broken(world: World, record: HomeRecord, plan: EventPlan, index: int) -> list[_Broken]:
    """Return everything that goes wrong with the home's readings, or happens to its life, without an emergency."""
    rng = np.random.default_rng([plan.seed, index, 3])
    start_ms = int(world.start.timestamp() * 1000)
    devices = list(dict.fromkeys(one.device for one in record.series))

    def moment() -> int:
        """An outage needs a week before it, to be judged from, and five days after it."""
        return int(rng.integers(WARM_UP_DAYS * 1440, max(WARM_UP_DAYS * 1440 + 1, world.minutes - 6 * 1440)))

    def span(begin: int, length: int) -> Span:
        return Span(start_ms + begin * MINUTE_MS, start_ms + (begin + length) * MINUTE_MS)

    def drawn() -> Span:
        begin = moment()
        return span(begin, round(10.0 * (576.0 ** rng.random())))

    cases = []
    for how in MeterOutage:
        lost = drawn()
        cases.append(_Broken(str(how), lost, break_readings(record, lost, how)))
    swapped = drawn()
    cases.append(_Broken("meter swap", swapped, swap_meter(record, devices[0], swapped.start_ms, 7.0)))
    for device in devices if len(devices) > 1 else ():
        lost = drawn()
        name = f"one meter ({'water' if device == devices[0] else 'power'}), no answer"
        cases.append(_Broken(name, lost, break_readings(record, lost, MeterOutage.NO_ANSWER, [device])))
    for what in Upset:
        begin = moment()
        changed = upset(world, what, begin, UPSET_DAYS * 1440, rng)
        cases.append(_Broken(str(what), span(begin, UPSET_DAYS * 1440), read_out(changed, plan.metering, seed=index)))
    # the same hours in every home of the run: its flags are folded together in the report
    all_at_once = np.random.default_rng([plan.seed, 4])
    begin = int(all_at_once.integers(WARM_UP_DAYS * 1440, WARM_UP_DAYS * 1440 + 4 * 1440))
    dead = span(min(begin, world.minutes - 2 * 1440), BUILDING_HOURS * 60)
    cases.append(_Broken(BUILDING, dead, break_readings(record, dead, MeterOutage.NO_ANSWER)))
    return cases


def _break(one: _Broken, *, normal: ours.Watched, plan: EventPlan, start_ms: int) -> tuple[Breakage, list[Flag]]:
    span = one.span
    first = (span.start_ms - start_ms) // CELL_MS
    last = min(first + (span.end_ms - span.start_ms) // CELL_MS + DAY_CELLS, normal.ratio.size)
    watched = ours.follow(
        normal.states[span.start_ms], one.record, start_ms, first, last,
        budget=plan.budget, told=True, from_ms=span.start_ms,
    )  # fmt: skip
    told = {FlagKind.HOME_BLIND, FlagKind.DEVICE_SILENT, FlagKind.DEVICE_TROUBLE, FlagKind.SUPPLY_LOST}
    breakage = Breakage(
        how=one.how,
        hours=(span.end_ms - span.start_ms) / 3_600_000.0,
        wrong=_new_person_flags(watched.flags, normal.flags, span.start_ms, start_ms + last * CELL_MS),
        noticed=any(flag.kind in told for flag in watched.flags),
    )
    return breakage, watched.flags


def together(runs: Sequence[OtherRun]) -> dict[str, int]:
    """Return what goes out when all homes lose their data at once: flags about the place, and about single homes."""
    homes = frozenset(run.home for run in runs)
    place = CommonCauseState((CauseScope("building", "building", ScopeKind.BUILDING, homes),))
    flags = sorted((flag for run in runs for flag in run.building), key=lambda flag: flag.at)
    out: list[Flag] = []
    for flag in flags:
        while (wake := next_wake(place)) is not None and wake <= flag.at:
            before = len(out)
            out += fold(place, (), wake)
            if len(out) == before and next_wake(place) == wake:
                break
        out += fold(place, (flag,), flag.at)
    out += empty(place)
    raised = [flag for flag in out if flag.event is FlagEvent.RAISED]
    common = sum(1 for flag in raised if flag.kind is FlagKind.COMMON_CAUSE)
    person = sum(1 for flag in raised if flag.kind in PERSON_KINDS)
    return {"homes": len(homes), "about the place": common, "about a person": person,
            "other": len(raised) - common - person}  # fmt: skip


def _new_person_flags(flags: Sequence[Flag], usual: Sequence[Flag], low_ms: int, high_ms: int) -> dict[str, int]:
    """Return the person flags that the unbroken record did not raise in the same stretch."""

    def raised(some: Sequence[Flag]) -> Counter[str]:
        return Counter(
            flag.kind.value
            for flag in some
            if flag.kind in PERSON_KINDS
            and flag.event is FlagEvent.RAISED
            and low_ms <= flag.at.timestamp() * 1000 < high_ms
        )

    return dict(raised(flags) - raised(usual))
