"""A register is believed only above its highest believed value, and only what it stands by is used."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.household.core.register_gate import Gate, take
from models.quantity import Quantity
from models.usage import LIMITS, GapReason

LITRES = LIMITS[Quantity.WATER_VOLUME]
POLL = 900.0


class Register:
    """A water register read each quarter of an hour; `used` and `uses` are what was booked."""

    def __init__(self, value: float = 1000.0, pace_s: float = POLL) -> None:
        self.believed, self.at, self.pace_s = value, 1_000_000.0, pace_s
        self.gate = Gate(booked=self.at)
        self.uses: list[tuple[float, GapReason]] = []

    def show(self, *values: float) -> None:
        for value in values:
            self.at += self.pace_s
            self.believed, use = take(self.gate, self.believed, value, self.at, self.pace_s, LITRES)
            if use is not None and (use.amount or use.amount is None):
                self.uses.append((use.amount or 0.0, use.why))

    @property
    def used(self) -> float:
        return sum(amount for amount, _ in self.uses)


def test_what_the_next_showing_stands_by_is_use() -> None:
    register = Register()
    register.show(1006, 1006, 1006, 1010, 1013, 1013)
    assert [amount for amount, _ in register.uses] == [6, 4, 3]


@pytest.mark.parametrize("depth", [1, 2, 5, 20, 49, 500, 1000])
@pytest.mark.parametrize("every", [3, 8, 12])
@pytest.mark.parametrize("lasts", [1, 2, 3, 5])
def test_a_register_that_falls_back_and_returns_shows_nobody(depth: float, every: int, lasts: int) -> None:
    register = Register()
    for _ in range(30):
        register.show(*[1000.0] * every, *[1000.0 - depth] * lasts)
    register.show(1000)
    assert register.used == 0
    assert register.gate.is_unwell(register.at)


@pytest.mark.parametrize("glitch", [0.0, 15_430_611.0, 99_999_999.0, 1500.0, 1006.0, 1001.0, 9.0])
def test_one_showing_that_is_taken_back_shows_nobody(glitch: float) -> None:
    register = Register()
    for _ in range(20):
        register.show(*[1000.0] * 11, glitch)
    register.show(1000.0)
    assert register.used == 0
    assert register.believed == 1000


def test_digits_that_flip_at_random_while_nobody_draws_show_nobody() -> None:
    rng = random.Random(7)
    register = Register(123_456.0)
    for _ in range(60):
        digit = 10 ** rng.randrange(6)
        flipped = 123_456 + digit * (rng.randrange(10) - 123_456 // digit % 10)
        register.show(*[123_456.0] * 13, float(flipped))
    assert register.used == 0


def test_who_lives_with_a_flickering_register_is_still_seen() -> None:
    register = Register()
    value = 1000.0
    for _ in range(40):
        value += 6
        register.show(value, value, value - 1, value, value)
    assert register.used == pytest.approx(6 * 40, abs=12)


def test_an_exchanged_meter_is_booked_once_without_an_amount() -> None:
    register = Register(556_677.0)
    register.show(12.0, 12.0, 12.0, 15.0, 15.0)
    assert register.uses == [(0.0, GapReason.SWAP), (3.0, GapReason.KNOWN)]
    assert register.gate.swapped


def test_a_register_that_runs_through_its_end_is_a_rollover_once_it_is_stood_by() -> None:
    register = Register(9_998.0)
    register.show(3.0, 3.0, 3.0)
    assert register.uses == [(5.0, GapReason.ROLLOVER)]


def test_a_slow_register_is_believed_at_once_while_it_is_well() -> None:
    register = Register(pace_s=6 * 3600.0)
    register.show(1040.0)
    assert register.used == 40
    register.show(1035.0, 1041.0)
    assert register.used == 40, "it went back once: now it must stand by what it shows"
    register.show(1041.0)
    assert register.used == 41


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([0.0, -1.0, -3.0, 7e7, -1e9, 900.0])), max_size=80))
def test_glitches_of_one_showing_never_add_to_what_was_used(steps: list[tuple[int, float]]) -> None:
    register, value = Register(), 1000.0
    for used, glitch in steps:
        value += used
        register.show(value, value)
        if glitch:
            register.show(max(0.0, value + glitch))
    register.show(value, value, value, value)
    assert register.used <= value - 1000.0 + 1e-6
