"""Who is due on a line, when nobody is late, when the bus is overloaded and when a device is dead."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from gateway.bus.timetable import PATIENCE, Timetable

START = datetime(2026, 11, 23, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_everyone_is_due_at_the_start_in_the_order_given_and_then_on_its_beat() -> None:
    table = Timetable({"a": 60, "b": 60}, START)
    assert table.due(at(0)) == "a"
    table.asked("a", at(1), answered=True)
    assert table.due(at(1)) == "b"
    table.asked("b", at(2), answered=True)
    assert table.due(at(59.9)) is None
    assert table.due(at(60)) == "a"
    assert table.next_at() == at(60)


def test_missed_polls_are_skipped_and_the_beat_is_kept() -> None:
    table = Timetable({"a": 60}, START)
    table.asked("a", at(605), answered=True)
    assert table.due(at(659.9)) is None
    assert table.due(at(660)) == "a"


def test_an_overloaded_bus_serves_all_alike() -> None:
    table = Timetable({f"m{number}": 10 for number in range(8)}, START)
    asked: Counter[str] = Counter()
    now = 0.0
    while now < 3000:
        device = table.due(at(now))
        assert device is not None
        now += 3
        table.asked(device, at(now), answered=True)
        asked[device] += 1
    assert max(asked.values()) - min(asked.values()) <= 1


def test_a_dead_device_is_asked_ever_less_often_and_at_once_again_when_it_answers() -> None:
    table = Timetable({"a": 60}, START)
    beats = []
    now = START
    for _ in range(8):
        table.asked("a", now, answered=False)
        due = table.next_at()
        assert due is not None
        beats.append((due - now).total_seconds())
        now = due
    assert beats[: PATIENCE - 1] == [60] * (PATIENCE - 1)
    assert max(beats) == beats[-1] == 240
    assert table.is_dead("a")
    table.asked("a", now, answered=True)
    assert not table.is_dead("a")
    assert table.due(now + timedelta(seconds=240)) == "a"
    assert table.due(now + timedelta(seconds=59)) is None


def test_a_clock_set_back_does_not_stop_the_polling() -> None:
    table = Timetable({"a": 60}, START)
    table.asked("a", at(0), answered=True)
    earlier = START - timedelta(hours=5)
    table.restart(earlier)
    due = table.next_at()
    assert due is not None
    assert due - earlier <= timedelta(seconds=240)
