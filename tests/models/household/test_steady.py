"""The short way of readings that say nothing new leads where the whole way leads: same flags, same memory, always."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from models.household import panel, steady
from models.household.settings import DeviceWatch, HomeSettings
from models.household.state import HomeState
from models.quantity import Quantity, Unit
from models.reading import Quality, Reading

START = datetime(2026, 3, 2, 16, tzinfo=UTC)
DAYS = 9
SETTINGS = HomeSettings(zone=ZoneInfo("Asia/Shanghai"))
POLLED = replace(
    SETTINGS,
    devices=(
        DeviceWatch("w", frozenset({Quantity.WATER_VOLUME}), 300.0),
        DeviceWatch("e", frozenset({Quantity.ENERGY, Quantity.POWER}), 300.0),
    ),
)


def lived(
    seed: int, *, jitter: bool = False, power: bool = True, sound: bool = False
) -> Iterator[tuple[Reading, datetime]]:
    """Readings of a home with everything in it that makes a reading more than one of many, and when they came."""
    rng = random.Random(seed)
    water, energy, watts = 100_000.0, 500_000.0, 80.0
    cold = lamp = 0.0
    at = START
    while at < START + timedelta(days=DAYS):
        at += timedelta(seconds=300 + (rng.randint(-20, 20) if jitter else 0))
        hour = (at + timedelta(hours=8)).hour
        up = 7 <= hour < 22
        if rng.random() < (0.25 if up else 0.02):
            water += rng.choice((1, 2, 6, 9, 40))
        cold = 90.0 if int(at.timestamp()) // 1500 % 2 else 0.0
        if up and rng.random() < 0.1:
            lamp = rng.choice((0.0, 40.0, 60.0))
        kettle = rng.choice((0.0, 0.0, 0.0, 1500.0)) if up and rng.random() < 0.1 else 0.0
        watts = 45.0 + rng.uniform(-2, 2) + cold + lamp + kettle
        energy += watts / 12.0
        now = at
        said = [
            Reading("w", Quantity.WATER_VOLUME, Decimal(int(water)), Unit.LITRE, at),
            Reading("e", Quantity.ENERGY, Decimal(int(energy) // 10 * 10), Unit.WATT_HOUR, at),
        ]
        if power:
            said.append(Reading("e", Quantity.POWER, Decimal(f"{watts:.1f}"), Unit.WATT, at))
        if sound:
            yield from ((reading, now) for reading in said)
            continue
        for reading in said:
            yield spoilt(rng, reading), now
        yield from odd_things(rng, at, water)
        if rng.random() < 0.004:
            at += timedelta(minutes=rng.choice((20, 70, 600)))
        if rng.random() < 0.002:
            water = rng.choice((3.0, water + 50_000))
        if rng.random() < 0.002:
            water += 900
        if rng.random() < 0.001:
            at -= timedelta(minutes=rng.choice((10, 180)))


def spoilt(rng: random.Random, reading: Reading) -> Reading:
    """Now and then a reading of another unit, of bad quality, without a value, or late."""
    fate = rng.random()
    value = reading.value
    assert value is not None
    if fate < 0.01 and reading.unit is Unit.LITRE:
        return replace(reading, value=value / 1000, unit=Unit.CUBIC_METRE)
    if fate < 0.01 and reading.unit is Unit.WATT_HOUR:
        return replace(reading, value=value / 1000, unit=Unit.KILOWATT_HOUR)
    if fate < 0.02:
        return replace(reading, quality=rng.choice((Quality.FILLED, Quality.OUT_OF_RANGE)))
    if fate < 0.03:
        return replace(reading, value=None, quality=Quality.NO_ANSWER)
    if fate < 0.04:
        return replace(reading, at=reading.at - timedelta(seconds=rng.choice((300, 400, 5000))))
    if fate < 0.045 and reading.quantity is Quantity.POWER:
        return replace(reading, value=Decimal(rng.choice((0, 1, 2, 699, 700, 3000))))
    return reading


def odd_things(rng: random.Random, at: datetime, water: float) -> Iterator[tuple[Reading, datetime]]:
    fate = rng.random()
    if fate < 0.005:
        yield Reading("w", Quantity.WATER_VOLUME, Decimal(int(water)), Unit.LITRE, at), at
    elif fate < 0.01:
        yield Reading("s", Quantity.SMOKE, Decimal(int(fate < 0.006)), Unit.COUNT, at), at
    elif fate < 0.015:
        yield Reading("w", Quantity.BATTERY_LOW, Decimal(int(fate < 0.012)), Unit.COUNT, at), at


def frozen(seed: int) -> Iterator[tuple[Reading, datetime]]:
    """A register that stands still for a day while the power goes on, and power that is gone for half a day."""
    held: Decimal | None = None
    for reading, now in lived(seed):
        hours = (now - START) / timedelta(hours=1)
        if reading.quantity is Quantity.ENERGY and 50 < hours < 74:
            held = held or reading.value
            yield replace(reading, value=held), now
        elif reading.quantity is Quantity.POWER and 120 < hours < 132:
            yield replace(reading, value=Decimal(0)), now
        else:
            yield reading, now


def told(state: HomeState, stream: Iterator[tuple[Reading, datetime]]) -> list[str]:
    """What the home says, with its memory twice a day: a difference shows where it began."""
    said: list[str] = []
    for number, (reading, now) in enumerate(stream):
        said += [f"{flag.at} {flag}" for flag in panel.observe(state, reading, now)]
        if number % 432 == 0:
            said.append(panel.dump(state).decode())
    return [*said, panel.dump(state).decode()]


STREAMS = {
    "as the meters are read": (SETTINGS, lambda: lived(1)),
    "another life": (SETTINGS, lambda: lived(2)),
    "polled by a gateway that says how often": (POLLED, lambda: lived(3)),
    "not quite every five minutes": (SETTINGS, lambda: lived(4, jitter=True)),
    "polled, not quite every five minutes": (POLLED, lambda: lived(5, jitter=True)),
    "energy without power": (SETTINGS, lambda: lived(6, power=False)),
    "a register that froze and a fuse that blew": (SETTINGS, lambda: frozen(7)),
}


@pytest.mark.parametrize("what", STREAMS)
def test_the_short_way_and_the_whole_way_say_and_remember_the_same(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, stream = STREAMS[what]
    short = told(panel.new_home("h", settings, START), stream())
    monkeypatch.setattr(steady, "take", lambda *_: False)
    assert short == told(panel.new_home("h", settings, START), stream())


def test_most_readings_go_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[bool] = []
    take = steady.take
    monkeypatch.setattr(steady, "take", lambda *one: ways.append(take(*one)) or ways[-1])
    told(panel.new_home("h", POLLED, START), lived(3, sound=True))
    assert 0.6 < sum(ways) / len(ways) < 0.95


def test_a_home_that_was_stored_goes_on_as_if_it_never_was() -> None:
    every = list(lived(8))
    half = len(every) // 2
    whole, stored = (panel.new_home("h", POLLED, START) for _ in range(2))
    told(whole, iter(every[:half]))
    told(stored, iter(every[:half]))
    again = panel.load(panel.dump(stored), POLLED)
    assert [one for one in told(again, iter(every[half:])) if "Flag(" in one] == [
        one for one in told(whole, iter(every[half:])) if "Flag(" in one
    ]
