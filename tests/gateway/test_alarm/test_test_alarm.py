"""The daily canary: once a day, by the real parts, timed by a clock that nobody sets; a restart sends no second one."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.app import App
from gateway.config.tolerant import load_tolerant
from gateway.drivers.registry import load_documents
from gateway.test_alarm import test_alarm as canary
from models.flag import FlagEvent, FlagKind, Severity
from models.household import panel
from models.wire.codec import read_body
from models.wire.messages import Canary, Heartbeat

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 24, 9, 59, tzinfo=SHANGHAI)


def test_it_is_due_once_a_day_at_its_hour_and_at_once_on_a_new_gateway() -> None:
    assert canary.is_due(None, MORNING, 10, "gw-1")
    assert not canary.is_due("2026-11-23", MORNING, 10, "gw-1")
    assert canary.is_due("2026-11-23", MORNING + timedelta(minutes=61), 10, "gw-1")
    assert not canary.is_due("2026-11-24", MORNING + timedelta(minutes=61), 10, "gw-1")
    minutes = {
        next(
            m for m in range(61) if canary.is_due("x", MORNING.replace(hour=10, minute=0) + timedelta(minutes=m), 10, g)
        )
        for g in (f"gw-{number}" for number in range(40))
    }
    assert len(minutes) > 20, "a thousand gateways do not all sing in the same minute"


def test_a_detectors_payload_becomes_one_smoke_flag_by_the_parts_that_judge_a_real_one() -> None:
    flag = canary.sing(load_documents()[canary.DOCUMENT], UTC, MORNING)
    assert (flag.home, flag.kind, flag.severity, flag.event) == (
        "canary",
        FlagKind.SMOKE,
        Severity.CRITICAL,
        FlagEvent.RAISED,
    )


def test_a_detector_that_is_no_longer_understood_is_an_error_and_no_silent_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "observe", lambda *_: [])
    with pytest.raises(canary.CanaryError, match="0 smoke flags"):
        canary.sing(load_documents()[canary.DOCUMENT], UTC, MORNING)


async def test_it_goes_to_ingest_once_and_the_next_heartbeat_says_how_long_it_took(
    daemon: Any, ingester: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "_FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(canary, "_LOOK_S", 0.05)
    ingester.deaf = True
    for run in range(2):
        app = asyncio.create_task(App(load_tolerant(daemon.config)).run())
        await _until(lambda: _of_kind(ingester, "canary"), app)
        ingester.deaf = False
        await _until(lambda run=run: _trips(ingester) and len(_beats(ingester)) > 3 * run, app)
        os.kill(os.getpid(), signal.SIGTERM)
        await app
    (name,) = {one.message_id for one in _of_kind(ingester, "canary")}
    body = read_body(_of_kind(ingester, "canary")[0], Canary)
    assert (body.canary_id, body.flag.kind) == (name, FlagKind.SMOKE)
    assert _trips(ingester)[0].canary_id == name
    assert _trips(ingester)[0].receipt_s > 0
    assert {beat.canary_every_s for beat in _beats(ingester)} == {86400.0}
    assert ingester.flags() == [], "it is no flag"


def _of_kind(ingester: Any, kind: str) -> list[Any]:
    return [one for one in ingester.taken if one.kind == kind]


def _beats(ingester: Any) -> list[Heartbeat]:
    return [read_body(one, Heartbeat) for one in _of_kind(ingester, "heartbeat")]


def _trips(ingester: Any) -> list[Any]:
    return [beat.canary for beat in _beats(ingester) if beat.canary is not None and beat.canary.receipt_s is not None]


async def _until(condition: Any, app: asyncio.Task[None]) -> None:
    async with asyncio.timeout(90):
        while not condition():
            assert not app.done()
            await asyncio.sleep(0.05)
