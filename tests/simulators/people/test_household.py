"""A household's counters are true functions of time: the same for everybody who asks, and they never run backwards."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from simulators.people.household import Household
from simulators.people.incidents import Incident, IncidentKind, MeterKind

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)


def at(day: int, hour: float) -> float:
    return datetime(2026, 11, day, tzinfo=ZONE).timestamp() + hour * 3600


def home(*incidents: Incident, seed: str = "1/h-001") -> Household:
    return Household(seed, ZONE, DAY, incidents)


def awake_at(household: Household, day: int, hours_after_wake: float) -> float:
    return household.plan(date(2026, 11, day)).wake + hours_after_wake * 3600


def test_the_same_seed_gives_the_same_life_whatever_was_asked_before() -> None:
    forwards, backwards = home(), home()
    times = [at(20 + day, hour) for day in range(5) for hour in (0, 6.5, 12.25, 23.99)]
    said = [(forwards.water_litres(time), forwards.energy_watt_hours(time)) for time in times]
    answers = [(backwards.water_litres(time), backwards.energy_watt_hours(time)) for time in reversed(times)]
    assert said == answers[::-1]


def test_another_seed_gives_another_life() -> None:
    assert home().water_litres(at(22, 12)) != home(seed="1/h-002").water_litres(at(22, 12))


@pytest.mark.parametrize("number", range(6))
def test_counters_never_fall_and_days_are_like_those_of_a_person(number: int) -> None:
    household = home(seed=f"5/h-{number}")
    times = [at(20, minute / 60) for minute in range(0, 7 * 24 * 60, 7)]
    litres = [household.water_litres(time) for time in times]
    energy = [household.energy_watt_hours(time) for time in times]
    assert litres == sorted(litres)
    assert energy == sorted(energy)
    for day in range(20, 27):
        assert 40 < household.water_litres(at(day + 1, 0)) - household.water_litres(at(day, 0)) < 450
        used = household.energy_watt_hours(at(day + 1, 0)) - household.energy_watt_hours(at(day, 0))
        assert 700 < used < 9000


def test_the_energy_register_is_the_sum_of_the_power() -> None:
    household = home()
    seconds = 2.0
    steps = int(3 * 3600 / seconds)
    start = at(21, 17)
    summed = sum(household.power_watts(start + step * seconds) for step in range(steps)) * seconds / 3600
    counted = household.energy_watt_hours(start + steps * seconds) - household.energy_watt_hours(start)
    assert counted == pytest.approx(summed, rel=0.01)


def test_a_time_before_the_first_day_is_refused() -> None:
    with pytest.raises(ValueError, match="first day"):
        home().water_litres(at(19, 23.9))


def test_nobody_draws_water_after_a_fall_until_help_comes() -> None:
    fall = awake_at(home(), 22, 2.0)
    household = home(Incident(IncidentKind.FALL, fall, fall + 20 * 3600))
    lying = household.water_litres(fall + 20 * 3600) - household.water_litres(fall + 300)
    assert lying <= household.habits.drip_l_per_h * 20 + 1e-6
    day_after = household.water_litres(fall + 48 * 3600) - household.water_litres(fall + 20 * 3600)
    assert day_after > 30


def test_a_fall_leaves_the_television_on_or_everything_off_as_told() -> None:
    quiet = home()
    plan = quiet.plan(date(2026, 11, 22))
    television = next(use for use in plan.power if use.stays and use.end - use.start > 3600)
    fall = (television.start + television.end) / 2
    later = fall + 24 * 3600
    left_on = home(Incident(IncidentKind.FALL, fall, fall + 40 * 3600, leaves_on=True))
    all_off = home(Incident(IncidentKind.FALL, fall, fall + 40 * 3600, leaves_on=False))
    idle = all_off.habits.standby_w + all_off.habits.fridge_w * 1.06
    assert all_off.power_watts(later) <= idle
    assert left_on.power_watts(later) == pytest.approx(all_off.power_watts(later) + television.rate, abs=200)
    assert left_on.power_watts(later) >= television.rate


def test_a_running_tap_adds_its_litres_per_minute() -> None:
    tap = Incident(IncidentKind.TAP, at(22, 2), at(22, 5), rate=6.0)
    more = home(tap).water_litres(at(22, 5)) - home(tap).water_litres(at(22, 2))
    usual = home().water_litres(at(22, 5)) - home().water_litres(at(22, 2))
    assert more - usual == pytest.approx(6 * 180)


def test_a_stove_left_on_adds_its_watts() -> None:
    stove = Incident(IncidentKind.STOVE, at(22, 2), at(22, 5), rate=1200.0)
    assert home(stove).power_watts(at(22, 3)) - home().power_watts(at(22, 3)) == pytest.approx(1200)


def test_a_power_cut_stops_the_register_and_silences_only_the_electricity_meter() -> None:
    cut = Incident(IncidentKind.POWER_CUT, at(22, 2), at(22, 5))
    household = home(cut)
    assert household.power_watts(at(22, 3)) == 0
    assert household.energy_watt_hours(at(22, 5)) == pytest.approx(household.energy_watt_hours(at(22, 2)))
    assert not household.meter_answers(MeterKind.ELECTRICITY, at(22, 3))
    assert household.meter_answers(MeterKind.WATER, at(22, 3))
    assert household.power_watts(at(22, 6)) > 0


def test_an_unplugged_meter_is_silent_until_it_is_plugged_in_again() -> None:
    water = frozenset({MeterKind.WATER})
    household = home(Incident(IncidentKind.UNPLUGGED, at(22, 2), at(22, 5), meters=water))
    assert not household.meter_answers(MeterKind.WATER, at(22, 2))
    assert household.meter_answers(MeterKind.ELECTRICITY, at(22, 3))
    assert household.meter_answers(MeterKind.WATER, at(22, 5))


def test_an_away_weekend_uses_nothing_but_the_refrigerator_and_stand_by() -> None:
    household = home(Incident(IncidentKind.AWAY, at(21, 9), at(23, 18)))
    assert household.water_litres(at(23, 18)) - household.water_litres(at(21, 10)) <= household.habits.drip_l_per_h * 60
    most = max(household.power_watts(at(22, minute / 60)) for minute in range(0, 24 * 60, 5))
    assert most <= household.habits.standby_w + household.habits.fridge_w * 1.06
    assert household.water_litres(at(25, 0)) > household.water_litres(at(23, 18))


def test_a_change_of_summer_time_loses_and_doubles_no_use() -> None:
    zone = ZoneInfo("Europe/Berlin")
    household = Household("1/h-001", zone, date(2026, 10, 23))
    begin = datetime(2026, 10, 24, tzinfo=zone).timestamp()
    litres = [household.water_litres(begin + minute * 60) for minute in range(3 * 24 * 60)]
    assert litres == sorted(litres)
    assert litres[-1] - litres[0] > 100
