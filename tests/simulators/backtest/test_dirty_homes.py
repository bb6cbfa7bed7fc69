"""Dirty homes: what is put in is dirt and nobody, and falls are found through it as through nothing."""

from __future__ import annotations

import numpy as np
import pytest

from models.quantity import Quantity
from simulators.backtest.dirt import GLITCHES, LOADS, with_glitch, with_load
from simulators.backtest.dirty_homes import CLEAN, dirty_text, run_dirty
from simulators.backtest.records.person import live
from simulators.backtest.records.world import Metering, World, read_out


@pytest.fixture(scope="module")
def world() -> World:
    return live("d", 7000, 24)


@pytest.mark.parametrize("kind", LOADS)
def test_a_load_of_its_own_adds_power_and_touches_neither_water_nor_the_person(world: World, kind: str) -> None:
    dirty = with_load(world, LOADS[kind], 1)
    assert dirty.water is world.water
    assert dirty.person is world.person
    assert dirty.base is not None
    assert world.base is not None
    added = dirty.base - world.base
    assert added.min() >= 0
    assert added.max() >= 40


@pytest.mark.parametrize("kind", GLITCHES)
def test_a_glitch_is_right_again_most_of_the_time(world: World, kind: str) -> None:
    record = read_out(world, Metering(), 1)
    before, after = (one.find(Quantity.WATER_VOLUME) for one in (record, with_glitch(record, GLITCHES[kind], 1)))
    assert before is not None
    assert after is not None
    share = np.mean(before.values != after.values)
    assert 0.0 < share < 0.25


def test_falls_are_found_through_a_heater_and_a_flickering_register_and_nothing_ends_their_alarms(world: World) -> None:
    kinds = (CLEAN, "under-sink 1.5 kW 2 min / 2.3 h", "1 L back / 2 h")
    tallies = run_dirty([world], falls=2, budget=1.0, workers=1, kinds=kinds)
    assert [(one.kind, one.falls, len(one.delays), one.cleared) for one in tallies] == [
        (kind, 2, 2, 0) for kind in kinds
    ]
    assert dirty_text(tallies, 1.0).count("2 of 2") == 6
