"""Clocks: the virtual one's arithmetic through the daemon's eyes, and whether the wall is to be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.clock import Clock, from_ms, to_ms
from gateway.watch.clockwatch import NOT_BEFORE, ClockWatch
from models.pace import Pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_readings_time_runs_at_the_pace_and_the_wall_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [NOON]
    monkeypatch.setattr(Clock, "system", lambda _self: shown[0])
    clock = Clock(Pace(NOON, datetime(2020, 1, 1, tzinfo=UTC), 3600.0))
    assert (clock.now(), clock.wall()) == (datetime(2020, 1, 1, tzinfo=UTC), NOON)
    shown[0] += timedelta(seconds=2)
    assert (clock.now(), clock.wall()) == (datetime(2020, 1, 1, 2, tzinfo=UTC), shown[0])
    assert clock.seconds_until(clock.now() + timedelta(hours=1)) == pytest.approx(1.0)
    assert clock.seconds_until(datetime(2019, 1, 1, tzinfo=UTC)) == 0.0
    assert Clock().seconds_until(shown[0] + timedelta(seconds=5)) == 5.0


def test_the_system_s_clock_is_what_the_wall_shows() -> None:
    before = datetime.now(UTC)
    shown = Clock().wall()
    assert before <= shown <= datetime.now(UTC)


def test_milliseconds_go_both_ways() -> None:
    at = datetime(2026, 11, 23, 12, 30, 15, 250_000, tzinfo=UTC)
    assert to_ms(at) == 1795437015250
    assert from_ms(to_ms(at)) == at


def test_a_clock_that_was_never_set_is_not_believed_until_it_is_set() -> None:
    watch = ClockWatch()
    assert not watch.note(datetime(1970, 1, 1, tzinfo=UTC), 0.0)
    assert not watch.note(NOT_BEFORE - timedelta(seconds=1), 1.0)
    assert watch.note(NOT_BEFORE, 2.0)
    assert watch.jumps == 1


def test_a_clock_that_is_set_by_hours_is_a_jump_and_drift_is_not() -> None:
    watch = ClockWatch()
    start = datetime(2026, 11, 23, 12, tzinfo=UTC)
    watch.note(start, 100.0)
    watch.note(start + timedelta(seconds=60), 159.0)
    assert watch.jumps == 0
    watch.note(start + timedelta(hours=2), 160.0)
    watch.note(start, 161.0)
    assert watch.jumps == 2
