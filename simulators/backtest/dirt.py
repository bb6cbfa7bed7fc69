"""Dirt: what ordinary homes have and clean worlds lack: loads that run by themselves, registers that lie.

Loads change a world's base power, so that meters show them as they show everything; glitches change what a water
register has shown. Each is drawn from a seed, wanders by about a tenth, and means nobody. Must not know: detectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from models.quantity import Quantity
from simulators.backtest.records.record import HomeRecord
from simulators.backtest.records.world import Floats, World

DAY = 1440
Load = Callable[[World, np.random.Generator], Floats]
Glitch = Callable[[Floats, np.random.Generator], Floats]


def _cycle(watts: float, on: float, every: float) -> Load:
    """A thermostat: `watts` for `on` minutes each `every` minutes, both wandering by a tenth."""

    def run(world: World, rng: np.random.Generator) -> Floats:
        load = np.zeros(world.minutes)
        minute = float(rng.uniform(0, every))
        while minute < world.minutes:
            lasts = max(1, round(on * rng.uniform(0.9, 1.1)))
            load[int(minute) : int(minute) + lasts] += watts * rng.uniform(0.97, 1.03)
            minute += every * rng.uniform(0.9, 1.1)
        return load

    return run


def _timer(watts: float, begins: int, ends: int) -> Load:
    """A timer: on at the same local minute every day, give or take a minute or two."""

    def run(world: World, rng: np.random.Generator) -> Floats:
        load = np.zeros(world.minutes)
        for day in range(world.minutes // DAY + 1):
            begin = day * DAY + begins + int(rng.integers(-1, 2))
            load[max(0, begin) : day * DAY + ends + int(rng.integers(-1, 2))] += watts
        return load

    return run


def _night_storage(world: World, rng: np.random.Generator) -> Floats:
    """A storage heater that charges at the night tariff, as long as it needs."""
    load = np.zeros(world.minutes)
    for day in range(world.minutes // DAY + 1):
        begin = day * DAY + 22 * 60
        load[begin : begin + int(rng.uniform(120, 300))] += 2000.0
    return load


LOADS: Mapping[str, Load] = {
    "1.5 kW 8 min / 2 h": _cycle(1500, 8, 120),
    "1.5 kW 10 min / 3 h": _cycle(1500, 10, 180),
    "under-sink 1.5 kW 2 min / 2.3 h": _cycle(1500, 2, 140),
    "tank 2 kW 12 min / 5 h": _cycle(2000, 12, 300),
    "tank 2 kW 7 min / 6 h": _cycle(2000, 7, 360),
    "tank 2 kW 10 min / 9 h": _cycle(2000, 10, 540),
    "tank 2 kW 15 min / 12 h": _cycle(2000, 15, 720),
    "lamp 40 W 18:00-22:30": _timer(40, 18 * 60, 22 * 60 + 30),
    "pump 90 W 5 min / 4 h": _cycle(90, 5, 240),
    "dehumidifier 250 W 20 / 60 min": _cycle(250, 20, 60),
    "air-con 700 W 15 / 40 min": _cycle(700, 15, 40),
    "radiator 800 W 4 min / 35 min": _cycle(800, 4, 35),
    "night storage 2 kW from 22:00": _night_storage,
}
"""Loads that run by themselves, as homes have them."""


def with_load(world: World, load: Load, seed: int) -> World:
    """Return the world with a load of its own."""
    if world.base is None:
        raise ValueError(f"home {world.home} has no electricity meter: a load can't be seen")
    return replace(world, base=world.base + load(world, np.random.default_rng([seed, 5])))


def _each(readings: int, change: Callable[[Floats, int, np.random.Generator], float]) -> Glitch:
    """One showing of about `readings` is changed, and the next is right again."""

    def run(values: Floats, rng: np.random.Generator) -> Floats:
        changed = values.copy()
        place = int(rng.integers(1, readings))
        while place < values.size:
            changed[place] = change(values, place, rng)
            place += max(2, round(readings * rng.uniform(0.9, 1.1)))
        return changed

    return run


def _hold(readings: int, lasts: int, depth: float) -> Glitch:
    """Each `readings` showings the register is `depth` lower for `lasts` showings."""

    def run(values: Floats, rng: np.random.Generator) -> Floats:
        changed = values.copy()
        place = int(rng.integers(1, readings))
        while place < values.size:
            changed[place : place + lasts] -= depth
            place += readings
        return changed

    return run


def _flip(values: Floats, place: int, rng: np.random.Generator) -> float:
    number = int(values[place])
    power = 10 ** int(rng.integers(0, max(1, len(str(number)))))
    return float(number + power * (int(rng.integers(0, 10)) - number // power % 10))


GLITCHES: Mapping[str, Glitch] = {
    "1 L back / 2 h": _each(24, lambda values, place, rng: values[place] - 1.0),
    "1 L back / 3 h": _each(36, lambda values, place, rng: values[place] - 1.0),
    "5 L back / 45 min": _each(9, lambda values, place, rng: values[place] - 5.0),
    "2 L back for 30 min / 3 h": _hold(36, 6, 2.0),
    "30 L back for an hour / 5 h": _hold(60, 12, 30.0),
    "a zero / 3 h": _each(36, lambda values, place, rng: 0.0),
    "a huge total / 4 h": _each(48, lambda values, place, rng: 15_430_611.0),
    "all nines / 5 h": _each(60, lambda values, place, rng: 99_999_999.0),
    "a digit flips / 3.5 h": _each(42, _flip),
    "another home's total / 6 h": _each(72, lambda values, place, rng: values[place] + 812.0),
}
"""What water registers show that do not stand by it; the meters are read each five minutes."""


def with_glitch(record: HomeRecord, glitch: Glitch, seed: int) -> HomeRecord:
    """Return the record with a water register that lies."""
    rng = np.random.default_rng([seed, 6])
    return replace(
        record,
        series=tuple(
            replace(one, values=glitch(one.values, rng)) if one.quantity is Quantity.WATER_VOLUME else one
            for one in record.series
        ),
    )
