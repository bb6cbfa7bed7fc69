"""Standstill: an old answer said again is told from a meter in a home where nothing is used."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.bus.loop import BusLoop, Poll, PolledDevice
from gateway.bus.standstill import Standstill
from gateway.drivers import registry
from gateway.drivers.contract import Device
from gateway.protocols import bcd, cjt188
from gateway.protocols.framing import Code
from models.quantity import Quantity, Unit
from models.reading import Quality, Reading
from tests.gateway.bus.test_bus_loop import FAST
from tests.gateway.links.null_modem import null_modem
from tests.virtual_time import LoopClock

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
AHEAD = timedelta(hours=8)
"""A meter's clock shows the site's wall time."""


def poll(minute: float, litres: int, clock: float | None, watts: int | None = None, smoke: int = 0) -> list[Reading]:
    """Return what a device says `minute` minutes after the start; its own clock shows the minute `clock`."""
    at = START + timedelta(minutes=minute)
    said = [Reading("w", Quantity.WATER_VOLUME, Decimal(litres), Unit.LITRE, at)]
    if watts is not None:
        said.append(Reading("w", Quantity.POWER, Decimal(watts), Unit.WATT, at))
    if clock is not None:
        seconds = int((START + AHEAD + timedelta(minutes=clock)).timestamp())
        said.append(Reading("w", Quantity.METER_CLOCK, Decimal(seconds), Unit.SECOND, at))
    return [*said, Reading("w", Quantity.SMOKE, Decimal(smoke), Unit.COUNT, at)]


def qualities(still: Standstill, polls: Sequence[list[Reading]]) -> list[Quality]:
    """Return the quality of the register in each poll."""
    return [still.judge(one)[0][0].quality for one in polls]


G, F = Quality.GOOD, Quality.FROZEN


def test_a_register_that_stands_still_while_its_clock_runs_is_no_use_and_good() -> None:
    assert qualities(Standstill(), [poll(5 * n, 7, 5 * n) for n in range(100)]) == [G] * 100


def test_register_and_clock_that_both_stand_still_are_frozen_after_ten_minutes_and_good_when_they_run_again() -> None:
    polls = [poll(0, 7, 0), poll(5, 7, 5), poll(9, 7, 5), poll(14.9, 7, 5), poll(15, 7, 5), poll(600, 7, 5)]
    still = Standstill()
    assert qualities(still, polls) == [G, G, G, G, F, F]
    assert qualities(still, [poll(605, 90, 605)]) == [G]


def test_how_long_it_has_been_frozen_is_told() -> None:
    still = Standstill()
    assert [still.judge(one)[1] for one in (poll(0, 7, 0), poll(5, 7, 0), poll(45, 7, 0))] == [0, 0, 45 * 60]


def test_a_clock_that_stands_still_while_the_register_runs_is_only_a_dead_clock() -> None:
    polls = [poll(0, 7, 0), poll(30, 8, 0), poll(60, 8, 0), poll(600, 8, 0)]
    assert qualities(Standstill(), polls) == [G] * 4


def test_power_that_changes_shows_that_the_meter_is_read() -> None:
    polls = [poll(0, 7, 0, watts=40), poll(30, 7, 0, watts=41), poll(60, 7, 0, watts=41)]
    assert qualities(Standstill(), polls) == [G] * 3


def test_a_value_that_was_not_told_says_nothing_about_the_others() -> None:
    polls = [poll(0, 7, 0, watts=40), poll(30, 7, 0), poll(60, 7, 0, watts=40)]
    assert qualities(Standstill(), polls) == [G, F, F]


def test_a_clock_far_from_the_truth_was_never_set_and_its_standing_still_says_nothing() -> None:
    years = 15 * 365 * 24 * 60
    assert qualities(Standstill(), [poll(5 * n, 7, -years) for n in range(50)]) == [G] * 50


@pytest.mark.parametrize("clock", [None, -14 * 60], ids=["no clock", "a date alone"])
def test_without_a_time_of_day_nothing_is_called_frozen(clock: float | None) -> None:
    assert qualities(Standstill(), [poll(5 * n, 7, clock) for n in range(50)]) == [G] * 50


def test_a_module_that_reads_its_meter_once_an_hour_is_frozen_once_and_then_known() -> None:
    polls = [poll(10 * n, n // 6, 60 * (n // 6)) for n in range(30)]
    first, later = qualities(Standstill(), polls)[:6], qualities(Standstill(), polls)[6:]
    assert F in first
    assert F not in later


def test_a_long_freeze_is_not_learned_as_a_habit() -> None:
    still = Standstill()
    qualities(still, [poll(0, 7, 0), poll(300, 7, 0), poll(305, 9, 305)])
    assert qualities(still, [poll(310, 9, 310), poll(310 + 211, 9, 310)]) == [G, F]


def test_an_alarm_in_a_frozen_answer_is_believed() -> None:
    still = Standstill()
    still.judge(poll(0, 7, 0, smoke=1))
    kept, _ = still.judge(poll(60, 7, 0, smoke=1))
    assert {one.quantity: one.quality for one in kept}[Quantity.SMOKE] is G


@pytest.mark.virtual_time
async def test_a_frozen_water_meter_on_a_line_gives_no_use_to_anyone() -> None:
    paper = registry.load_documents()["cjt188-2004"]
    near, far = null_modem()
    clock = LoopClock()
    asked = PolledDevice(Device("w", paper, "78330011223344"), registry.driver_for(paper), 300.0)
    loop = BusLoop(near, {"w": asked}, FAST, clock)
    stuck = bcd.from_digits((clock.now() + AHEAD).strftime("%Y%m%d%H%M%S"))
    framer = cjt188.framer()
    await far.open()
    polls: list[Poll] = []

    async def meter() -> None:
        while True:
            for frame in framer.feed(await far.read(1.0)):
                if isinstance(frame, cjt188.Frame) and not frame.is_answer:
                    body = bytes.fromhex("77 66 55 00 2C 77 66 55 00 2C") + stuck + b"\x00\x00"
                    await far.write(cjt188.answer(frame, 0x10, "78330011223344", body))

    task = asyncio.create_task(meter())
    try:
        async with aclosing(loop.polls()) as stream:
            async for one in stream:
                polls.append(one)
                if len(polls) == 5:
                    break
    finally:
        task.cancel()
    volumes = [reading for one in polls for reading in one.readings if reading.quantity is Quantity.WATER_VOLUME]
    assert [reading.quality for reading in volumes] == [G, G, F, F, F]
    assert all(one.answered for one in polls)
    assert [[trouble.code for trouble in one.troubles] for one in polls][2:] == [[Code.FROZEN]] * 3
    assert not any(reading.usable for reading in volumes[2:])
