"""Inject: put an emergency into a normal life, and say when it truly began and what should be found.

Each injection takes a world and returns a changed copy with its truth label; what came before the event is the same to
the bit. Must not know: detectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.flag import FlagKind
from simulators.backtest.records.world import OUT, UNKNOWN, UP, Floats, World

HORIZON = 48 * 60
"""Minutes for which an injected event is followed."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What was put in: the kind of event, its first minute, its last, and which kinds of flag count as finding it."""

    home: str
    event: str
    start: int
    end: int
    found_by: frozenset[FlagKind]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Injected:
    """A world with an event in it."""

    world: World
    truth: Truth


SILENCE = frozenset({FlagKind.INACTIVITY})
WATER = frozenset({FlagKind.RUNNING_WATER, FlagKind.LEAK})
APPLIANCE = frozenset({FlagKind.APPLIANCE_ON})
SLOW = frozenset({FlagKind.WELLBEING})


def collapse(world: World, minute: int, rng: np.random.Generator, *, left_on: bool) -> Injected:
    """The resident falls and does not move: no water, and what was on stays on, or everything falls to idle.

    Big loads (kettle, cooker, washing machine) end by themselves within the hour; lamp and television stay.
    """
    end = min(minute + HORIZON, world.minutes)
    water = _copy(world.water)
    person = _copy(world.person)
    if water is not None:
        water[minute:end] = 0.0
    if person is not None and world.person is not None:
        stays = _stays_on(world.person, minute, rng) if left_on else 0.0
        fades = np.maximum(world.person[minute] - stays, 0.0)
        person[minute:end] = stays
        person[minute : min(minute + int(rng.integers(1, 45)), end)] += fades if left_on else 0.0
    where = world.where.copy()
    where[minute:end] = UP
    detail = "left on" if left_on else "idle"
    # who lies on the floor does not leave, and nobody tells the ledger that she did
    absences = tuple(span for span in world.absences if span[0] < minute)
    return Injected(
        replace(world, water=water, person=person, where=where, absences=absences),
        Truth(world.home, "collapse", minute, end, SILENCE, detail),
    )


def _stays_on(person: Floats, minute: int, rng: np.random.Generator) -> float:
    """Return the watts that stay: what was on, if it is lamp- or television-sized, else a lamp or a television."""
    now = float(person[minute])
    if 8.0 <= now <= 250.0:
        return now
    return float(rng.choice([12.0, 25.0, 40.0, 75.0, 110.0]))


def partial_collapse(world: World, minute: int, rng: np.random.Generator, *, remains: float) -> Injected:
    """The resident is down but stirs: only the share `remains` (0.2 to 0.4) of the usual signs is left."""
    end = min(minute + HORIZON, world.minutes)
    water, person = _copy(world.water), _copy(world.person)
    keep = np.repeat(rng.random((end - minute) // 30 + 1) < remains, 30)[: end - minute]
    if water is not None:
        water[minute:end] *= keep
    if person is not None:
        person[minute:end] *= keep
    return Injected(
        replace(world, water=water, person=person),
        Truth(world.home, "partial collapse", minute, end, SILENCE, f"{remains:.0%} remains"),
    )


def tap_left_on(world: World, minute: int, rng: np.random.Generator) -> Injected:
    """A tap runs at 3 to 9 L/min for half an hour to twelve hours."""
    length = int(rng.uniform(30, 720))
    return _flow(world, "tap left on", minute, length, rng.uniform(3.0, 9.0))


def toilet_leak(world: World, minute: int, rng: np.random.Generator) -> Injected:
    """A cistern leaks 0.05 to 0.5 L/min for days."""
    return _flow(world, "toilet leak", minute, int(rng.uniform(2, 5) * 1440), rng.uniform(0.05, 0.5))


def _flow(world: World, event: str, minute: int, length: int, rate: float) -> Injected:
    if world.water is None:
        raise ValueError(f"home {world.home} has no water meter: {event!r} can't be put in")
    end = min(minute + length, world.minutes)
    water = world.water.copy()
    water[minute:end] += rate
    return Injected(
        replace(world, water=water), Truth(world.home, event, minute, end, WATER, f"{rate:.2f} L/min for {length} min")
    )


def hob_left_on(world: World, minute: int, rng: np.random.Generator) -> Injected:
    """A hob or heater of 0.8 to 2 kW runs on, past bedtime or while nobody is in."""
    if world.person is None:
        raise ValueError(f"home {world.home} has no electricity meter: a hob can't be left on")
    end = min(minute + int(rng.uniform(4, 12) * 60), world.minutes)
    person = world.person.copy()
    watts = rng.uniform(800, 2000)
    person[minute:end] += watts
    return Injected(
        replace(world, person=person), Truth(world.home, "hob left on", minute, end, APPLIANCE, f"{watts:.0f} W")
    )


def drift(world: World, minute: int, rng: np.random.Generator) -> Injected:
    """Over 30 to 45 days the resident rises one to two minutes later each day and is up more at night."""
    days = int(rng.integers(30, 46))
    later = rng.uniform(1.0, 2.0)
    first = minute // 1440
    water, person, where = _copy(world.water), _copy(world.person), world.where.copy()
    for day in range(first, min(world.minutes // 1440, first + days + 15)):
        shift = int(later * min(day - first, days))
        morning = slice(day * 1440 + 240, day * 1440 + 720)
        for values in (water, person, where):
            if values is not None:
                values[morning] = np.concatenate([np.full(shift, values[morning][0]), values[morning]])[:480]
        for _ in range(rng.poisson(3.0 * min(day - first, days) / days)):
            at = day * 1440 + int(rng.integers(0, 300))
            if water is not None and world.where[at] != OUT:
                water[at] += 6.0
            if person is not None and world.where[at] != OUT:
                person[at : at + 8] += 30.0
    end = min((first + days + 15) * 1440, world.minutes)
    return Injected(
        replace(world, water=water, person=person, where=where),
        Truth(world.home, "drift", minute, end, SLOW, f"{later:.1f} min a day for {days} days"),
    )


def absence(world: World, minute: int, length: int) -> World:
    """The resident goes away and nobody tells: everything off, no water. A normal life, so no truth label."""
    end = min(minute + length, world.minutes)
    water, person, where = _copy(world.water), _copy(world.person), world.where.copy()
    if water is not None:
        water[minute:end] = 0.0
    if person is not None:
        person[minute:end] = 0.0
    where[minute:end] = OUT
    gone = ((minute, end),) if end - minute >= 360 else ()
    return replace(world, water=water, person=person, where=where, absences=(*world.absences, *gone))


def _copy(values: Floats | None) -> Floats | None:
    return None if values is None else values.copy()


def _up(world: World) -> NDArray[np.bool_]:
    """Return the minutes in which the resident is up; where nobody wrote it down, those soon after a draw or a load."""
    known: NDArray[np.bool_] = np.equal(world.where, UP)
    if not (world.where == UNKNOWN).any():
        return known
    used = np.zeros(world.minutes, dtype=np.bool_)
    if world.water is not None:
        used |= world.water > 0.5
    if world.person is not None:
        used |= np.abs(np.diff(world.person, prepend=world.person[0])) > 300.0
    last = np.maximum.accumulate(np.where(used, np.arange(world.minutes), -1440))
    soon: NDArray[np.bool_] = np.equal(world.where, UNKNOWN) & (np.arange(world.minutes) - last < 20)
    return known | soon


def moments(
    world: World,
    rng: np.random.Generator,
    count: int,
    *,
    first_day: int,
    last_day: int | None = None,
    wanted: Callable[[int], bool] | None = None,
) -> list[int]:
    """Draw minutes at which the resident is up (or `wanted` says yes), from `first_day` on, a horizon before the end.

    Minutes are apart by four hours at least; fewer come back where the world does not hold as many.
    """
    last = world.minutes - HORIZON if last_day is None else min(world.minutes - HORIZON, last_day * 1440)
    pool = np.arange(first_day * 1440, last)
    fits = _up(world)[pool] if wanted is None else np.array([wanted(int(minute)) for minute in pool], dtype=np.bool_)
    pool = pool[fits]
    drawn: list[int] = []
    for minute in rng.permutation(pool):
        if len(drawn) >= count:
            break
        if all(abs(minute - other) >= 240 for other in drawn):
            drawn.append(int(minute))
    return sorted(drawn)
