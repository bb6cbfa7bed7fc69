"""Meters read every few hours: one reading that shows nobody is no silence, and a moment is no lamp left on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.flag import FlagEvent, FlagKind
from models.household.settings import HomeSettings
from models.quantity import Quantity
from models.reading import Quality


@pytest.fixture(params=[4, 6], ids=["four_hours", "six_hours"])
def sparse_house(new_house, request):
    """A home whose meters speak every few hours, as metering by a telephone network does."""

    class Sparse(new_house):
        every_h = request.param

        def say(self, quantity, value, unit, device, quality=Quality.GOOD):
            if self.now.minute == 0 and self.now.hour % self.every_h == 0:
                super().say(quantity, value, unit, device, quality)

    house = Sparse(HomeSettings())
    for _ in range(28):
        house.live_day()
    return house


def test_four_weeks_of_steady_days_raise_nothing_once_it_is_known_how_often_the_meters_speak(sparse_house):
    known_from = sparse_house.now - timedelta(days=27)
    assert [(f.kind, f.reason, f.at) for f in sparse_house.flags if f.at > known_from] == []


def test_a_fall_is_noticed_within_a_day_and_a_reading_and_nothing_is_said_to_be_left_on(sparse_house):
    fell = sparse_house.now
    sparse_house.watts = 60.0
    sparse_house.pass_time(48)
    raised = sparse_house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)
    assert [f.reason for f in raised] == ["silent"]
    assert (raised[0].at - fell).total_seconds() <= (24 + sparse_house.every_h) * 3600


def test_water_that_rests_between_two_readings_is_no_leak(sparse_house):
    for _ in range(6):
        sparse_house.live_day(nights=4)
    assert sparse_house.of(FlagKind.LEAK) == []
    assert sparse_house.of(FlagKind.INACTIVITY) == [], "nor is her own use taken for a drip"


def test_a_tap_that_runs_faster_than_a_person_uses_water_is_found(sparse_house):
    sparse_house.flow_l_min = 0.25
    for _ in range(3):
        sparse_house.live_day()
    assert [f.event for f in sparse_house.of(FlagKind.LEAK)][:1] == [FlagEvent.RAISED]
    assert sparse_house.of(FlagKind.INACTIVITY) == []
    sparse_house.flow_l_min = 0.0
    sparse_house.live_day()
    assert sparse_house.of(FlagKind.LEAK)[-1].event is FlagEvent.CLEARED


def test_a_meter_that_tells_power_seldom_and_energy_often_knows_no_lamp(new_house):
    class Mixed(new_house):
        def say(self, quantity, value, unit, device, quality=Quality.GOOD):
            if quantity is not Quantity.POWER or (self.now.minute == 0 and self.now.hour % 4 == 0):
                super().say(quantity, value, unit, device, quality)

    house = Mixed(HomeSettings())
    for _ in range(21):
        house.live_day()
    house.watts = 60.0
    house.pass_time(48)
    assert {f.reason for f in house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)} == {"silent"}
