"""What the status says of lines and devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.health.busload import BusPlan
from gateway.health.status import Health
from gateway.protocols.framing import Code, Diagnostic

AT = datetime(2026, 11, 23, tzinfo=UTC)


def health() -> Health:
    plans = {"bus-1": BusPlan({"a": 60.0, "b": 60.0}, {"a": 0.5, "b": 0.3})}
    return Health({"a": "h-1", "b": "h-1", "s": "h-1"}, ["bus-1", "detectors"], plans)


def test_answers_failures_and_diagnostics_are_counted_per_device() -> None:
    one = health()
    one.heard("a", AT, 0.2)
    one.unheard("a", "no answer")
    one.troubled("a", [Diagnostic(Code.CHECKSUM, 3, b"", "sum"), Diagnostic(Code.CHECKSUM, 3, b"", "sum")])
    told = one.as_json(0.0)["devices"]
    assert told["a"]["answer_rate"] == 0.5
    assert told["a"]["errors"] == {"checksum": 2}
    assert told["a"]["last_error"] == "checksum: sum"
    assert told["b"]["answer_rate"] is None
    (state,) = [state for state in one.device_states() if state.device == "a"]
    assert (state.home, state.answers, state.failures, state.last_heard) == ("h-1", 1, 1, AT)


def test_a_line_that_is_down_is_a_trouble_until_it_is_back() -> None:
    one = health()
    one.line("bus-1", "unplugged")
    assert one.line_troubles() == ["line bus-1: unplugged"]
    one.line("bus-1", None)
    assert one.line_troubles() == []


def test_a_line_that_carries_less_than_is_asked_says_so() -> None:
    for seconds, overloaded in ((60, False), (90, False), (180, True)):
        one = health()
        for device in ("a", "b"):
            one.heard(device, AT)
            one.heard(device, AT + timedelta(seconds=seconds))
        assert bool(one.line_troubles()) is overloaded, seconds
        if overloaded:
            assert "3.0 times more rarely" in one.line_troubles()[0]


def test_a_bus_says_what_it_is_asked_can_carry_and_carries() -> None:
    one = health()
    told = one.as_json(0.0)["buses"]["bus-1"]
    assert (told["asked_per_hour"], told["can_carry_per_hour"], told["carries_per_hour"]) == (120, 9000, None)
    for number in range(10):
        one.polled("bus-1", 30.0 * (number + 1), 1.5)
        one.heard("a", AT + timedelta(seconds=60 * number), 1.5)
    told = one.as_json(300.0)["buses"]["bus-1"]
    assert told["can_carry_per_hour"] == 4000, "a measured 1.5 s and 0.3 s by paper"
    assert 119 <= told["carries_per_hour"] <= 133
    assert told["busy"] == pytest.approx(0.05, abs=0.005)


def test_latencies_are_told_by_median_and_by_the_slowest_twentieth() -> None:
    one = health()
    for number in range(100):
        one.heard("a", AT, 0.2 if number < 90 else 2.0)
    told = one.as_json(0.0)["devices"]
    assert (told["a"]["latency_p50_s"], told["a"]["latency_p95_s"]) == (0.2, 2.0)
    assert told["s"]["latency_p50_s"] is None
