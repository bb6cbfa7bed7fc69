"""Tuning meets the budget exactly, and canaries rank as they must."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.backtest.tuning import Delays, allowed_rises, delay_cells, lowest_scale, rises


def brute(ratios: list[np.ndarray], allowed: int) -> float:
    """The slow way: try every level from the top until one rings too often."""
    levels = sorted({float(v) for ratio in ratios for v in ratio}, reverse=True)
    best = float("inf")
    for level in levels:
        if sum(rises(ratio, level).size for ratio in ratios) > allowed:
            break
        best = level
    return best


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("allowed", [0, 1, 3, 10])
def test_the_lowest_scale_is_what_trying_every_level_finds(seed: int, allowed: int) -> None:
    rng = np.random.default_rng(seed)
    ratios = [np.round(np.abs(np.cumsum(rng.normal(size=80))), 1) for _ in range(3)]
    scale = lowest_scale(ratios, allowed)
    assert scale == brute(ratios, allowed)
    assert sum(rises(ratio, scale).size for ratio in ratios) <= allowed


def test_a_standing_alarm_is_one_alarm() -> None:
    assert rises(np.array([0.0, 2.0, 2.0, 3.0, 0.0, 2.0]), 1.0).tolist() == [1, 5]
    assert rises(np.array([2.0, 2.0]), 1.0).tolist() == [0]


def test_budgets_are_rounded_down() -> None:
    assert [allowed_rises(budget, 20 * 46.0) for budget in (0.1, 0.3, 1.0, 2.7)] == [3, 9, 30, 82]
    assert allowed_rises(1.0, 30.0) == 1


def test_an_alarm_that_stood_before_the_event_is_not_its_finding() -> None:
    assert delay_cells(np.array([2.0, 2.0, 2.0]), 1.0) is None
    assert delay_cells(np.array([2.0, 0.0, 2.0]), 1.0) == 2
    assert delay_cells(np.array([0.0, 0.0, 0.0]), 1.0) is None


def test_the_canary_that_always_rings_and_the_one_that_never_does_find_nothing() -> None:
    always, never, honest = np.ones(100), np.zeros(100), np.arange(100) / 10.0
    for ratio, found in ((always, None), (never, None), (honest, 51)):
        scale = lowest_scale([ratio[:50], ratio[:50]], 0) if ratio is not honest else 5.0
        assert delay_cells(ratio, scale) == found


def test_the_summary_is_of_hours_with_the_cap_for_what_was_missed() -> None:
    figures = Delays((2.0, 6.0, 20.0, 48.0)).summary()
    assert figures["median_h"] == 13.0
    assert figures["mean_h"] == 19.0
    assert (figures["found_6h"], figures["found_12h"], figures["found_24h"]) == (0.5, 0.5, 0.75)
    assert figures["found_48h"] == 0.75
