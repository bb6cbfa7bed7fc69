"""Others: taps, leaks, hobs, drift and outages, watched by our detectors as set. Pure; runs in worker processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gateway.backtest import ours
from gateway.backtest.events import WARM_UP_DAYS, Plan, other_events
from gateway.backtest.inject import Injected
from gateway.backtest.outages import Outage, break_readings, swap_meter
from gateway.backtest.record import Record, Span
from gateway.backtest.signs import CELL_MS, DAY_CELLS
from gateway.backtest.world import MINUTE_MS, World, read_out
from models.flag import PERSON_KINDS, Flag, FlagEvent, FlagKind

AFTER_DAYS = 1
"""A flag in the day after the end of an event still counts as finding it, and one after an outage as caused by it."""


@dataclass(frozen=True, slots=True)
class Finding:
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
    findings: tuple[Finding, ...]
    breakages: tuple[Breakage, ...]


def run_others(world: World, plan: Plan, index: int) -> OtherRun:
    """Return what our detectors, as set by `plan.budget`, make of the home's other events and of broken readings."""
    start_ms = int(world.start.timestamp() * 1000)
    events = other_events(world, plan, index)
    record = read_out(world, plan.metering, seed=index)
    spans = _outage_spans(plan, index, start_ms, world.minutes)
    keep = {start_ms + event.truth.start * MINUTE_MS for event in events} | {span.start_ms for span in spans}
    cells = world.minutes * MINUTE_MS // CELL_MS
    normal = ours.watch(record, start_ms, cells, budget=plan.budget, told=True, keep_at=keep)
    findings = [_find(event, plan, index, normal) for event in events]
    breakages = [
        _break(record, span, how, normal=normal, plan=plan, start_ms=start_ms)
        for span, how in zip(spans, [*Outage, "meter swap"], strict=True)
    ]
    return OtherRun(world.home, tuple(findings), tuple(breakages))


def _find(event: Injected, plan: Plan, index: int, normal: ours.Watched) -> Finding:
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
            return Finding(truth.event, hours, lasted, truth.detail, flag.kind.value)
    return Finding(truth.event, None, lasted, truth.detail)


def _outage_spans(plan: Plan, index: int, start_ms: int, minutes: int) -> list[Span]:
    """Draw an outage of 10 minutes to 4 days for each way of breaking, and a moment for the meter swap."""
    rng = np.random.default_rng([plan.seed, index, 3])
    spans = []
    for _ in range(len(Outage) + 1):
        begin = int(rng.integers(WARM_UP_DAYS * 1440, max(WARM_UP_DAYS * 1440 + 1, minutes - 6 * 1440)))
        length = round(10.0 * (576.0 ** rng.random()))
        spans.append(Span(start_ms + begin * MINUTE_MS, start_ms + (begin + length) * MINUTE_MS))
    return spans


def _break(
    record: Record, span: Span, how: Outage | str, *, normal: ours.Watched, plan: Plan, start_ms: int
) -> Breakage:
    broken = (
        break_readings(record, span, how)
        if isinstance(how, Outage)
        else swap_meter(record, record.series[0].device, span.start_ms, 7.0)
    )
    first = (span.start_ms - start_ms) // CELL_MS
    last = min(first + (span.end_ms - span.start_ms) // CELL_MS + DAY_CELLS, normal.ratio.size)
    watched = ours.follow(
        normal.states[span.start_ms], broken, start_ms, first, last,
        budget=plan.budget, told=True, from_ms=span.start_ms,
    )  # fmt: skip
    told = {FlagKind.HOME_BLIND, FlagKind.DEVICE_SILENT, FlagKind.DEVICE_TROUBLE, FlagKind.SUPPLY_LOST}
    return Breakage(
        how=str(how),
        hours=(span.end_ms - span.start_ms) / 3_600_000.0,
        wrong=_new_person_flags(watched.flags, normal.flags, span.start_ms, start_ms + last * CELL_MS),
        noticed=any(flag.kind in told for flag in watched.flags),
    )


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
