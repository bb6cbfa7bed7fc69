"""Silence: told when this home would not be so quiet, and never because data are missing."""

from datetime import timedelta

import pytest

from models.flag import FlagEvent, FlagKind, Severity
from models.household import panel
from models.household.settings import HomeSettings
from models.household.spells.spells import Spell
from models.quantity import Quantity, Unit
from models.texts.flag_texts import sentences_of
from models.wire.messages import AwayEntry


def hours_until_noticed(house):
    fell = house.now
    raised = house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)
    house.pass_time(48)
    new = [f for f in house.of(FlagKind.INACTIVITY, FlagEvent.RAISED) if f not in raised]
    assert new, "never noticed"
    return (new[0].at - fell).total_seconds() / 3600.0


def up_at(house, hour):
    """Live on in the usual way until so many hours after midnight: then she lies on the floor."""
    for at, watts, litres in ((7.0, 60, 9), (7.3, 1500, 3), (7.5, 60, 5), (8.5, 60, 8)):
        if at > hour:
            break
        house.pass_time(max(0.0, at - (house.now - midnight(house)).total_seconds() / 3600.0))
        house.watts = float(watts)
        house.draw(litres)
    house.pass_time(hour - (house.now - midnight(house)).total_seconds() / 3600.0)


def midnight(house):
    return house.now.replace(hour=0, minute=0)


def told_house(known_state):
    """The home that is known for three weeks, where absences are told."""
    data, lived = known_state
    house = type(lived)(HomeSettings(ledger=True))
    house.state = panel.load(data, house.settings)
    house.now, house.litres, house.wh = lived.now, lived.litres, lived.wh
    return house


def test_three_weeks_of_steady_days_raise_nothing_about_the_person(known_house):
    assert [f for f in known_house.flags if f.severity.rank >= Severity.URGENT.rank] == []


def test_a_fall_in_the_morning_is_noticed_within_hours(known_house):
    up_at(known_house, 8.6)
    assert hours_until_noticed(known_house) < 9.0


def test_a_fall_on_the_first_day_is_noticed_by_the_districts_habits(new_house):
    house = new_house(HomeSettings(ledger=True))
    up_at(house, 8.6)
    assert hours_until_noticed(house) < 14.0


def test_a_night_in_which_nobody_gets_up_is_noticed_in_the_morning(known_state):
    known_house = told_house(known_state)
    assert 7.0 < hours_until_noticed(known_house) < 15.0


def test_a_flag_clears_when_somebody_is_up_again_and_keeps_its_episode(known_house):
    known_house.pass_time(30)
    known_house.draw(6)
    known_house.pass_time(0.2)
    flags = known_house.of(FlagKind.INACTIVITY)
    assert flags[0].event is FlagEvent.RAISED
    assert flags[-1].event is FlagEvent.CLEARED
    assert len({f.episode for f in flags}) == 1
    assert [f.number for f in flags] == list(range(len(flags)))


def test_the_sentence_holds_the_numbers_it_rests_on(known_house):
    known_house.pass_time(30)
    flag = known_house.of(FlagKind.INACTIVITY)[0]
    since = flag.since.strftime("%H:%M")
    for text in sentences_of(flag.evidence):
        assert since in text
        assert f"{flag.evidence.facts['hours_silent']:.1f}" in text
    assert flag.evidence.facts["hours_silent"] == pytest.approx((flag.at - flag.since).total_seconds() / 3600, abs=0.1)


def test_a_smaller_budget_waits_longer(known_state):
    data, lived = known_state
    waits = []
    for budget in (3.0, 1.0, 0.3, 0.1):
        house = type(lived)(type(lived.settings)(budget=budget))
        house.state = panel.load(data, house.settings)
        house.now, house.litres, house.wh = lived.now, lived.litres, lived.wh
        up_at(house, 8.6)
        waits.append(hours_until_noticed(house))
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_nobody_is_sent_while_the_ledger_says_away(known_house):
    house = known_house
    entry = AwayEntry("a1", "h", house.now, house.now + timedelta(days=3), "daughter")
    house.flags += panel.tell_away(house.state, entry, house.now)
    house.pass_time(70)
    assert house.of(FlagKind.INACTIVITY) == []


def test_a_return_that_does_not_come_is_noticed(known_house):
    house = known_house
    entry = AwayEntry("a1", "h", house.now, house.now + timedelta(days=1), "daughter")
    house.flags += panel.tell_away(house.state, entry, house.now)
    house.pass_time(72)
    assert len(house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)) == 1


def test_being_told_away_clears_a_flag_that_was_raised(known_house):
    house = known_house
    house.pass_time(30)
    entry = AwayEntry("a1", "h", house.now - timedelta(hours=30), None, "daughter")
    house.flags += panel.tell_away(house.state, entry, house.now)
    assert house.of(FlagKind.INACTIVITY)[-1].event is FlagEvent.CLEARED


def test_the_same_readings_give_the_same_flags_after_the_state_was_stored(known_state):
    data, lived = known_state
    ends = []
    for store in (False, True):
        house = type(lived)(lived.settings)
        house.state = panel.load(data, lived.settings)
        house.now, house.litres, house.wh, house.watts = lived.now, lived.litres, lived.wh, lived.watts
        for _ in range(40):
            house.pass_time(1)
            if store:
                house.state = panel.load(panel.dump(house.state), lived.settings)
        ends.append([(f.flag_id, f.kind, f.event, f.at, f.reason) for f in house.flags])
    assert ends[0]
    assert ends[0] == ends[1]


def test_the_stored_state_of_a_long_watched_home_fits_in_sixteen_kilobytes(known_state):
    assert len(known_state[0]) <= 16 * 1024


def test_a_stored_state_that_cannot_be_read_is_refused(house):
    for data in (b"", b"{}", b'{"version": 99}', b"[1]", panel.dump(house.state)[:-20]):
        with pytest.raises(panel.StateError):
            panel.load(data, house.settings)


def test_the_watch_state_says_when_a_fall_would_be_noticed(known_state):
    house = told_house(known_state)
    up_at(house, 8.6)
    told = panel.watch_state(house.state, house.now)
    assert told.home == "h"
    assert not told.blind
    assert told.last_sign is not None
    assert told.notice_by is not None
    assert timedelta(hours=2) < told.notice_by - house.now < timedelta(hours=20)


@pytest.mark.parametrize("hour", [1.0, 3.0, 5.0, 6.5, 8.6, 9.0])
def test_a_fall_is_noticed_by_then_asleep_as_well_as_up(known_state, hour):
    house = told_house(known_state)
    up_at(house, hour)
    assert house.of(FlagKind.INACTIVITY, FlagEvent.RAISED) == []
    promised = panel.watch_state(house.state, house.now).notice_by - house.now
    assert hours_until_noticed(house) <= promised.total_seconds() / 3600.0 + 0.25, "a poll and a tick"


def test_who_is_often_out_from_nine_to_seven_is_promised_no_sooner_in_the_middle_of_it(known_state):
    """A fall at three, unseen since half past eight: the line of the long spell holds, not that of a short nap."""
    house = told_house(known_state)
    up_at(house, 8.6)
    today = house.state.clock.day(house.now.timestamp())
    for back in range(1, 60):
        for left_on in (False, True):
            house.state.silence.spells.add(Spell(today - back % 20 - 1, 510, 600, left_on))
            house.state.silence.spells.add(Spell(today - back % 20 - 1, 900, 40, left_on))
    house.pass_time(6.4)
    assert house.of(FlagKind.INACTIVITY, FlagEvent.RAISED) == []
    promised = panel.watch_state(house.state, house.now).notice_by - house.now
    assert hours_until_noticed(house) <= promised.total_seconds() / 3600.0 + 0.25


def test_hours_are_drained_once_and_add_up_to_what_the_meters_counted(house):
    house.flow_l_min = 0.2
    house.pass_time(3)
    hours = panel.drain_hours(house.state)
    assert [h.water_l for h in hours][1:] == pytest.approx([12.0, 12.0], abs=1.1)
    assert panel.drain_hours(house.state) == []
    house.say(Quantity.WATER_VOLUME, 5, Unit.LITRE, "other")
    assert panel.drain_hours(house.state) == []


@pytest.mark.parametrize("tells", ["water", "power", "energy"])
def test_one_kind_of_meter_is_enough_to_be_quiet_about_a_life_and_to_notice_its_end(new_house, tells):
    house = new_house(tells=tells)
    for _ in range(21):
        house.live_day()
    house.flags.clear()
    for _ in range(7):
        house.live_day()
    assert house.of(FlagKind.INACTIVITY) == []
    house.pass_time(40)
    assert len(house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)) == 1


def test_an_evening_before_the_television_does_not_hide_a_fall_behind_a_water_meter_that_stands_still(new_house):
    house = new_house()

    def evening() -> None:
        for watts in (140, 60, 300, 140, 60, 300, 140, 60, 300, 140):
            house.pass_time(0.25)
            house.watts = float(watts)

    for _ in range(16):
        house.live_day()
        house.pass_time(7)
        house.draw(6)
        evening()
        house.draw(9)
        house.watts = 30.0
        house.pass_time(24 - 7 - 2.5)
    house.flags.clear()
    house.pass_time(7)
    house.draw(6)
    evening()
    fell = house.now
    house.pass_time(10)
    told = house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)
    assert [round((flag.at - fell).total_seconds() / 3600.0) for flag in told] == [2]


def test_where_only_water_is_read_no_silence_is_slowed_down_for_a_meter_that_stands_still(new_house):
    house = new_house(tells="water")
    for _ in range(20):
        house.live_day()
    for _ in range(2000):  # half a year of draws, none with a load before it
        house.state.seen.count(draw=True)
    # a gateway that begins again: what was nearly nothing may have been written as nothing
    house.state = panel.load(panel.dump(house.state), house.settings)
    house.pass_time(14)
    assert house.state.silence.missing_s == 0.0
    assert len(house.of(FlagKind.INACTIVITY, FlagEvent.RAISED)) == 1
