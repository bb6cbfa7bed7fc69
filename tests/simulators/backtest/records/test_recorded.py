"""Recorded homes: a normal record read out again is what was recorded; gaps stay gaps; faults are not draws."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from models.quantity import Quantity
from simulators.backtest.inject import moments
from simulators.backtest.records.homefile import HomeFileError
from simulators.backtest.records.recorded import ALICANTE, NAPLES, SCEAUX, load_recorded
from simulators.backtest.records.world import UNKNOWN, Metering, World, read_out

MINUTES = np.datetime64("2019-03-01T23:00", "us") + np.arange(3 * 1440) * np.timedelta64(1, "m")


def write(file: Path, **columns: object) -> None:
    parquet.write_table(pa.table(columns), file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    litres = np.zeros(MINUTES.size, dtype=np.float32)
    litres[600:2400:30] = 2.0
    heard = np.ones(MINUTES.size, dtype=bool)
    heard[1440:2000] = False
    write(tmp_path / NAPLES, ts=pa.array(MINUTES, pa.timestamp("us", "UTC")), litres=litres, day_has_records=heard)
    clock = np.datetime64("2016-03-26T00:10", "us") + np.arange(72) * np.timedelta64(57, "m")
    clock[clock >= np.datetime64("2016-03-27T02:00")] += np.timedelta64(60, "m")
    counter = 100.0 + np.arange(72) * 3.0
    counter[40:] += 500_000.0
    write(tmp_path / ALICANTE, home=["u1"] * 72, ts_local=clock, counter_l=counter)
    watts = 200.0 + (np.arange(MINUTES.size) % 60 < 10) * 1500.0
    write(tmp_path / SCEAUX, ts_local=MINUTES, watts=watts, imputed=~heard)
    return tmp_path


def named(worlds: list[World], home: str) -> World:
    return next(world for world in worlds if world.home == home)


def test_a_recorded_counter_is_heard_again_at_its_own_minutes_with_its_own_steps(folder: Path) -> None:
    world = named(load_recorded(folder, "water"), "u1")
    water = read_out(world, Metering(jitter_s=0.0)).find(Quantity.WATER_VOLUME)
    assert water is not None
    minutes = (water.when - int(world.start.timestamp() * 1000)) // 60_000
    assert minutes[:3].tolist() == [10, 67, 124]
    steps = np.diff(water.values)
    assert np.flatnonzero(steps != 3.0).tolist() == [39]
    assert steps[39] == 0.0, "the jump of 500 m3 is a fault, not a draw"


def test_the_night_when_the_clocks_change_loses_no_hearing_and_no_litre(folder: Path) -> None:
    world = named(load_recorded(folder, "water"), "u1")
    assert world.polls is not None
    assert set(np.diff(world.polls).tolist()) == {57}


def test_days_on_which_the_loggers_said_nothing_are_days_without_answers(folder: Path) -> None:
    world = named(load_recorded(folder, "water"), "naples")
    water = read_out(world, Metering()).find(Quantity.WATER_VOLUME)
    assert water is not None
    assert world.start == datetime.fromisoformat("2019-03-01T23:00+00:00")
    assert np.isnan(water.values).sum() == 560 // 5
    assert set(world.where.tolist()) == {UNKNOWN}


def test_where_nobody_wrote_it_down_a_fall_comes_soon_after_a_draw(folder: Path) -> None:
    world = named(load_recorded(folder, "water"), "naples")
    assert world.water is not None
    drawn = moments(world, np.random.default_rng(1), 3, first_day=0)
    assert drawn
    for minute in drawn:
        assert world.water[max(0, minute - 20) : minute + 1].sum() > 0


def test_watts_are_split_into_what_runs_by_itself_and_the_rest(folder: Path) -> None:
    (world,) = load_recorded(folder, "power")
    assert world.base is not None
    assert world.person is not None
    assert world.water is None
    assert set((world.base + world.person).round().tolist()) <= {0.0, 200.0, 1700.0}
    assert world.person.min() >= 0.0


def test_a_folder_without_the_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(HomeFileError, match=NAPLES):
        load_recorded(tmp_path, "water")
