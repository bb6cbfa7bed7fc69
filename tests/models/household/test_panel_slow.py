"""What shows over hours, days and weeks: leaks, lost supply, unusual days, slow change."""

from datetime import timedelta

import pytest

from models.flag import FlagEvent, FlagKind, Severity
from models.texts.flag_texts import sentences_of


def test_a_cistern_that_never_stops_is_a_leak_and_clears_when_mended(known_house):
    house = known_house
    house.flow_l_min = 0.1
    house.live_day()
    house.live_day()
    raised = house.of(FlagKind.LEAK)[0]
    assert raised.event is FlagEvent.RAISED
    assert raised.severity is Severity.VISIT
    assert raised.evidence.facts["least_l_per_h"] == pytest.approx(6.0, abs=1.1)
    assert str(raised.evidence.facts["wet_hours"]) in sentences_of(raised.evidence)[1]
    house.flow_l_min = 0.0
    house.pass_time(3)
    assert house.of(FlagKind.LEAK)[-1].event is FlagEvent.CLEARED


def test_a_home_that_rests_at_night_has_no_leak(known_house):
    assert known_house.of(FlagKind.LEAK) == []


@pytest.mark.parametrize("drip_l_per_h", [1.0, 6.0, 20.0])
def test_a_drip_does_not_hide_a_person_on_the_floor(known_house, drip_l_per_h):
    house = known_house
    house.flow_l_min = drip_l_per_h / 60.0
    for _ in range(5):
        house.live_day()
    assert house.of(FlagKind.INACTIVITY) == []
    house.pass_time(30)
    raised = house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)
    assert len(raised) == 1


def test_a_home_without_power_behind_a_living_meter_has_lost_its_supply(known_house):
    house = known_house
    house.pass_time(0.5)
    house.dark = True
    house.pass_time(1)
    raised = house.of(FlagKind.SUPPLY_LOST)
    assert [(f.event, f.severity) for f in raised] == [(FlagEvent.RAISED, Severity.VISIT)]
    house.dark = False
    house.pass_time(0.2)
    assert house.of(FlagKind.SUPPLY_LOST)[-1].event is FlagEvent.CLEARED


def test_supply_that_stays_away_grows_urgent(known_house):
    known_house.dark = True
    known_house.pass_time(7)
    assert known_house.of(FlagKind.SUPPLY_LOST)[-1].severity is Severity.URGENT


def test_a_day_far_above_usual_is_told_once(known_house):
    house = known_house
    for _ in range(12):
        house.draw(50)
        house.pass_time(1)
    assert [f.event for f in house.of(FlagKind.UNUSUAL_USE)] == [FlagEvent.RAISED]
    assert house.of(FlagKind.UNUSUAL_USE)[0].severity is Severity.VISIT


def test_later_mornings_and_busier_nights_over_weeks_ask_for_one_visit(new_house):
    house = new_house()
    for day in range(45):
        house.live_day()
        assert house.of(FlagKind.WELLBEING) == [], day
    for day in range(40):
        house.live_day(later_h=min(day, 30) / 30.0, nights=2 if day > 8 else 0)
    told = house.of(FlagKind.WELLBEING, FlagEvent.RAISED)
    assert len(told) in {1, 2}
    assert told[0].severity is Severity.VISIT
    assert told[0].evidence.facts["night_signs_now"] > told[0].evidence.facts["night_signs_before"]
    if len(told) == 2:
        assert told[1].at - told[0].at >= timedelta(days=30)


def test_one_bad_week_says_nothing(new_house):
    house = new_house()
    for _ in range(45):
        house.live_day()
    for _ in range(6):
        house.live_day(later_h=1.5, nights=3)
    for _ in range(14):
        house.live_day()
    assert house.of(FlagKind.WELLBEING) == []
