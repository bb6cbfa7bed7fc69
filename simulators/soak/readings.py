"""Readings: what the meters and detectors of many homes publish in a month. Pure; a few lives serve many homes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from zoneinfo import ZoneInfo

from simulators.people.household import Household

ZONE = ZoneInfo("Asia/Shanghai")
_LIVES = 40
_DAY_S = 86400.0
_HOWLS_S = 1800.0
_ALIVE_S = 8 * 3600.0
"""So often a detector says that it is there."""


@dataclass(frozen=True, slots=True)
class SoakMessage:
    """One message on the radio, due at `at` (seconds since 1970, in the homes' time)."""

    at: float
    topic: str
    payload: str


def home_names(count: int) -> list[str]:
    """Return the homes' names."""
    return [f"h-{number:04}" for number in range(count)]


def messages(homes: int, days: float, every_s: float, first_day: date) -> Iterator[SoakMessage]:
    """Yield everything in the order of time. Each home's detector howls once in the time, for half an hour."""
    lives = [Household(f"soak/{number}", ZONE, first_day) for number in range(min(_LIVES, homes))]
    begin, names = lives[0].begins, home_names(homes)
    detectors = _detectors(names, begin, days)
    return merge(detectors, _meters(names, lives, every_s, int(days * _DAY_S / every_s)), key=lambda one: one.at)


def _detectors(names: Sequence[str], begin: float, days: float) -> list[SoakMessage]:
    """Return what the detectors say: that they are there, that they howl, and that they have stopped."""
    said: list[tuple[float, str, bool]] = []
    for number, name in enumerate(names):
        howl = begin + days * _DAY_S * (0.02 + 0.9 * number / len(names))
        said += [(howl, name, True), (howl + _HOWLS_S, name, False)]
        first = begin + _ALIVE_S * number / len(names)
        alive = (first + _ALIVE_S * time for time in range(int(days * _DAY_S / _ALIVE_S)))
        said += [(at, name, False) for at in alive if not howl <= at < howl + _HOWLS_S]
    return [
        SoakMessage(at, f"zigbee2mqtt/{name}-smoke", json.dumps({"smoke": howling}))
        for at, name, howling in sorted(said)
    ]


def _meters(names: Sequence[str], lives: Sequence[Household], every_s: float, steps: int) -> Iterator[SoakMessage]:
    """Yield what the meters say, spread over each interval as devices are that were switched on at any hour."""
    for step in range(1, steps + 1):
        at = lives[0].begins + step * every_s
        said = [(life.energy_watt_hours(at) / 1000, life.water_litres(at) / 1000) for life in lives]
        for number, name in enumerate(names):
            energy, water = said[number % len(said)]
            due = at + every_s * number / len(names)
            yield SoakMessage(due, f"tele/{name}/SENSOR", json.dumps({"ENERGY": {"Total": round(energy, 3)}}))
            meter = {"media": "water", "id": name, "total_m3": round(water, 3)}
            yield SoakMessage(due, f"wmbusmeters/{name}", json.dumps(meter))
