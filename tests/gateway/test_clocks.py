"""Clocks: the virtual one's arithmetic through the daemon's eyes, and whether the wall is to be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.clock import Clock, from_ms, to_ms
from gateway.time_service import is_synced
from gateway.watch.clockwatch import NOT_AFTER, NOT_BEFORE, ClockWatch
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


class SetClock(Clock):
    """A clock whose two hands a test moves."""

    def __init__(self, shown: datetime, **known: Any) -> None:
        super().__init__(**known)
        object.__setattr__(self, "hands", [shown, 0.0])

    def system(self) -> datetime:
        return self.hands[0]  # type: ignore[attr-defined, no-any-return]

    def monotonic(self) -> float:
        return self.hands[1]  # type: ignore[attr-defined, no-any-return]

    def go(self, seconds: float, leap: timedelta = timedelta()) -> None:
        hands = self.hands  # type: ignore[attr-defined]
        hands[0] += timedelta(seconds=seconds) + leap
        hands[1] += seconds


@pytest.mark.parametrize("leap", [timedelta(hours=6), timedelta(hours=-3), timedelta(weeks=1024)])
def test_the_gateway_s_time_does_not_leap_until_it_follows_and_its_beat_never_does(leap: timedelta) -> None:
    clock = SetClock(NOON)
    clock.wall()
    clock.go(10, leap)
    assert (clock.now(), clock.ahead()) == (NOON + timedelta(seconds=10), leap)
    clock.go(5)
    assert clock.follow() == leap
    assert clock.now() == clock.system() == NOON + timedelta(seconds=15) + leap
    assert clock.beat() == NOON + timedelta(seconds=15)
    assert clock.seconds_until_beat(NOON + timedelta(seconds=20)) == 5.0


def test_a_leap_that_is_taken_back_was_none() -> None:
    clock = SetClock(NOON)
    clock.wall()
    clock.go(1, timedelta(hours=6))
    assert clock.ahead() == timedelta(hours=6)
    clock.go(1, timedelta(hours=-6))
    assert (clock.ahead(), clock.now()) == (timedelta(), NOON + timedelta(seconds=2))


def test_a_small_step_is_followed_at_once() -> None:
    clock = SetClock(NOON)
    clock.wall()
    clock.go(1, timedelta(seconds=40))
    assert (clock.now(), clock.ahead()) == (NOON + timedelta(seconds=41), timedelta())


@pytest.mark.parametrize(
    "shown", [datetime(1970, 1, 1, tzinfo=UTC), NOON - timedelta(hours=3), NOON + timedelta(weeks=1024)]
)
def test_a_clock_that_can_t_be_right_at_the_start_goes_on_from_what_was_last_known(shown: datetime) -> None:
    clock = SetClock(shown, last_known=NOON, not_before=NOT_BEFORE, not_after=NOT_AFTER)
    assert clock.now() == NOON
    clock.go(7)
    assert (clock.now(), clock.ahead()) == (NOON + timedelta(seconds=7), shown - NOON)


HOURS = timedelta(hours=6)


def watch_after_leap(synced: bool | None, word: timedelta | None, at_s: float = 90.0) -> ClockWatch:
    """Return a watch whose system's clock leapt by six hours after 100 s; ingest said its time at `at_s`."""
    watch = ClockWatch()
    watch.note(NOON, 0.0)
    if word is not None:
        watch.hear(NOON + timedelta(seconds=at_s) + word, at_s)
    watch.note(NOON + timedelta(seconds=100) + HOURS, 100.0, ahead=HOURS, synced=synced)
    return watch


@pytest.mark.parametrize(
    ("synced", "word", "believes"),
    [
        (None, None, False),
        (False, None, False),
        (True, None, True),
        (False, HOURS, True),
        (True, timedelta(), False),
        (False, timedelta(hours=1), False),
        (True, timedelta(hours=1), True),
    ],
)
def test_a_leap_is_believed_when_ingest_or_else_the_time_service_vouches_for_it(
    synced: bool | None, word: timedelta | None, believes: bool
) -> None:
    watch = watch_after_leap(synced, word)
    assert (watch.believes, watch.trusted, watch.is_certain) == (believes, True, False)
    assert "leapt by +6.0 h" in (watch.trouble() or "")


def test_what_ingest_said_long_ago_does_not_count() -> None:
    watch = ClockWatch()
    watch.note(NOON, 0.0)
    watch.hear(NOON + HOURS, 0.0)
    watch.note(NOON + HOURS + timedelta(seconds=601), 601.0, ahead=HOURS)
    assert not watch.believes


def test_an_hour_that_can_t_be_is_not_believed_whoever_says_so() -> None:
    watch = ClockWatch()
    watch.note(NOON, 0.0)
    for shown in (NOON + timedelta(weeks=1024), datetime(1970, 1, 1, tzinfo=UTC)):
        watch.hear(shown, 1.0)
        watch.note(shown, 1.0, ahead=shown - NOON, synced=True)
        assert (watch.believes, watch.trusted) == (False, True)
    assert not ClockWatch().note(NOT_AFTER + timedelta(seconds=1), 0.0)


def test_the_system_says_whether_a_time_service_sets_its_clock() -> None:
    assert is_synced() in (True, False, None)
