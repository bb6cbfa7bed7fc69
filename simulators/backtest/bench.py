"""Bench: one home at a time, all methods over the same normal days and the same collapses. Pure; runs in workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.flag import Flag, FlagEvent, FlagKind
from simulators.backtest import ours
from simulators.backtest.events import WARM_UP_DAYS, EventPlan, silent_events
from simulators.backtest.inject import HORIZON, Injected, Truth
from simulators.backtest.peers.contract import PeerMethod
from simulators.backtest.peers.registry import all_peers
from simulators.backtest.records.record import HomeRecord
from simulators.backtest.records.signs import CELL_MS, DAY_CELLS, Signs, fridge_step, see
from simulators.backtest.records.world import MINUTE_MS, World, read_out

Floats = NDArray[np.float64]
OURS = "Linshe"


@dataclass(frozen=True, slots=True)
class EventRun:
    """One event: every method's ratio from the cell before it to 48 h after it, and when our flag came as set.

    `flagged` is the time in hours of the first inactivity raised after the event, by budget; None if there was none.
    """

    truth: Truth
    phase: str
    ratios: dict[str, Floats]
    flagged: dict[float, float | None]


@dataclass(frozen=True, slots=True)
class HomeRun:
    """One home under one ledger: every method's ratio on the normal record, our flags on it by budget, the events."""

    home: str
    steady: bool
    told: bool
    start_ms: int
    days: int
    ratios: dict[str, Floats]
    flags: dict[float, tuple[Flag, ...]]
    events: tuple[EventRun, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """An event made ready: its readings up to the horizon, and the cells it touches."""

    event: Injected
    phase: str
    record: HomeRecord
    from_ms: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Ours:
    """Our watch at one budget: the normal record, and each case from just before its event."""

    normal: ours.Watched
    cases: tuple[ours.Watched, ...]


def run_home(world: World, plan: EventPlan, index: int) -> list[HomeRun]:
    """Return the runs of one home, one for each ledger asked for."""
    record = read_out(world, plan.metering, seed=index)
    cases = [_case(event, phase, plan, index) for phase, event in silent_events(world, plan, index)]
    return [_run(world, plan, record, cases, told) for told in plan.told]


def _case(event: Injected, phase: str, plan: EventPlan, index: int) -> _Case:
    start_ms = int(event.world.start.timestamp() * 1000)
    from_ms = start_ms + event.truth.start * MINUTE_MS
    first = (from_ms - start_ms) // CELL_MS
    last = min(first + HORIZON * MINUTE_MS // CELL_MS, event.world.minutes * MINUTE_MS // CELL_MS)
    record = read_out(event.world, plan.metering, seed=index)
    return _Case(event, phase, record, from_ms, first, last)


def _run(world: World, plan: EventPlan, record: HomeRecord, cases: Sequence[_Case], told: bool) -> HomeRun:
    step = fridge_step(record)
    signs = see(record, step, told=told)
    peers = all_peers() if plan.with_peers else ()
    ratios = {peer.name: peer.ratio(signs, 0, signs.cells) for peer in peers}
    by_budget = {
        budget: _watch(record, signs, cases, budget=budget, told=told) for budget in {plan.budget, *plan.as_set}
    }
    mine = by_budget[plan.budget]
    ratios[OURS] = mine.normal.ratio
    runs = []
    for place, case in enumerate(cases):
        ahead = np.concatenate([mine.normal.ratio[case.first - 1 : case.first], mine.cases[place].ratio])
        flagged = {budget: _first_flag(at.cases[place].flags, case) for budget, at in by_budget.items()}
        case_ratios = {**_peer_ratios(peers, case, step, told), OURS: ahead}
        runs.append(EventRun(case.event.truth, case.phase, case_ratios, flagged))
    flags = {budget: tuple(at.normal.flags) for budget, at in sorted(by_budget.items())}
    return HomeRun(world.home, world.steady, told, signs.start_ms, world.minutes // 1440, ratios, flags, tuple(runs))


def _watch(record: HomeRecord, signs: Signs, cases: Sequence[_Case], *, budget: float, told: bool) -> _Ours:
    """Watch the normal record once, and each case from the state as it was just before its event."""
    keep = {case.from_ms for case in cases}
    normal = ours.watch(record, signs.start_ms, signs.cells, budget=budget, told=told, keep_at=keep)
    followed = tuple(
        ours.follow(
            normal.states[case.from_ms], case.record, signs.start_ms, case.first, case.last,
            budget=budget, told=told, from_ms=case.from_ms,
        )
        for case in cases
    )  # fmt: skip
    normal.states.clear()
    return _Ours(normal, followed)


def _peer_ratios(peers: Sequence[PeerMethod], case: _Case, step: float, told: bool) -> dict[str, Floats]:
    start_ms = int(case.event.world.start.timestamp() * 1000)
    signs = see(case.record, step, told=told, upto_ms=start_ms + case.last * CELL_MS - 1)
    return {peer.name: peer.ratio(signs, case.first - 1, case.last) for peer in peers}


def _first_flag(flags: Sequence[Flag], case: _Case) -> float | None:
    for flag in flags:
        if flag.kind is FlagKind.INACTIVITY and flag.event is FlagEvent.RAISED:
            return flag.at.timestamp() / 3600.0 - case.from_ms / 3_600_000.0
    return None


def split_days(ratio: Floats, warm_up: bool) -> Floats:
    """Return the part of a normal record's ratio in days 1–14, or after them."""
    edge = WARM_UP_DAYS * DAY_CELLS
    return ratio[:edge] if warm_up else ratio[edge:]
