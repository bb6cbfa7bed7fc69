"""Every peer's formula against an example worked by hand, and the contract that all peers keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulators.backtest.inject import collapse
from simulators.backtest.peers import cuddihy, floeck, forest, moshtaghi, wilhelm
from simulators.backtest.peers.contract import PeerMethod
from simulators.backtest.peers.hours import FewLitres, NoUse
from simulators.backtest.peers.registry import all_peers
from simulators.backtest.records.person import live
from simulators.backtest.records.signs import DAY_CELLS, Signs, fridge_step, quiet_hours, see
from simulators.backtest.records.world import UP, Metering, World, read_out


def signs_of(water: dict[int, float], cells: int = DAY_CELLS, load: tuple[int, ...] = ()) -> Signs:
    litres, loads = np.zeros(cells), np.zeros(cells, dtype=np.bool_)
    for cell, amount in water.items():
        litres[cell] = amount
    loads[list(load)] = True
    none = np.zeros(cells, dtype=np.bool_)
    return Signs("h", 0, litres, litres > 0, loads, none, none.copy(), 0)


def test_quiet_counts_from_the_last_sign_and_waits_while_data_are_missing() -> None:
    signs = signs_of({0: 3.0, 24: 1.0})
    assert quiet_hours(signs, signs.water_sign)[[0, 12, 23, 24, 36]].tolist() == pytest.approx([0, 1, 23 / 12, 0, 1])
    blind = signs.blind.copy()
    blind[2:8] = True
    assert quiet_hours(replace(signs, blind=blind), signs.water_sign)[12] == pytest.approx(0.5)


def test_the_ledgers_absence_counts_as_being_seen() -> None:
    signs = signs_of({0: 3.0})
    away = signs.away.copy()
    away[12:24] = True
    assert quiet_hours(replace(signs, away=away), signs.water_sign)[[11, 20, 35]].tolist() == pytest.approx(
        [11 / 12, 0, 1]
    )


def test_no_use_rings_after_its_hours() -> None:
    signs = signs_of({0: 2.0}, load=(60,))
    water = NoUse("w", 8.0, any_sign=False).ratio(signs, 0, 288)
    both = NoUse("b", 8.0, any_sign=True).ratio(signs, 0, 288)
    assert water[96] == pytest.approx(1.0)
    assert both[96] == pytest.approx(3 / 8)
    assert both[156] == pytest.approx(1.0)


def test_few_litres_asks_how_long_the_last_litres_took() -> None:
    # 5 L at 00:00, 4 L at 01:00, 2 L at 03:00: at 04:00 the last 6 L reach back to 01:00, the last 2 L to 03:00
    signs = signs_of({0: 5.0, 12: 4.0, 36: 2.0})
    at = 47
    assert FewLitres("6", 6.0, 24.0).ratio(signs, 0, 288)[at] * 24.0 == pytest.approx(36 / 12)
    assert FewLitres("2", 2.0, 24.0).ratio(signs, 0, 288)[at] * 24.0 == pytest.approx(1.0)
    assert FewLitres("6", 6.0, 1.5).ratio(signs, at, at + 1)[0] == pytest.approx(2.0)


def test_cuddihy_adds_the_worst_neighbour_and_two_shares() -> None:
    elapsed = np.zeros((10, 48))
    elapsed[:, 20] = 4.0
    line = cuddihy.line_of(elapsed)
    # at the slot itself: 4 + 0.30·4 + (3/9)·0.40·4; one beside it: 4 + 0 + (2/9)·0.40·4; three beside: nothing
    assert line[20] == pytest.approx(4 + 1.2 + 3 / 9 * 0.4 * 4)
    assert line[21] == pytest.approx(4 + 2 / 9 * 0.4 * 4)
    assert line[22] == pytest.approx(4 + 1 / 9 * 0.4 * 4)
    assert line[23] == 0.0


def test_cuddihys_97th_percentile_is_between_the_largest_values() -> None:
    elapsed = np.zeros((101, 48))
    elapsed[:, 0] = np.arange(101)
    around = 97 + 0.3 * 97 + 0.4 * 97 / 3
    assert cuddihy.line_of(elapsed)[0] == pytest.approx(around)


def test_floecks_polynomial_and_its_largest_excess() -> None:
    clock = np.linspace(-1, 1, 201)
    curve = 2 + clock - 3 * clock**4
    quiet = curve.copy()
    quiet[100] += 5.0
    coefficients, largest = floeck.fit(clock, quiet)
    assert largest == pytest.approx(5.0, abs=0.1)
    assert np.polyval(coefficients, 0.5) == pytest.approx(2 + 0.5 - 3 / 16, abs=0.1)


def test_moshtaghis_pareto_tail() -> None:
    # Σ ln(x/1) = ln 2 + ln 4 = 3 ln 2, n = 3, so 1/λ = ln 2 and the line is 1·100^(ln 2)
    assert moshtaghi.line_of(np.array([1.0, 2.0, 4.0])) == pytest.approx(100 ** np.log(2))
    assert moshtaghi.line_of(np.array([2.0, 2.0])) == float("inf")


def test_wilhelms_score_grows_by_the_second_and_events_shrink_it() -> None:
    water, load = np.zeros(40, dtype=np.bool_), np.zeros(40, dtype=np.bool_)
    water[[9, 10]] = True
    score = wilhelm.score_of(water, load, np.zeros(40, dtype=np.bool_), (0.9, 0.8), np.ones(40))
    assert score[8] == 9 * 300
    # first event of the sensor: full weight, so a tenth remains; the next after 300 s of 6 h·0.1 = 2160 s
    assert score[9] == pytest.approx(3000 * 0.1)
    assert score[10] == pytest.approx((300 + 300) * (1 - 300 / 2160 * 0.9))


def test_wilhelms_line_forgives_one_outlier() -> None:
    # max 100, quartiles 2 and 4, so Q3 + 1.5·IQR = 7
    assert wilhelm.line_of(np.array([1.0, 2.0, 3.0, 4.0, 100.0])) == pytest.approx(7.7)
    assert wilhelm.line_of(np.array([3.0, 3.0, 3.0])) == pytest.approx(3.3)


def test_the_forests_windows_see_litres_and_signs_of_their_hours() -> None:
    signs = signs_of({0: 3.0, 13: 5.0}, load=(14,))
    rows = forest.windows(signs)
    assert rows.shape == (24, 10)
    assert np.expm1(rows[1, 4]) == pytest.approx(5.0)
    assert rows[1, 5] == 2
    assert np.expm1(rows[1, 6]) == pytest.approx(8.0)
    assert rows[0, 3] == pytest.approx(11 / 12)


@pytest.fixture(scope="module")
def world() -> World:
    return live("h", 11, 24)


@pytest.mark.parametrize("peer", all_peers(), ids=lambda peer: peer.name)
def test_no_peer_looks_into_the_future(peer: PeerMethod, world: World) -> None:
    minute = int(np.flatnonzero(world.where == UP)[-4000])
    fallen = collapse(world, minute, np.random.default_rng(1), left_on=False)
    whole, broken = read_out(world, Metering()), read_out(fallen.world, Metering())
    step = fridge_step(whole)
    here, there = see(whole, step, told=False), see(broken, step, told=False)
    edge = minute // 5 - 1
    assert np.array_equal(peer.ratio(here, 0, edge), peer.ratio(there, 0, edge))


@pytest.mark.parametrize("peer", all_peers(), ids=lambda peer: peer.name)
def test_a_part_asked_for_is_that_part_of_the_whole(peer: PeerMethod, world: World) -> None:
    record = read_out(world, Metering())
    signs = see(record, fridge_step(record), told=False)
    whole = peer.ratio(signs, 0, signs.cells)
    assert whole.max() > 0
    assert peer.ratio(signs, 5000, 5400) == pytest.approx(whole[5000:5400])


def test_the_fridge_is_not_a_person_and_the_kettle_is(world: World) -> None:
    record = read_out(world, Metering())
    step = fridge_step(record)
    assert 15.0 <= step < 300.0
    signs = see(record, step, told=False)
    asleep = np.array([(world.where[cell * 5 : cell * 5 + 5] == 0).all() for cell in range(signs.cells - 1)])
    assert signs.load_sign[:-1][asleep].mean() < 0.02
    assert signs.load_sign[:-1][~asleep].mean() > 0.01
