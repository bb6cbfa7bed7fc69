"""Injected events: what came before is untouched, the labels are true, the meters show what they must."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from models.flag import FlagKind
from models.quantity import Quantity
from simulators.backtest import inject
from simulators.backtest.records.person import live
from simulators.backtest.records.world import OUT, UP, Metering, World, read_out


@pytest.fixture(scope="module")
def world() -> World:
    return live("h", 1, 20)


def some_minute(world: World, day: int = 15) -> int:
    up = np.flatnonzero(world.where == UP)
    return int(up[up > day * 1440][30])


def test_the_same_seed_gives_the_same_life() -> None:
    one, other, third = live("h", 4, 5), live("h", 4, 5), live("h", 5, 5)
    assert one.water is not None
    assert np.array_equal(one.water, other.water)
    assert np.array_equal(one.where, other.where)
    assert not np.array_equal(one.water, third.water)


def test_nothing_is_drawn_or_switched_while_the_resident_is_out(world: World) -> None:
    assert world.water is not None
    assert world.person is not None
    out = world.where == OUT
    assert out.sum() > 300
    assert world.water[out].sum() == 0
    assert world.person[out].sum() == 0


@pytest.mark.parametrize("left_on", [True, False])
def test_a_collapse_stops_the_water_and_leaves_the_past_alone(world: World, left_on: bool) -> None:
    minute = some_minute(world)
    found = inject.collapse(world, minute, np.random.default_rng(1), left_on=left_on)
    assert world.water is not None
    assert found.world.water is not None
    assert found.world.person is not None
    assert np.array_equal(found.world.water[:minute], world.water[:minute])
    assert found.world.water[minute : found.truth.end].sum() == 0
    assert found.truth.start == minute
    assert found.truth.end == minute + 48 * 60
    assert found.truth.found_by == {FlagKind.INACTIVITY}
    late = found.world.person[minute + 60 : found.truth.end]
    assert late.min() == late.max()
    assert (late[0] > 0) == left_on


def test_the_fridge_runs_on_after_a_collapse(world: World) -> None:
    minute = some_minute(world)
    found = inject.collapse(world, minute, np.random.default_rng(1), left_on=False)
    power = read_out(found.world, Metering()).find(Quantity.POWER)
    assert power is not None
    after = power.values[minute // 5 + 20 : minute // 5 + 300]
    assert np.ptp(after) > 40


def test_readings_before_an_event_are_the_same_to_the_bit(world: World) -> None:
    minute = some_minute(world)
    found = inject.collapse(world, minute, np.random.default_rng(1), left_on=True)
    before, after = read_out(world, Metering(), seed=3), read_out(found.world, Metering(), seed=3)
    cut = int(world.start.timestamp() * 1000) + minute * 60_000
    for one, other in zip(before.between(0, cut).series, after.between(0, cut).series, strict=True):
        assert np.array_equal(one.when, other.when)
        assert np.array_equal(one.values, other.values)


def test_who_has_fallen_does_not_appear_in_the_ledger_afterwards(world: World) -> None:
    gone = inject.absence(world, 17 * 1440, 600)
    found = inject.collapse(gone, 16 * 1440, np.random.default_rng(1), left_on=False)
    assert (17 * 1440, 17 * 1440 + 600) in gone.absences
    assert all(start < 16 * 1440 for start, _ in found.world.absences)


def test_a_tap_adds_its_flow_and_its_label_tells_how_much(world: World) -> None:
    found = inject.tap_left_on(world, 15 * 1440, np.random.default_rng(2))
    assert world.water is not None
    assert found.world.water is not None
    added = found.world.water - world.water
    flowing = np.flatnonzero(added)
    assert (int(flowing[0]), int(flowing[-1]) + 1) == (found.truth.start, found.truth.end)
    assert 3.0 <= added[flowing].min() <= added[flowing].max() <= 9.0
    assert f"{added[flowing[0]]:.2f} L/min" in found.truth.detail


def test_an_event_on_a_meter_that_is_not_there_is_refused(world: World) -> None:
    dry = World(world.home, world.zone, world.start, None, world.base, world.person, world.where)
    with pytest.raises(ValueError, match="no water meter"):
        inject.tap_left_on(dry, 15 * 1440, np.random.default_rng(2))


def test_partial_collapse_keeps_about_its_share(world: World) -> None:
    minute = some_minute(world)
    shares = []
    for seed in range(30):
        found = inject.partial_collapse(world, minute, np.random.default_rng(seed), remains=0.3)
        assert world.water is not None
        assert found.world.water is not None
        span = slice(minute, found.truth.end)
        shares.append(found.world.water[span].sum() / world.water[span].sum())
    assert 0.2 < float(np.mean(shares)) < 0.4


def test_drift_makes_mornings_later_day_by_day() -> None:
    world = live("h", 2, 70)
    found = inject.drift(world, 14 * 1440, np.random.default_rng(1))

    def rising(some: World, day: int) -> int:
        morning = some.where[day * 1440 + 240 : day * 1440 + 720]
        return int(np.flatnonzero(morning == UP)[0])

    late = [rising(found.world, day) - rising(world, day) for day in (14, 30, 45)]
    assert late[0] <= 1
    assert 10 <= late[1] < late[2]
    assert found.truth.found_by == {FlagKind.WELLBEING}


def test_moments_are_up_after_the_first_day_and_a_horizon_before_the_end(world: World) -> None:
    drawn = inject.moments(world, np.random.default_rng(3), 5, first_day=14)
    assert len(drawn) == 5
    assert all(world.where[minute] == UP for minute in drawn)
    assert min(drawn) >= 14 * 1440
    assert max(drawn) <= world.minutes - 48 * 60
    assert min(b - a for a, b in pairwise(drawn)) >= 240


def test_no_moment_is_drawn_where_none_is_asked_for(world: World) -> None:
    assert inject.moments(world, np.random.default_rng(3), 0, first_day=14) == []
