"""Devices that fall silent, homes that nobody can see into, and input that is not to be believed."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.flag import PERSON_KINDS, FlagEvent, FlagKind, Severity
from models.household import panel
from models.household.settings import DeviceWatch, HomeSettings
from models.quantity import Quantity, Unit
from models.reading import Quality, Reading
from models.texts.flag_texts import sentences_of

START = datetime(2026, 3, 2, tzinfo=UTC)


def about_the_person(house):
    return [f for f in house.flags if f.kind in PERSON_KINDS]


def test_a_meter_that_stops_is_a_silent_device_and_not_an_inactive_person(known_house):
    known_house.water_answers = known_house.power_answers = False
    known_house.pass_time(30)
    assert about_the_person(known_house) == []
    silent = known_house.of(FlagKind.DEVICE_SILENT, FlagEvent.RAISED)
    assert {f.evidence.facts["device"] for f in silent} == {"w", "e"}
    assert {f.severity for f in silent} == {Severity.MAINTENANCE}


def repeat_old_answers(house, hours):
    for _ in range(round(hours * 12)):
        house.now += timedelta(minutes=5)
        house.flags += panel.tick(house.state, house.now)
        house.say(Quantity.WATER_VOLUME, int(house.litres), Unit.LITRE, "w", Quality.FROZEN)
        house.say(Quantity.POWER, 120, Unit.WATT, "e", Quality.FROZEN)


def test_meters_that_repeat_old_answers_are_told_as_such_and_never_as_an_inactive_person(known_house):
    repeat_old_answers(known_house, 30)
    assert about_the_person(known_house) == []
    told = known_house.of(FlagKind.DEVICE_SILENT, FlagEvent.RAISED)
    assert {(f.evidence.facts["device"], f.reason) for f in told} == {("w", "frozen"), ("e", "frozen")}
    assert all("its own clock stands still" in sentences_of(f.evidence)[1] for f in told)
    assert all("时钟也停了" in sentences_of(f.evidence)[0] for f in told)
    assert panel.watch_state(known_house.state, known_house.now).blind
    known_house.pass_time(0.2)
    assert known_house.of(FlagKind.DEVICE_SILENT)[-1].event is FlagEvent.CLEARED
    known_house.water_answers = False
    known_house.pass_time(2)
    assert known_house.of(FlagKind.DEVICE_SILENT, FlagEvent.RAISED)[-1].reason == "no_answer"


def test_silence_of_a_device_is_told_after_three_polls_and_not_before(known_house):
    house = known_house
    house.pass_time(0.25)
    house.water_answers = False
    last = house.now
    house.pass_time(3)
    told = house.of(FlagKind.DEVICE_SILENT, FlagEvent.RAISED)[0]
    assert timedelta(minutes=15) <= told.at - last <= timedelta(minutes=20)
    assert told.since == last


def test_a_device_that_answers_again_clears_its_flag(known_house):
    known_house.water_answers = False
    known_house.pass_time(2)
    known_house.water_answers = True
    known_house.pass_time(1)
    assert [f.event for f in known_house.of(FlagKind.DEVICE_SILENT)] == [FlagEvent.RAISED, FlagEvent.CLEARED]


def test_a_home_without_any_data_is_blind_and_grows_into_a_visit(known_house):
    known_house.water_answers = known_house.power_answers = False
    known_house.pass_time(14)
    flags = known_house.of(FlagKind.HOME_BLIND)
    assert (flags[0].event, flags[0].severity) == (FlagEvent.RAISED, Severity.MAINTENANCE)
    assert flags[-1].severity is Severity.VISIT
    assert panel.watch_state(known_house.state, known_house.now).blind
    known_house.power_answers = True
    known_house.pass_time(0.2)
    assert known_house.of(FlagKind.HOME_BLIND)[-1].event is FlagEvent.CLEARED


def test_one_meter_that_still_answers_keeps_the_home_in_sight(known_house):
    known_house.water_answers = False
    known_house.pass_time(6)
    assert known_house.of(FlagKind.HOME_BLIND) == []
    assert not panel.watch_state(known_house.state, known_house.now).blind


def test_a_declared_device_that_never_spoke_is_told_as_well():
    settings = HomeSettings(devices=(DeviceWatch("w", frozenset({Quantity.WATER_VOLUME}), 300.0),))
    state = panel.new_home("h", settings, START)
    flags = panel.tick(state, START + timedelta(minutes=15))
    assert [f.kind for f in flags] == [FlagKind.DEVICE_SILENT]


def test_a_smoke_detector_may_be_quiet_for_a_day(house):
    house.say(Quantity.SMOKE, 0, Unit.COUNT, "s")
    for hours in (25.9, 0.2):
        before = list(house.flags)
        house.now += timedelta(hours=hours)
        house.flags += panel.tick(house.state, house.now)
    assert before == []
    assert [f.kind for f in house.flags] == [FlagKind.DEVICE_SILENT]


def test_missing_hours_do_not_count_as_silence(known_house):
    house = known_house
    house.pass_time(7)
    house.draw(9)
    house.pass_time(1)
    house.water_answers = house.power_answers = False
    house.pass_time(20)
    house.water_answers = house.power_answers = True
    house.pass_time(1)
    assert about_the_person(house) == []


def test_a_catch_up_after_an_outage_is_neither_a_burst_nor_a_tap(known_house):
    house = known_house
    house.water_answers = False
    house.draw(400)
    house.pass_time(24)
    house.water_answers = True
    house.pass_time(2)
    assert house.of(FlagKind.RUNNING_WATER) == []


def test_doubled_readings_change_nothing(known_state):
    data, lived = known_state
    ends = []
    for times in (1, 2):
        house = type(lived)(lived.settings)
        house.state = panel.load(data, lived.settings)
        house.now, house.litres, house.wh = lived.now, lived.litres, lived.wh
        for _ in range(40):
            house.pass_time(0.5)
            for _ in range(times - 1):
                house.say(Quantity.WATER_VOLUME, int(house.litres), Unit.LITRE, "w")
        ends.append([(f.flag_id, f.at) for f in house.flags])
    assert ends[0] == ends[1]
    assert house.state.meters["w|water_volume"].refused == 40


def test_readings_out_of_order_say_nothing_about_the_person(known_house):
    house = known_house
    house.pass_time(7)
    house.draw(30)
    house.pass_time(1)
    now = house.now
    for minutes in range(60, 0, -5):
        house.now = now - timedelta(minutes=minutes)
        panel_flags = panel.observe(
            house.state,
            panel_reading(house, int(house.litres) + 500),
            now,
        )
        house.flags += panel_flags
    house.now = now
    house.pass_time(1)
    assert about_the_person(house) == []


def panel_reading(house, litres):
    return Reading("w", Quantity.WATER_VOLUME, Decimal(litres), Unit.LITRE, house.now)


@pytest.mark.parametrize("litres", [3, 4_000_000])
def test_a_swapped_meter_says_nothing_about_the_person(known_house, litres):
    house = known_house
    house.pass_time(7)
    house.draw(9)
    house.pass_time(1)
    house.litres = Decimal(litres)
    house.pass_time(1)
    for _ in range(4):
        house.draw(5)
        house.pass_time(0.5)
    assert about_the_person(house) == []


def test_a_clock_that_steps_back_says_nothing_about_the_person(known_house):
    house = known_house
    house.pass_time(9)
    house.draw(8)
    house.pass_time(0.5)
    house.now -= timedelta(hours=6)
    for _ in range(6):
        house.draw(5)
        house.pass_time(1)
    assert about_the_person(house) == []
    assert house.state.clock_steps == 1


def test_filled_in_values_are_no_data(known_house):
    house = known_house
    house.pass_time(1)
    for _ in range(24 * 12):
        house.now += timedelta(minutes=5)
        house.flags += panel.tick(house.state, house.now)
        house.say(Quantity.WATER_VOLUME, int(house.litres), Unit.LITRE, "w", Quality.FILLED)
        house.say(Quantity.POWER, 30, Unit.WATT, "e", Quality.FILLED)
    assert about_the_person(house) == []
    assert len(house.of(FlagKind.HOME_BLIND, FlagEvent.RAISED)) == 1


def test_a_frozen_meter_is_the_installers_business_and_says_nothing_about_the_person(known_house):
    house = known_house
    house.pass_time(8)
    house.draw(9)
    house.pass_time(0.5)
    stopped = (house.litres, house.wh, house.watts)
    for _ in range(48 * 12):
        house.now += timedelta(minutes=5)
        house.flags += panel.tick(house.state, house.now)
        house.say(Quantity.WATER_VOLUME, int(stopped[0]), Unit.LITRE, "w")
        house.say(Quantity.ENERGY, int(stopped[1] / 10) * 10, Unit.WATT_HOUR, "e")
        house.say(Quantity.POWER, 62.0, Unit.WATT, "e")
    assert about_the_person(house) == []
    assert [f.reason for f in house.of(FlagKind.DEVICE_TROUBLE, FlagEvent.RAISED)] == ["frozen"]
    house.pass_time(1)
    assert house.of(FlagKind.DEVICE_TROUBLE)[-1].event is FlagEvent.CLEARED


def test_a_meter_that_stood_still_while_the_power_was_gone_is_not_frozen(known_house):
    house = known_house
    house.pass_time(8)
    house.watts, before = 90.0, house.wh
    house.say(Quantity.POWER, 90.0, Unit.WATT, "e")
    house.now += timedelta(hours=2)
    for _ in range(3):
        house.now += timedelta(minutes=5)
        house.say(Quantity.ENERGY, int(before / 10) * 10, Unit.WATT_HOUR, "e")
        house.say(Quantity.POWER, 90.0, Unit.WATT, "e")
    assert house.of(FlagKind.DEVICE_TROUBLE) == []


def test_zeros_filled_in_by_somebody_say_nothing_about_the_person(known_house):
    house = known_house
    house.pass_time(8)
    house.draw(9)
    house.pass_time(0.5)
    house.dark = True
    house.pass_time(48)
    assert about_the_person(house) == []


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (Quantity.BATTERY_LOW, "battery_low"),
        (Quantity.TAMPER, "tamper"),
        (Quantity.END_OF_LIFE, "end_of_life"),
        (Quantity.DEVICE_FAULT, "own_fault"),
        (Quantity.CHAMBER_FAULT, "chamber"),
        (Quantity.COVERED, "covered"),
        (Quantity.REMOVED, "removed"),
    ],
)
def test_what_a_device_says_of_itself_goes_to_the_installer(house, quantity, reason):
    house.say(quantity, 0, Unit.COUNT, "s")
    for value in (1, 1, 0, 0):
        house.now += timedelta(hours=1)
        house.say(quantity, value, Unit.COUNT, "s")
    assert [(f.kind, f.reason, f.event) for f in house.flags] == [
        (FlagKind.DEVICE_TROUBLE, reason, FlagEvent.RAISED),
        (FlagKind.DEVICE_TROUBLE, reason, FlagEvent.CLEARED),
    ]


@pytest.mark.parametrize("quantity", [Quantity.BATTERY_LOW, Quantity.TAMPER, Quantity.REMOVED])
def test_a_bit_that_flaps_is_told_once(house, quantity):
    for turn in range(200):
        house.now += timedelta(seconds=4)
        house.say(quantity, turn % 2, Unit.COUNT, "s")
    assert [f.event for f in house.flags] == [FlagEvent.RAISED]


def test_a_battery_is_told_by_its_share_alone_and_is_well_once_it_was_changed(house):
    for share in (40, 20, 10, 5, 12, 0, 100, 100):
        house.now += timedelta(hours=6)
        house.say(Quantity.BATTERY, share, Unit.PERCENT, "s")
    told = [(f.reason, f.event) for f in house.flags if f.kind is FlagKind.DEVICE_TROUBLE]
    assert told == [("battery_low", FlagEvent.RAISED), ("battery_low", FlagEvent.CLEARED)]


def test_a_detector_that_is_muted_for_a_day_is_told_though_nobody_says_so_again(house):
    house.say(Quantity.SMOKE_SILENCED, 1, Unit.COUNT, "s")
    start = house.now
    while house.now - start < timedelta(hours=30):
        house.now += timedelta(minutes=10)
        house.flags += panel.tick(house.state, house.now)
    (flag,) = [f for f in house.flags if f.reason == "muted"]
    assert timedelta(hours=24) <= flag.at - start <= timedelta(hours=24, minutes=10)


@pytest.mark.parametrize(
    ("word", "reasons"), [(0, []), (8, ["own_fault"]), (4, ["battery_low"]), (12, ["own_fault", "battery_low"])]
)
def test_a_meter_whose_status_word_names_an_error_is_told(house, word, reasons):
    house.say(Quantity.STATUS, word, Unit.COUNT, "w")
    assert [f.reason for f in house.flags] == reasons


def test_while_the_gateway_itself_was_away_nobody_is_called_silent(known_house):
    known_house.state = panel.load(panel.dump(known_house.state), known_house.settings)
    known_house.now += timedelta(hours=5)
    panel.resume(known_house.state, known_house.now)
    before = len(known_house.flags)
    known_house.flags += panel.tick(known_house.state, known_house.now)
    known_house.pass_time(1)
    assert [flag.kind for flag in known_house.flags[before:] if flag.event is FlagEvent.RAISED] == []


def test_a_meter_that_stays_silent_after_the_gateway_came_back_is_told(known_house):
    known_house.now += timedelta(hours=5)
    panel.resume(known_house.state, known_house.now)
    known_house.water_answers = False
    before = len(known_house.flags)
    known_house.pass_time(1)
    raised = [flag for flag in known_house.flags[before:] if flag.event is FlagEvent.RAISED]
    assert [(flag.kind, flag.evidence.facts["device"]) for flag in raised] == [(FlagKind.DEVICE_SILENT, "w")]


def test_without_the_water_meter_quiet_counts_for_what_can_still_be_seen(known_state):
    data, lived = known_state
    waits = []
    for answers in (True, False):
        house = type(lived)(lived.settings)
        house.state = panel.load(data, lived.settings)
        house.now, house.litres, house.wh, house.watts = lived.now, lived.litres, lived.wh, lived.watts
        house.water_answers = answers
        house.pass_time(60)
        raised = house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)
        waits.append((raised[0].at - lived.now).total_seconds() if raised else float("inf"))
    assert 1.2 * waits[0] < waits[1]


def test_a_catch_up_is_no_unusual_day(known_house):
    house = known_house
    house.water_answers = False
    house.pass_time(5 * 24 - 4)
    house.draw(600)
    house.water_answers = True
    house.pass_time(1)
    assert house.of(FlagKind.UNUSUAL_USE) == []


def test_a_water_meter_that_dies_in_a_home_that_lives_on_is_told_to_the_installer_and_is_well_with_the_next_draw(
    known_house,
):
    house, rng = known_house, random.Random(4)
    before = len(house.flags)
    for _ in range(4):
        house.pass_time(7)
        for _ in range(24):
            house.watts = float(rng.choice((30, 60, 95, 150, 420)))
            house.pass_time(rng.choice((0.25, 0.5, 0.75, 1.0)))
        house.watts = 30.0
        house.pass_time(3)
    told = [flag for flag in house.flags[before:] if flag.reason == "water_still"]
    assert [flag.event for flag in told] == [FlagEvent.RAISED]
    house.live_day()
    assert [flag.event for flag in house.flags if flag.reason == "water_still"][-1] is FlagEvent.CLEARED


def test_a_fall_with_the_lamp_on_is_no_dead_water_meter(known_house):
    house = known_house
    house.watts = 60.0
    house.pass_time(72)
    assert [flag for flag in house.flags if flag.reason == "water_still"] == []
