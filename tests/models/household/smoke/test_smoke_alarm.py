"""Smoke is told at once, whatever else is going on; a test is not smoke."""

from datetime import timedelta

from models.flag import FlagEvent, FlagKind, Severity
from models.quantity import Quantity, Unit


def smoke(house, value, quantity=Quantity.SMOKE):
    house.say(quantity, value, Unit.COUNT, "s")


def test_the_alarm_bit_raises_a_critical_flag_with_the_same_reading(house):
    smoke(house, 0)
    smoke_free = list(house.flags)
    house.now += timedelta(seconds=1)
    smoke(house, 1)
    assert smoke_free == []
    assert [(f.kind, f.severity, f.event, f.reason, f.at) for f in house.flags] == [
        (FlagKind.SMOKE, Severity.CRITICAL, FlagEvent.RAISED, "smoke_bit", house.now)
    ]


def test_the_very_first_reading_of_a_detector_may_be_the_alarm(house):
    smoke(house, 1)
    assert len(house.of(FlagKind.SMOKE, FlagEvent.RAISED)) == 1


def test_a_repeated_alarm_is_the_same_episode_and_is_not_told_twice(house):
    smoke(house, 1)
    house.now += timedelta(seconds=30)
    smoke(house, 1)
    assert len(house.of(FlagKind.SMOKE)) == 1


def test_a_second_alarm_after_the_first_was_over_is_told_at_once(house):
    for value in (1, 0, 1):
        smoke(house, value)
        house.now += timedelta(seconds=1)
    raised = house.of(FlagKind.SMOKE, FlagEvent.RAISED)
    assert len(raised) == 2
    assert raised[0].episode != raised[1].episode
    assert len(house.of(FlagKind.SMOKE, FlagEvent.CLEARED)) == 1


def test_an_alarm_counter_that_moved_is_an_alarm_even_if_the_bit_never_showed_it(house):
    smoke(house, 4, Quantity.SMOKE_COUNT)
    house.now += timedelta(hours=20)
    smoke(house, 5, Quantity.SMOKE_COUNT)
    assert [f.reason for f in house.of(FlagKind.SMOKE)] == ["alarm_counter_moved"]


def test_a_counter_that_stands_still_is_no_alarm(house):
    smoke(house, 4, Quantity.SMOKE_COUNT)
    house.now += timedelta(hours=20)
    smoke(house, 4, Quantity.SMOKE_COUNT)
    assert house.flags == []


def test_the_test_button_alarms_nobody_and_says_that_the_detector_lives(house):
    smoke(house, 1, Quantity.SMOKE_TEST)
    smoke(house, 1)
    house.now += timedelta(seconds=60)
    smoke(house, 1)
    assert house.of(FlagKind.SMOKE) == []
    assert [(f.severity, f.event) for f in house.of(FlagKind.TEST)] == [(Severity.INFO, FlagEvent.RAISED)]


def test_smoke_that_goes_on_after_the_test_is_over_is_smoke(house):
    smoke(house, 1, Quantity.SMOKE_TEST)
    house.now += timedelta(seconds=61)
    smoke(house, 1)
    assert len(house.of(FlagKind.SMOKE, FlagEvent.RAISED)) == 1
