"""Use that does not stop: taps and appliances, by this home's own measure."""

from models.flag import FlagEvent, FlagKind, Severity
from models.texts.flag_texts import sentences_of


def test_a_tap_left_running_is_told_within_the_hour_and_cleared_when_shut(known_house):
    house = known_house
    house.pass_time(9)
    opened = house.now
    house.flow_l_min = 5.0
    house.pass_time(3)
    house.flow_l_min = 0.0
    house.pass_time(0.5)
    raised, *_, cleared = house.of(FlagKind.RUNNING_WATER)
    assert raised.event is FlagEvent.RAISED
    assert (raised.at - opened).total_seconds() <= 3600
    assert cleared.event is FlagEvent.CLEARED
    assert raised.evidence.facts["litres_per_minute"] == 5.0
    assert "5.0" in sentences_of(raised.evidence)[0]
    assert "5.0" in sentences_of(raised.evidence)[1]


def test_a_long_shower_is_not_told(known_house):
    house = known_house
    house.pass_time(9)
    house.flow_l_min = 9.0
    house.pass_time(0.5)
    house.flow_l_min = 0.0
    house.pass_time(1)
    assert house.of(FlagKind.RUNNING_WATER) == []


def test_severity_grows_with_the_volume(known_house):
    house = known_house
    house.pass_time(9)
    house.flow_l_min = 9.0
    house.pass_time(5)
    assert [f.severity for f in house.of(FlagKind.RUNNING_WATER)][:2] == [Severity.URGENT, Severity.CRITICAL]


def test_an_appliance_that_runs_on_with_nobody_about_is_told(known_house):
    house = known_house
    house.pass_time(18)
    house.watts = 1200.0
    house.draw(8)
    house.pass_time(5)
    raised = house.of(FlagKind.APPLIANCE_ON, FlagEvent.RAISED)
    assert len(raised) == 1
    assert raised[0].evidence.facts["watts"] == 1200


def test_a_heater_in_use_by_somebody_who_is_up_is_not_told(known_house):
    house = known_house
    house.pass_time(14)
    house.watts = 1200.0
    for _ in range(10):
        house.draw(5)
        house.pass_time(0.5)
    house.watts = 60.0
    house.pass_time(1)
    assert house.of(FlagKind.APPLIANCE_ON) == []
