"""A dead bus is one ticket, and a kill at any moment neither loses what was held back nor sends it twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import EnvelopeWriter, Sender
from gateway.pipeline import Pipeline
from gateway.state.facts import FactStore
from gateway.state.store import Store
from gateway.watch.clockwatch import ClockWatch
from gateway.watch.common_causes import FACT, CommonCauses
from gateway.watch.homes import HomeRoster, load_states
from gateway.watch.watcher import Watcher
from models.household.common_cause.common_cause import CauseScope, ScopeKind
from models.household.settings import DeviceWatch, HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Reading
from models.wire.codec import decode

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOMES = [f"h-{number}" for number in range(6)]
WATER = {f"{home}-w": home for home in HOMES}
SMOKE = {f"{home}-s": home for home in HOMES}
ROSTER = HomeRoster(
    {
        home: HomeSettings(devices=(DeviceWatch(f"{home}-w", poll_s=60.0), DeviceWatch(f"{home}-s")), ledger=True)
        for home in HOMES
    },
    {**WATER, **SMOKE},
)
BUS = CauseScope("gw/line/bus-1", "bus-1", ScopeKind.LINE, frozenset(HOMES), frozenset(WATER))
SILENT_FROM, END = 5, 45


class Rig:
    """A pipeline as the app wires it, on a file that may have been left by a killed one."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.store = Store(path, "now")
        clockwatch = ClockWatch()
        clockwatch.note(now, 0.0)
        loaded = load_states(self.store.db, ROSTER, now)
        places = CommonCauses([BUS])
        going = [one.name for state in loaded.states.values() for one in state.episodes.values()]
        assert places.recall(self.store.fact(FACT), going)
        self.facts, outbox = FactStore(self.store), Outbox(self.store, 10, 100)
        self.pipeline = Pipeline(
            store=self.store,
            facts=self.facts,
            outbox=outbox,
            post=EnvelopeWriter(
                store=self.store, facts=self.facts, outbox=outbox, sender=Sender("gw", "boot"), clock=Clock()
            ),
            watcher=Watcher(loaded.states, ROSTER.home_of),
            clock=Clock(),
            clockwatch=clockwatch,
            places=places,
        )

    def minute(self, minute: int) -> None:
        now = START + timedelta(minutes=minute)
        if minute < SILENT_FROM:
            self.pipeline.observe(
                [Reading(d, Quantity.WATER_VOLUME, Decimal(5), Unit.CUBIC_METRE, now) for d in WATER], now
            )
        for home in self.pipeline.due(now):
            self.pipeline.tick(home, now)
        self.pipeline.let_go(now)

    def smoke(self, minute: int) -> None:
        now = START + timedelta(minutes=minute)
        self.pipeline.observe([Reading("h-2-s", Quantity.SMOKE, Decimal(1), Unit.COUNT, now)], now)

    def sent(self) -> list[dict[str, Any]]:
        rows = self.store.db.execute("SELECT envelope FROM outbox WHERE kind = 'flag' ORDER BY place")
        return [decode(row[0]).body for row in rows]


def test_a_dead_bus_is_one_flag_with_all_its_homes(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "gateway.sqlite", START)
    for minute in range(END):
        rig.minute(minute)
    (flag,) = rig.sent()
    assert (flag["kind"], flag["home"]) == ("common_cause", "gw/line/bus-1")
    assert flag["facts"]["homes"] == ",".join(HOMES)
    assert all(home in flag["text_zh"] and home in flag["text_en"] for home in HOMES)
    rig.store.close()


def test_smoke_leaves_at_once_while_other_flags_are_held_back(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "gateway.sqlite", START)
    minute = 0
    while not rig.store.fact(FACT):
        rig.minute(minute)
        minute += 1
    assert rig.sent() == []
    rig.smoke(minute)
    assert [flag["kind"] for flag in rig.sent()] == ["smoke"]
    rig.store.close()


@pytest.mark.parametrize("killed_after", range(18, 32))
def test_a_kill_at_any_minute_loses_no_held_flag_and_sends_none_twice(tmp_path: Path, killed_after: int) -> None:
    path = tmp_path / "gateway.sqlite"
    rig = Rig(path, START)
    for minute in range(END):
        rig.minute(minute)
        if minute == killed_after:
            rig.store.close()
            rig = Rig(path, START + timedelta(minutes=minute))
    causes = [flag for flag in rig.sent() if flag["kind"] == "common_cause"]
    assert [flag["event"] for flag in causes] == ["raised"]
    assert causes[0]["facts"]["homes"] == ",".join(HOMES)
    assert len(rig.sent()) == 1
    rig.store.close()


def _live_until_killed(path: Path) -> None:
    rig = Rig(path, START)
    for minute in range(END):
        rig.minute(minute)
        if rig.store.fact(FACT):
            os.kill(os.getpid(), signal.SIGKILL)


def test_after_a_real_kill_while_flags_are_held_the_one_flag_still_goes_out(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    process = multiprocessing.get_context("spawn").Process(target=_live_until_killed, args=(path,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    rig = Rig(path, START + timedelta(minutes=20))
    assert rig.sent() == []
    for minute in range(20, END):
        rig.minute(minute)
    assert [flag["kind"] for flag in rig.sent()] == ["common_cause"]
    rig.store.close()


def test_while_the_disk_takes_nothing_what_is_held_waits_in_memory_and_goes_out_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path / "gateway.sqlite", START)
    for minute in range(END - 5):
        rig.store.db.execute(f"PRAGMA query_only = {int(10 < minute < 35)}")
        rig.minute(minute)
    assert [flag["kind"] for flag in rig.sent()] == ["common_cause"]
    assert rig.facts.disk_trouble is None
    rig.store.close()
