"""The clock is set while a home is watched: the same flags come after the same seconds, whatever hour it is by then."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from models.flag import Flag, FlagEvent, FlagKind
from models.household import panel
from models.household.settings import DeviceWatch, HomeSettings
from models.household.state import HomeState
from models.quantity import Quantity, Unit
from models.reading import Reading
from models.wire.messages import AwayEntry

START = datetime(2026, 11, 23, 0, tzinfo=UTC)
WATER, POWER = frozenset({Quantity.WATER_VOLUME}), frozenset({Quantity.POWER})
SETTINGS = HomeSettings(
    zone=UTC,
    devices=(DeviceWatch("w", WATER, 300.0), DeviceWatch("p", POWER, 300.0), DeviceWatch("s")),
)
HOURLESS = frozenset(
    {FlagKind.SMOKE, FlagKind.TEST, FlagKind.DEVICE_SILENT, FlagKind.HOME_BLIND, FlagKind.DEVICE_TROUBLE}
    | {FlagKind.RUNNING_WATER, FlagKind.APPLIANCE_ON}
)
"""Kinds that do not depend on the hour of the day."""
WEEK = timedelta(days=7)


class Said(NamedTuple):
    """A reading, or nothing but time passing, so many minutes after the start."""

    minute: float
    device: str = ""
    quantity: Quantity = Quantity.SMOKE
    value: str = "0"
    unit: Unit = Unit.COUNT


def stream(days: int = 3) -> Iterator[Said]:
    """Two ordinary days and one with a fire, a press of the test button, a tap that runs on, and meters that die."""
    rng = random.Random(13)
    litres = 10_000
    last = (days - 1) * 1440
    for minute in range(0, days * 1440, 5):
        hour = minute // 60 % 24
        in_last = minute - last
        is_up = 7 <= hour < 22 and in_last < 0
        if is_up and rng.random() < 0.15:
            litres += rng.randint(2, 12)
        if 180 <= in_last < 360:
            litres += 60
        load = 60 + 5 * rng.random() + (900 if is_up and rng.random() < 0.05 else 0) + (1800 if in_last > 420 else 0)
        if in_last < 900:
            yield Said(minute, "w", Quantity.WATER_VOLUME, str(litres), Unit.LITRE)
            yield Said(minute + 0.5, "p", Quantity.POWER, f"{load:.1f}", Unit.WATT)
        yield Said(minute + 1)
        if in_last in (60, 600):
            yield Said(minute + 2, "s", Quantity.SMOKE, "1")
        if in_last in (90, 640):
            yield Said(minute + 2, "s", Quantity.SMOKE, "0")
        if in_last == 120:
            yield Said(minute + 2, "s", Quantity.SMOKE_TEST, "1")
            yield Said(minute + 2.25, "s", Quantity.SMOKE, "1")
        if in_last == 200:
            yield Said(minute + 2, "s", Quantity.BATTERY, "4", Unit.PERCENT)


STREAM = list(stream())


def play(leaps: dict[int, timedelta]) -> tuple[list[tuple[Any, ...]], HomeState]:
    """Return what is told, dated without the leaps that came before a place in the stream, and the last state."""
    state = panel.new_home("h", SETTINGS, START)
    ahead = timedelta()
    told: list[tuple[Any, ...]] = []
    for place, said in enumerate(STREAM):
        if place in leaps:
            ahead += leaps[place]
            panel.leap(state, leaps[place].total_seconds())
        at = START + timedelta(minutes=said.minute) + ahead
        if said.device:
            reading = Reading(said.device, said.quantity, Decimal(said.value), said.unit, at)
            flags = panel.observe(state, reading, at)
        else:
            flags = panel.tick(state, at)
        told += [_plain(flag, ahead) for flag in flags]
    return told, state


def _plain(flag: Flag, ahead: timedelta) -> tuple[Any, ...]:
    facts = tuple(sorted(flag.evidence.facts.items()))
    return flag.kind, flag.event, flag.severity, flag.reason, flag.number, flag.at - ahead, flag.since - ahead, facts


PLAIN, _ = play({})


def test_the_stream_holds_what_a_leap_could_spoil() -> None:
    kinds = {one[0] for one in PLAIN if one[1] is FlagEvent.RAISED}
    assert {
        FlagKind.SMOKE,
        FlagKind.TEST,
        FlagKind.DEVICE_SILENT,
        FlagKind.HOME_BLIND,
        FlagKind.DEVICE_TROUBLE,
    } <= kinds
    assert {FlagKind.RUNNING_WATER, FlagKind.APPLIANCE_ON} <= kinds


@pytest.mark.parametrize("seed", range(12))
def test_a_leap_of_whole_weeks_anywhere_gives_the_same_flags(seed: int) -> None:
    rng = random.Random(seed)
    leaps = {rng.randrange(len(STREAM)): rng.choice((-3, -1, 1, 1024)) * WEEK for _ in range(rng.randint(1, 3))}
    assert play(leaps)[0] == PLAIN


@pytest.mark.parametrize("hours", [6, -3, 1, -12, 0.55, 24, -49])
@pytest.mark.parametrize("seed", range(4))
def test_a_leap_by_hours_anywhere_changes_nothing_that_does_not_depend_on_the_hour(hours: float, seed: int) -> None:
    place = random.Random(f"{hours}/{seed}").randrange(len(STREAM))
    told = play({place: timedelta(hours=hours)})[0]
    assert [one for one in told if one[0] in HOURLESS] == [one for one in PLAIN if one[0] in HOURLESS]


@pytest.mark.parametrize("hours", [6, -3, 1024 * 168])
def test_a_leap_that_is_taken_back_at_once_leaves_every_memory_as_it_was(hours: float) -> None:
    _, state = play({})
    before = panel.dump(state)
    panel.leap(state, hours * 3600.0)
    assert panel.dump(state) != before
    panel.leap(state, -hours * 3600.0)
    state.clock_steps -= 2
    # hours of the charts that were dated in a future that is none are the only ones that move
    kept, now = json.loads(before), json.loads(panel.dump(state))
    assert {name for name in kept if kept[name] != now[name]} <= {"hours"}


def test_no_time_is_left_behind_but_what_the_calendar_and_the_ledger_say() -> None:
    _, state = play({})
    panel.tell_away(state, AwayEntry("a", "h", START, START + timedelta(days=9), "daughter"), START + timedelta(days=3))
    before = json.loads(panel.dump(state))
    panel.leap(state, WEEK.total_seconds())
    after = json.loads(panel.dump(state))
    left = {place for place in times(before) if times(before)[place] == times(after).get(place)}
    assert {place.split(".")[0] for place in left} <= {"away"}
    assert len(times(before)) > 25


def times(plain: Any, path: str = "") -> dict[str, float]:
    """Return the numbers of a state that are times in epoch seconds, by place."""
    if isinstance(plain, dict):
        return {k: v for key, one in plain.items() for k, v in times(one, f"{path}.{key}".strip(".")).items()}
    if isinstance(plain, list):
        return {k: v for key, one in enumerate(plain) for k, v in times(one, f"{path}.{key}").items()}
    is_time = isinstance(plain, int | float) and not isinstance(plain, bool) and 1e9 < plain < 1e12
    return {path: plain} if is_time else {}
