"""Events: which emergencies are put into which home, drawn from a seed so that every run and method gets the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulators.backtest import inject
from simulators.backtest.inject import Injected
from simulators.backtest.records.world import ASLEEP, OUT, Metering, World
from simulators.backtest.tuning import BUDGETS

WARM_UP_DAYS = 14


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What to put into each home, and how to watch it."""

    collapses: int = 5
    early_collapses: int = 2
    night_collapses: int = 2
    partial_collapses: int = 2
    others: int = 2
    """Taps, leaks and hobs of each kind; drift once in every home that is long enough."""
    budget: float = 1.0
    as_set: tuple[float, ...] = BUDGETS
    seed: int = 7
    metering: Metering = field(default_factory=Metering)
    with_peers: bool = True
    told: tuple[bool, ...] = (False, True)


def silent_events(world: World, plan: EventPlan, index: int) -> list[tuple[str, Injected]]:
    """Return the home's collapses with the group each belongs to: the events all methods are compared on."""
    rng = np.random.default_rng([plan.seed, index])
    drawn: list[tuple[str, Injected]] = []
    for n, minute in enumerate(inject.moments(world, rng, plan.collapses, first_day=WARM_UP_DAYS)):
        drawn.append(("collapse", inject.collapse(world, minute, rng, left_on=(n + index) % 2 == 0)))
    early = inject.moments(world, rng, plan.early_collapses, first_day=1, last_day=WARM_UP_DAYS - 2)
    for n, minute in enumerate(early):
        drawn.append(("early collapse", inject.collapse(world, minute, rng, left_on=(n + index) % 2 == 0)))
    nights = inject.moments(
        world, rng, plan.night_collapses, first_day=WARM_UP_DAYS, wanted=lambda minute: _night_visit(world, minute)
    )
    for n, minute in enumerate(nights):
        drawn.append(("night collapse", inject.collapse(world, minute, rng, left_on=n % 2 == 0)))
    for minute in inject.moments(world, rng, plan.partial_collapses, first_day=WARM_UP_DAYS):
        fallen = inject.partial_collapse(world, minute, rng, remains=rng.uniform(0.2, 0.4))
        drawn.append(("partial collapse", fallen))
    return drawn


def _night_visit(world: World, minute: int) -> bool:
    return bool(world.where[minute] == ASLEEP and world.water is not None and world.water[minute] > 0)


def other_events(world: World, plan: EventPlan, index: int) -> list[Injected]:
    """Return the home's taps, leaks, hobs and drift: what only a watch with more than one detector can find."""
    rng = np.random.default_rng([plan.seed, index, 2])
    drawn: list[Injected] = []
    if world.water is not None:
        taps = inject.moments(world, rng, plan.others, first_day=WARM_UP_DAYS)
        drawn += [inject.tap_left_on(world, minute, rng) for minute in taps]
        leaks = inject.moments(world, rng, plan.others, first_day=WARM_UP_DAYS)
        drawn += [inject.toilet_leak(world, minute, rng) for minute in leaks]
    if world.person is not None:
        leaving = inject.moments(world, rng, plan.others, first_day=WARM_UP_DAYS, wanted=lambda m: _leaves(world, m))
        drawn += [inject.hob_left_on(world, minute, rng) for minute in leaving]
    if plan.others and world.minutes >= 60 * 1440:
        drawn.append(inject.drift(world, WARM_UP_DAYS * 1440, rng))
    return drawn


def _leaves(world: World, minute: int) -> bool:
    """Whether the resident goes out or to bed in a quarter of an hour: when a hob is forgotten."""
    here, soon = world.where[minute], world.where[min(minute + 15, world.minutes - 1)]
    return bool(here not in {ASLEEP, OUT} and soon in {ASLEEP, OUT})
