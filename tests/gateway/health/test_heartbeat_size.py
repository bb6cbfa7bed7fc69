"""A heartbeat is always short enough for ingest, and what is in trouble is told first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.health.heartbeat_size import fitted
from models.wire.codec import MAX_BYTES, decode, encode, write_body
from models.wire.envelope import Envelope
from models.wire.messages import DeviceState, Heartbeat, HomeWatchState

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def beat(devices: int, *, error: str = "checksum: frame says 08, computed 16") -> Heartbeat:
    states = [
        DeviceState(f"h-{n:05}-e", f"h-{n:05}", AT, 123456, 12, error if n % 10 == 9 else None) for n in range(devices)
    ]
    homes = [HomeWatchState(f"h-{n:05}", n % 7 == 6, AT, AT) for n in range(devices // 3)]
    return Heartbeat("1", AT, 60, 0, 0.0, clock_trusted=True, troubles=["a"], devices=states, homes=homes)


def length(one: Heartbeat) -> int:
    return len(encode(Envelope("m" * 32, "gw", "b" * 32, 1, AT, "heartbeat", write_body(one))))


def test_an_ordinary_one_is_sent_as_it_is() -> None:
    assert fitted(beat(300)) == beat(300)


@pytest.mark.parametrize("long", [beat(20_000), beat(3_000, error="错" * 9_000), beat(10_000, error="é" * 300)])
def test_a_long_one_is_cut_and_says_so(long: Heartbeat) -> None:
    assert length(long) > MAX_BYTES
    short = fitted(replace(long, troubles=["line bus-1: is overloaded " * 20] * 2_000))
    assert length(short) <= MAX_BYTES
    assert decode(encode(Envelope("m", "gw", "b", 1, AT, "heartbeat", write_body(short)))).kind == "heartbeat"
    assert short.troubles[0].startswith(f"heartbeat: too long for all; it tells {len(short.devices)} of")
    assert short.devices[0].last_error is not None
    assert short.homes[0].blind
