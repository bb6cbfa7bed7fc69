"""What a gateway tells of its homes' habits, and what it is told from what others taught: added up, bounded, kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import EnvelopeWriter, Sender
from gateway.outbox.priority import Rank
from gateway.pipeline import Pipeline
from gateway.state.facts import FactStore
from gateway.state.store import Store
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.habits import FACT, week_due
from gateway.watch.tuning import recalled, tuned
from gateway.watch.watcher import Watcher
from models.household import panel
from models.household.settings import HomeSettings
from models.household.spells.district import SPELLS
from models.household.spells.prior import PriorError
from models.household.spells.spells import Spell
from models.params import InactivityParams, Params
from models.wire.codec import decode, write_down
from models.wire.messages import HomeTuning, PriorTable, SettingsChanged

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""A Tuesday: the week from Monday the 16th is over and its last spells have ended."""
LAST_MONDAY = date(2026, 11, 16)
DAY = (LAST_MONDAY - date(1970, 1, 1)).days
HOMES = [f"h-{number}" for number in range(6)]


class Rig:
    """A pipeline over homes with a known past."""

    def __init__(self, path: Path, spells_of: dict[str, list[Spell]]) -> None:
        self.store = Store(path, "now")
        self.states = {home: panel.new_home(home, HomeSettings(), NOW) for home in spells_of}
        for home, spells in spells_of.items():
            for spell in spells:
                self.states[home].silence.spells.add(spell)
        clockwatch = ClockWatch()
        clockwatch.note(NOW, 0.0)
        self.outbox = Outbox(self.store, 10, 100)
        facts = FactStore(self.store)
        self.pipeline = Pipeline(
            store=self.store,
            facts=facts,
            outbox=self.outbox,
            post=EnvelopeWriter(
                store=self.store, facts=facts, outbox=self.outbox, sender=Sender("gw", "boot"), clock=Clock()
            ),
            watcher=Watcher(self.states, {}),
            clock=Clock(),
            clockwatch=clockwatch,
        )

    def sent(self) -> list[dict[str, Any]]:
        rows = self.store.db.execute("SELECT envelope FROM outbox WHERE kind = 'habit_counts' ORDER BY place")
        return [decode(row[0]).body for row in rows]


def a_week(first_day: int = DAY, spells: int = 14) -> list[Spell]:
    return [Spell(first_day + number % 7, 540, 60, False) for number in range(spells)]


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "gateway.sqlite"


@pytest.mark.parametrize(
    ("today", "settled", "monday"),
    [
        (date(2026, 11, 24), None, LAST_MONDAY),
        (date(2026, 11, 24), "2026-11-16", None),
        (date(2026, 11, 24), "2026-11-09", LAST_MONDAY),
        (date(2026, 11, 23), None, date(2026, 11, 9)),
        (date(2026, 11, 29), "2026-11-16", None),
        (date(2026, 12, 1), "2026-11-16", date(2026, 11, 23)),
        (date(2026, 11, 24), "2026-12-07", None),
    ],
)
def test_a_week_is_told_from_the_tuesday_after_it_once(today: date, settled: str | None, monday: date | None) -> None:
    assert week_due(today, settled) == monday


def test_a_weeks_spells_of_all_homes_go_out_added_up_once_and_last_of_all(path: Path) -> None:
    rig = Rig(path, {home: [*a_week(DAY - 7), *a_week(), *a_week(DAY + 7)] for home in HOMES})
    rig.pipeline.tell_habits(NOW.date())
    rig.pipeline.tell_habits(NOW.date())
    rig.pipeline.tell_habits(NOW.date() + timedelta(days=1))
    assert rig.sent() == [{"week": "2026-11-16", "homes": 6, "cells": [[0, 18, 8, 84]]}], "six homes, fourteen each"
    (waiting,) = rig.outbox.lease(0.0)
    assert waiting.rank == Rank.COUNTS == max(Rank)
    rig.store.close()


def test_a_week_whose_message_was_lost_with_the_state_file_has_the_same_id_again(path: Path, tmp_path: Path) -> None:
    ids = []
    for name in (path, tmp_path / "new.sqlite"):
        rig = Rig(name, {home: a_week() for home in HOMES})
        rig.pipeline.tell_habits(NOW.date())
        ids += [one.message_id for one in rig.outbox.lease(0.0)]
        rig.store.close()
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_of_fewer_than_five_homes_nothing_leaves_and_the_week_is_settled(path: Path) -> None:
    quiet = {home: a_week(spells=6) for home in HOMES[4:]}
    rig = Rig(path, {home: a_week() for home in HOMES[:4]} | quiet)
    rig.pipeline.tell_habits(NOW.date())
    assert rig.sent() == []
    assert rig.store.fact(FACT) == "2026-11-16"
    rig.store.close()


def scaled(scale: float, own: float = 1.0, home: str = "h-1") -> float:
    params = Params(inactivity=InactivityParams(line_scale=own))
    changed = SettingsChanged("r", [HomeTuning(home, scale)])
    return tuned({"h-1": HomeSettings(params=params)}, changed)["h-1"].params.inactivity.line_scale


def test_what_outcomes_taught_multiplies_the_gateways_own_line_and_never_leaves_the_bounds() -> None:
    assert scaled(1.1) == pytest.approx(1.1)
    assert scaled(0.9, own=1.2) == pytest.approx(1.08)
    assert scaled(40.0) == 2.0
    assert scaled(0.0) == 0.5
    assert scaled(1.5, home="h-of-another") == 1.0


def test_only_the_line_of_silences_moves() -> None:
    own = HomeSettings()
    after = tuned({"h-1": own}, SettingsChanged("r", [HomeTuning("h-1", 1.2)]))["h-1"]
    inactivity = replace(own.params.inactivity, line_scale=1.2)
    assert after.params == replace(own.params, inactivity=inactivity)
    assert replace(after, params=own.params) == own


def rows(left_on: bool, factor: float = 1.0) -> list[list[int]]:
    return [[round(minutes * factor) for minutes in row] for row in SPELLS[left_on]]


def test_a_fitted_prior_holds_until_it_is_taken_back() -> None:
    prior = PriorTable(200, rows(False, 2.0), rows(True))
    after = tuned({"h-1": HomeSettings()}, SettingsChanged("r", prior=prior))["h-1"]
    assert after.prior[False][20][2] == 2 * SPELLS[False][20][2]
    assert tuned({"h-1": HomeSettings()}, SettingsChanged("r"))["h-1"].prior == SPELLS


def test_a_prior_gone_wrong_is_refused_whole() -> None:
    with pytest.raises(PriorError, match="further than 4 times"):
        tuned({"h-1": HomeSettings()}, SettingsChanged("r", prior=PriorTable(200, rows(False, 10.0), rows(True))))


def test_what_was_written_down_is_watched_by_after_a_restart_and_rubbish_is_not() -> None:
    own = {"h-1": HomeSettings()}
    revision, settings = recalled(write_down(SettingsChanged("r-7", [HomeTuning("h-1", 0.9)])), own)
    assert revision == "r-7"
    assert settings["h-1"].params.inactivity.line_scale == pytest.approx(0.9)
    assert recalled(None, own) == ("", {})
    assert recalled('{"revision": 7}', own) == ("", {})


def test_a_lower_line_makes_the_present_silence_due_earlier() -> None:
    state = panel.new_home("h-1", HomeSettings(), NOW)
    before = panel.watch_state(state, NOW)
    assert before.notice_by is not None
    panel.retune(state, tuned({"h-1": HomeSettings()}, SettingsChanged("r", [HomeTuning("h-1", 0.8)]))["h-1"], NOW)
    after = panel.watch_state(state, NOW)
    assert after.notice_by is not None
    assert after.notice_by < before.notice_by
    assert (before.line_scale, after.line_scale) == (1.0, 0.8)


def test_the_daemon_confirms_what_it_was_told_shows_it_and_keeps_it_over_a_kill(
    daemon: Any, ingester: Any, wait_for: Any
) -> None:
    def confirmed(after: int) -> bool:
        return any(one.body.get("settings") == "r-7" for one in ingester.taken[after:] if one.kind == "heartbeat")

    daemon.start()
    wait_for(lambda: daemon.log().count("reached") >= 2, what="the broker's sessions")
    wrong = SettingsChanged("r-6", prior=PriorTable(1, rows(False, 10.0), rows(True)))
    ingester.say(wrong, "settings_changed")
    ingester.say(SettingsChanged("r-7", [HomeTuning("h-001", 1.15)]), "settings_changed")
    wait_for(lambda: confirmed(0), what="a heartbeat that names the revision", timeout_s=60)
    assert not any(one.body.get("settings") == "r-6" for one in ingester.taken), "what can't be used is not confirmed"
    daemon.kill()
    seen = len(ingester.taken)
    daemon.start()
    wait_for(lambda: confirmed(seen), what="the same from the next run", timeout_s=60)
    assert daemon.stop() == 0
    out = subprocess.run(
        [sys.executable, "-m", "gateway", "status", "--config", str(daemon.config)], capture_output=True, check=True
    )
    homes = {one["home"]: one for one in json.loads(out.stdout)["homes"]}
    assert homes["h-001"]["line_scale"] == 1.15
    assert homes["h-002"]["line_scale"] == 1.0
    assert homes["h-001"]["notice_by"] is not None
