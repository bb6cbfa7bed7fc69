"""The whole back-test on two short homes: the budget is kept, ours and peers stand in one table, files are written."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from simulators.backtest import add_backtest_arguments, run_backtest
from simulators.backtest.bench import OURS, EventRun, HomeRun, run_home
from simulators.backtest.events import EventPlan
from simulators.backtest.inject import SILENCE, Truth
from simulators.backtest.records.person import live
from simulators.backtest.records.signs import DAY_CELLS
from simulators.backtest.results import ResultRow, best_peer, table

DAYS = 24


def small_plan() -> EventPlan:
    return EventPlan(collapses=2, early_collapses=1, night_collapses=1, partial_collapses=1, others=0, as_set=(1.0,))


@pytest.fixture(scope="module")
def report() -> tuple[list[HomeRun], list[ResultRow]]:
    worlds = [live("a", 31, DAYS), live("b", 32, DAYS, steady=False)]
    runs = [run for index, world in enumerate(worlds) for run in run_home(world, small_plan(), index)]
    return runs, table(worlds, runs)


def test_no_method_rings_more_often_than_its_budget(report: tuple[list[HomeRun], list[ResultRow]]) -> None:
    tuned = [row for row in report[1] if row.setting == "tuned"]
    assert len({row.method for row in tuned}) == 12
    for row in tuned:
        assert row.realised <= row.budget + 1e-9
        assert row.false_alarms == sum(row.causes.values())


def test_a_larger_budget_never_makes_a_method_later(report: tuple[list[HomeRun], list[ResultRow]]) -> None:
    for method in {row.method for row in report[1]}:
        for told in (False, True):
            rows = [r for r in report[1] if (r.method, r.told, r.setting, r.days) == (method, told, "tuned", "15-")]
            shared = sorted((row for row in rows if row.homes == "all"), key=lambda row: row.budget)
            assert [row.scale for row in shared] == sorted((row.scale for row in shared), reverse=True)


def test_our_state_before_an_event_is_the_normal_days_state(report: tuple[list[HomeRun], list[ResultRow]]) -> None:
    for run in report[0]:
        for event in run.events:
            first = event.truth.start // 5
            assert event.ratios[OURS][0] == run.ratios[OURS][first - 1]
            assert event.ratios[OURS].size == 48 * 12 + 1


def canary_run(ratio: np.ndarray, during: np.ndarray) -> HomeRun:
    truth = Truth("c", "collapse", 15 * 1440, 17 * 1440, SILENCE)
    event = EventRun(truth, "collapse", {"canary": during, OURS: during}, {1.0: None})
    return HomeRun("c", True, False, 0, DAYS, {"canary": ratio, OURS: ratio}, {1.0: ()}, (event,))


@pytest.mark.parametrize(
    ("normal", "during", "median"),
    [
        (np.ones(DAYS * DAY_CELLS), np.ones(577), 48.0),
        (np.zeros(DAYS * DAY_CELLS), np.zeros(577), 48.0),
        (np.zeros(DAYS * DAY_CELLS), np.concatenate([[0.0], np.ones(576)]), 5 / 60),
    ],
    ids=["always rings", "never rings", "knows"],
)
def test_canaries_rank_as_they_must(normal: np.ndarray, during: np.ndarray, median: float) -> None:
    rows = table([live("c", 1, DAYS)], [canary_run(normal, during)])
    best = best_peer(rows, told=False, budget=1.0)
    assert best is not None
    assert best.median == pytest.approx(median)
    as_set = [row for row in rows if row.setting == "as set" and row.days == "15-"]
    assert [row.median for row in as_set] == [48.0]


def test_the_command_prints_the_table_and_writes_json_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_backtest_arguments(parser)
    files = ["--json", str(tmp_path / "r.json"), "--picture", str(tmp_path / "r.svg")]
    small = ["--count", "1", "--days", "22", "--collapses", "1", "--workers", "1", "--no-peers", "--no-as-set"]
    assert run_backtest(parser.parse_args([*small, *files])) == 0
    printed = capsys.readouterr().out
    assert "tap left on" in printed
    assert "budget 2.7 per home and 30 days, absences not told" in printed
    written = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert {row["method"] for row in written["rows"]} == {OURS}
    assert written["about"]["homes"] == ["p20000"]
    assert ElementTree.parse(tmp_path / "r.svg").getroot().tag.endswith("svg")


def test_homes_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_backtest_arguments(parser)
    assert run_backtest(parser.parse_args(["--homes", str(tmp_path)])) == 2
    assert "tests/bench/homes.py" in capsys.readouterr().err
    (tmp_path / "s.npz").write_bytes(b"not a home")
    assert run_backtest(parser.parse_args(["--homes", str(tmp_path)])) == 2
    assert "s.npz" in capsys.readouterr().err
