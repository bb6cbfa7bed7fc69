"""Common cause: many homes at once are one flag about the place; what is about a person is never held back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.household.common_cause.common_cause import CauseScope, CommonCauseState, ScopeKind, empty, fold, next_wake
from models.household.common_cause.memory import PlaceMemoryError, dump_places, load_places
from models.texts.flag_texts import sentences_of

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOMES = frozenset("abcdefghij")
PLACES = (
    CauseScope(
        "gw/line/bus-1", "bus-1", ScopeKind.LINE, frozenset("abcde"), frozenset(f"dev-{home}" for home in "abcde")
    ),
    CauseScope(
        "gw/line/bus-2", "bus-2", ScopeKind.LINE, frozenset("fghij"), frozenset(f"dev-{home}" for home in "fghij")
    ),
    CauseScope("gw/building/3", "3", ScopeKind.BUILDING, frozenset("defgh")),
    CauseScope("gw", "gw", ScopeKind.GATEWAY, HOMES),
)


def flag(home, kind=FlagKind.DEVICE_SILENT, event=FlagEvent.RAISED, minutes=0.0, number=0):
    at = START + timedelta(minutes=minutes)
    evidence = Evidence({"device": f"dev-{home}"}, "", "")
    return Flag(home, kind, Severity.MAINTENANCE, event, at, START, 1.0, "r", evidence, f"e-{home}", number)


@pytest.fixture
def place():
    return CommonCauseState(PLACES, ZoneInfo("Asia/Shanghai"))


def later(minutes):
    return START + timedelta(minutes=minutes)


def test_many_homes_of_a_line_are_one_flag_that_names_the_line_and_lists_the_homes(place):
    out = []
    for minute, home in enumerate("abcd"):
        out += fold(place, [flag(home, minutes=minute)], later(minute))
    out += fold(place, [], later(30))
    assert [(f.kind, f.home, f.event) for f in out] == [(FlagKind.COMMON_CAUSE, "gw/line/bus-1", FlagEvent.RAISED)]
    assert out[0].evidence.facts["homes"] == "a,b,c,d"
    assert out[0].reason == "many_device_silent"
    assert sentences_of(out[0].evidence)[0] == "线路 bus-1 的 5 户中有 4 户自 20:00 起几乎同时设备无数据：a、b、c、d。"
    assert (
        sentences_of(out[0].evidence)[1]
        == "line bus-1: devices fell silent in 4 of 5 homes within minutes of 20:00: a, b, c, d."
    )


def test_when_every_line_is_dead_it_is_the_gateway_once(place):
    fold(place, [flag(home) for home in HOMES], START)
    out = fold(place, [], later(5))
    assert [(f.home, f.evidence.facts["count"]) for f in out] == [("gw", 10)]


def test_a_power_cut_is_about_the_building_and_urgent(place):
    fold(place, [flag(home, FlagKind.SUPPLY_LOST) for home in "defgh"], START)
    out = fold(place, [], later(5))
    assert [(f.home, f.severity) for f in out] == [("gw/building/3", Severity.URGENT)]


def test_a_silent_device_counts_only_for_its_own_line(place):
    detectors = [replace(flag(home), evidence=Evidence({"device": f"smoke-{home}"}, "", "")) for home in "abcde"]
    fold(place, detectors, START)
    out = fold(place, [], later(5))
    assert [f.home for f in out] == ["gw"]


def test_a_few_homes_go_out_as_they_are_after_a_short_hold(place):
    held = fold(place, [flag("a"), flag("b"), flag("c")], START)
    early = fold(place, [], later(9.9))
    assert (held, early) == ([], [])
    assert next_wake(place) <= later(10)
    assert [f.home for f in fold(place, [], later(10))] == ["a", "b", "c"]
    assert next_wake(place) is None


def test_where_too_few_homes_are_watched_for_a_common_cause_nothing_waits():
    small = CommonCauseState((CauseScope("gw", "gw", ScopeKind.GATEWAY, frozenset("abc")),))
    assert [f.home for f in fold(small, [flag("a")], START)] == ["a"]


def test_a_clock_that_is_set_back_holds_nothing_for_longer(place):
    fold(place, [flag("a")], START)
    assert [f.home for f in fold(place, [], START - timedelta(days=1))] == ["a"]


def test_homes_that_began_hours_apart_have_no_common_cause(place):
    out = []
    for hours, home in enumerate("abcdef"):
        since = START + timedelta(hours=hours)
        out += fold(place, [replace(flag(home, minutes=60 * hours), since=since)], later(60 * hours))
    out += fold(place, [], later(600))
    assert {f.kind for f in out} == {FlagKind.DEVICE_SILENT}
    assert len(out) == 6


@pytest.mark.parametrize(
    "kind",
    [FlagKind.SMOKE, FlagKind.INACTIVITY, FlagKind.RUNNING_WATER, FlagKind.APPLIANCE_ON, FlagKind.LEAK],
)
def test_what_is_about_life_is_never_held_back_nor_folded(place, kind):
    flags = [flag(home, kind) for home in "abcdefgh"]
    assert fold(place, flags, START) == flags


def test_the_places_flag_clears_when_the_last_home_is_back(place):
    fold(place, [flag(home) for home in "abcd"], START)
    fold(place, [], later(5))
    out = fold(place, [flag(home, event=FlagEvent.CLEARED, minutes=60) for home in "abc"], later(60))
    last = fold(place, [flag("d", event=FlagEvent.CLEARED, minutes=61)], later(61))
    assert out == []
    assert [(f.kind, f.event, f.number) for f in last] == [(FlagKind.COMMON_CAUSE, FlagEvent.CLEARED, 1)]


def test_a_home_that_joins_later_belongs_to_the_same_cause_and_is_told_with_it(place):
    fold(place, [flag(home) for home in "abcd"], START)
    fold(place, [], later(5))
    joined = fold(place, [flag("e", minutes=15)], later(12))
    told = fold(place, [], later(15))
    assert joined == []
    assert [(f.event, f.number, f.evidence.facts["homes"]) for f in told] == [(FlagEvent.UPDATED, 1, "a,b,c,d,e")]
    for home in "abcd":
        assert fold(place, [flag(home, event=FlagEvent.CLEARED)], later(50)) == []
    assert [f.number for f in fold(place, [flag("e", event=FlagEvent.CLEARED)], later(51))] == [2]


def test_a_second_cut_while_one_meter_of_the_first_stays_dead_is_one_flag_again(place):
    fold(place, [flag(home) for home in "abcde"], START)
    fold(place, [], later(5))
    fold(place, [flag(home, event=FlagEvent.CLEARED, number=1) for home in "abcd"], later(60))
    again = [replace(flag(home, minutes=300), since=later(300), episode=f"f-{home}") for home in "abcd"]
    fold(place, again, later(300))
    assert [f.kind for f in fold(place, [], later(305))] == [FlagKind.COMMON_CAUSE]
    assert len(place.going) == 2


def test_what_grows_more_urgent_inside_is_heard_and_cleared_by_itself_too(place):
    fold(place, [flag(home, FlagKind.HOME_BLIND) for home in "abcd"], START)
    fold(place, [], later(5))
    same = flag("a", FlagKind.HOME_BLIND, FlagEvent.UPDATED, 60, 1)
    worse = replace(same, severity=Severity.VISIT, number=2)
    assert fold(place, [same], later(60)) == []
    assert fold(place, [worse], later(720)) == [worse]
    over = replace(worse, event=FlagEvent.CLEARED, number=3)
    assert fold(place, [over], later(800)) == [over]
    assert len(place.going) == 1


def test_what_is_over_before_it_was_told_is_never_told(place):
    fold(place, [flag("a")], START)
    cleared = fold(place, [flag("a", event=FlagEvent.CLEARED)], later(5))
    after = fold(place, [], later(60))
    assert (cleared, after) == ([], [])


def test_what_was_sent_is_cleared_as_it_was_sent(place):
    fold(place, [flag("a")], START)
    fold(place, [], later(10))
    cleared = flag("a", event=FlagEvent.CLEARED, minutes=20, number=1)
    assert fold(place, [cleared], later(20)) == [cleared]


def test_at_the_end_of_a_recording_what_waits_comes_out(place):
    fold(place, [flag("a")], START)
    assert [f.home for f in empty(place)] == ["a"]
    assert place.waiting == []


def test_the_memory_comes_back_as_it_was(place):
    fold(place, [flag(home) for home in "abcd"], START)
    fold(place, [flag("e", FlagKind.SUPPLY_LOST, minutes=4)], later(5))
    again = CommonCauseState(PLACES, place.zone)
    load_places(dump_places(place), again, [f"e-{home}" for home in "abcde"])
    assert (again.waiting, again.going) == (place.waiting, place.going)
    assert len(again.waiting) == len(again.going) == 1


def test_a_cause_whose_homes_are_no_longer_watched_is_forgotten(place):
    fold(place, [flag(home) for home in "abcd"], START)
    fold(place, [], later(5))
    again = CommonCauseState(PLACES)
    load_places(dump_places(place), again, [])
    assert again.going == {}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1, "waiting": [{}], "going": []}'])
def test_a_memory_that_cannot_be_read_is_an_error_and_changes_nothing(place, text):
    fold(place, [flag("a")], START)
    with pytest.raises(PlaceMemoryError):
        load_places(text, place, [])
    assert len(place.waiting) == 1
