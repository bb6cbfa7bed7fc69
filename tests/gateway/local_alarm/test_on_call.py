"""Whom a modem writes to: ingest's roster while it is valid and names somebody, else gateway.toml. No number shows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.local_alarm.contract import Recipient
from gateway.local_alarm.on_call import FACT, OnCall
from gateway.state.store import read_only
from models.wire.codec import write_down
from models.wire.messages import OnCallChanged, OnCallShift
from tests.gateway.local_alarm.conftest import Stick
from tests.gateway.local_alarm.test_cloud_off import ON_CALL, until

NOON = datetime(2026, 11, 26, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAPER = (Recipient("modem", "paper", "+8613800000009"),)


def shift(person: str, begin: float, end: float, phone: str = "") -> OnCallShift:
    return OnCallShift(person, phone or f"+861380000000{len(person)}", NOON + begin * HOUR, NOON + end * HOUR)


TOLD = OnCallChanged("r1", NOON + 48 * HOUR, [shift("vera", 0, 12), shift("viktor", 6, 24), shift("late", 47, 60)])


def names(on_call: OnCall) -> list[str]:
    return [one.person for one in on_call.people()]


@pytest.mark.parametrize(
    ("hours", "who", "by"),
    [
        (-0.001, ["paper"], "gateway.toml"),
        (0, ["vera"], "roster"),
        (7, ["vera", "viktor"], "roster"),
        (12, ["viktor"], "roster"),
        (24, ["paper"], "gateway.toml"),
        (47.999, ["late"], "roster"),
        (48, ["paper"], "gateway.toml"),
        (None, ["paper"], "gateway.toml"),
    ],
)
def test_the_roster_counts_to_the_minute_and_the_paper_where_it_names_nobody(
    hours: float | None, who: list[str], by: str
) -> None:
    on_call = OnCall(PAPER, lambda: None if hours is None else NOON + hours * HOUR)
    assert names(on_call) == ["paper"]
    on_call.learn(TOLD)
    assert (names(on_call), on_call.by()) == (who, by)


def test_a_number_that_is_none_is_passed_over_and_said_without_it(caplog: pytest.LogCaptureFixture) -> None:
    on_call = OnCall(PAPER, lambda: NOON)
    on_call.learn(OnCallChanged("r", NOON + HOUR, [shift("vera", 0, 1, "ask at 13800000007")]))
    assert names(on_call) == ["paper"]
    assert "1 shifts on call have a number that can't be written to" in caplog.text
    assert "13800000007" not in caplog.text


@pytest.mark.parametrize("field", ["since", "until"])
def test_times_without_a_zone_are_refused_whole_and_what_was_known_counts_on(field: str) -> None:
    on_call = OnCall(PAPER, lambda: NOON)
    assert on_call.learn(TOLD)
    naive = replace(shift("odd", 0, 1), **{field: NOON.replace(tzinfo=None)})
    assert not on_call.learn(OnCallChanged("r2", NOON + HOUR, [naive]))
    assert not on_call.learn(OnCallChanged("r2", NOON.replace(tzinfo=None), []))
    assert (on_call.revision, names(on_call)) == ("r1", ["vera"])


def test_who_was_on_call_a_moment_ago_is_still_understood_when_they_answer() -> None:
    on_call = OnCall(PAPER, lambda: NOON + 13 * HOUR)
    on_call.learn(TOLD)
    assert [one.person for one in on_call.known()] == ["vera", "viktor", "late", "paper"]


def test_what_is_kept_comes_back_and_what_is_old_or_unreadable_does_not_count() -> None:
    now = [NOON]
    on_call = OnCall(PAPER, lambda: now[0])
    assert on_call.recall(None)
    assert on_call.recall(write_down(TOLD))
    assert (on_call.revision, names(on_call)) == ("r1", ["vera"])
    assert not on_call.forget_old()
    now[0] = TOLD.valid_until
    assert on_call.forget_old()
    assert not on_call.forget_old(), "once"
    assert on_call.revision == "", "so that ingest tells again"
    assert not on_call.recall('{"revision": 7}')
    assert names(on_call) == ["paper"]


async def test_the_real_gateway_writes_to_the_roster_over_a_kill_and_shows_no_number(
    daemon: Any, ingester: Any, stick: Stick
) -> None:
    daemon.config.write_text(daemon.config.read_text() + ON_CALL.format(port=stick.port))
    now = datetime.now(UTC)
    told = OnCallChanged("r-9", now + 10 * HOUR, [OnCallShift("viktor", "+8613800000002", now - HOUR, now + HOUR)])

    def confirmed() -> list[object]:
        return [one.body.get("on_call") for one in ingester.taken if one.kind == "heartbeat"]

    daemon.start()
    await until(lambda: confirmed() == [""] * len(confirmed()) != [], "a heartbeat that asks for numbers")
    ingester.say(told, "on_call_changed")
    await until(lambda: "r-9" in confirmed(), "a heartbeat that confirms them")
    daemon.kill()
    ingester.taken.clear()
    ingester.deaf = True
    daemon.start()
    await until(lambda: "r-9" in confirmed(), "a heartbeat that still knows them")
    await asyncio.to_thread(ingester.publish, "zigbee2mqtt/h-001-smoke", json.dumps({"smoke": True}))
    await until(lambda: stick.modem.sent, "the message")
    assert [one.number for one in stick.modem.sent] == ["+8613800000002"], "not to who stands in gateway.toml"
    await until(lambda: "told_locally" in {one.kind for one in ingester.taken}, "the word to ingest")
    daemon.stop()
    assert "13800000002" not in daemon.log()
    db = read_only(daemon.state)
    (kept,) = db.execute("SELECT value FROM facts WHERE name = ?", (FACT,)).fetchone()
    db.close()
    assert "+8613800000002" in kept
