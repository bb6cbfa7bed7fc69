"""Upsets: what changes a normal life without being an emergency: guests, another rhythm from one day to the next.

Returns changed worlds; nothing here is to be found, and flags about the person that come of it are wrong. Must not
know: detectors.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from simulators.backtest.records.world import ASLEEP, OUT, UP, Floats, World

DAY = 1440


class Upset(StrEnum):
    """What happens to a normal life."""

    GUESTS = "guests"
    """Somebody else lives here for some days: more water, more switched on, at other hours too."""
    AN_HOUR_LATER = "an hour later"
    """The clocks were put back and nobody told the meters' zone: everything happens an hour later from now on."""
    AN_HOUR_EARLIER = "an hour earlier"


def upset(world: World, what: Upset, minute: int, length: int, rng: np.random.Generator) -> World:
    """Return the world with an upset from `minute` on, lasting `length` minutes where it ends at all."""
    if what is Upset.GUESTS:
        return _guests(world, minute, length, rng)
    return _shifted(world, minute // DAY * DAY + 180, 60 if what is Upset.AN_HOUR_LATER else -60)


def _guests(world: World, minute: int, length: int, rng: np.random.Generator) -> World:
    """A guest lives as the resident did a week before, at other minutes; while there, somebody is mostly in."""
    end = min(minute + length, world.minutes)
    apart = 7 * DAY + int(rng.integers(-90, 91))
    here = slice(minute, end)
    there = slice(minute - apart, end - apart)

    def shared(values: Floats | None) -> Floats | None:
        if values is None:
            return None
        both = values.copy()
        both[here] += values[there]
        return both

    where = world.where.copy()
    guest = world.where[there]
    where[here] = np.where((where[here] == OUT) & (guest != OUT), guest, where[here])
    where[here] = np.where((where[here] == ASLEEP) & (guest == UP), UP, where[here])
    return replace(world, water=shared(world.water), person=shared(world.person), where=where)


def _shifted(world: World, minute: int, by: int) -> World:
    """From `minute` (at night) on the resident does everything `by` minutes later; the fridge goes on as before."""

    def moved(values: Floats) -> Floats:
        tail = values[minute:]
        if by > 0:
            return np.concatenate([values[:minute], np.repeat(tail[:1], by), tail[:-by]])
        return np.concatenate([values[:minute], tail[-by:], np.repeat(tail[-1:], -by)])

    return replace(
        world,
        water=None if world.water is None else moved(world.water),
        person=None if world.person is None else moved(world.person),
        where=moved(world.where.astype(np.float64)).astype(np.int8),
        absences=tuple((a, b) if a < minute else (a + by, b + by) for a, b in world.absences),
    )
