"""Rosters: the arithmetic of who is on call agrees with a scan of every minute, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.domain.base.areas import Level
from ingest.domain.base.spans import covers
from ingest.domain.base.wallclock import instant_of
from ingest.domain.duty.coverage import Lack, coverage_gaps_of
from ingest.domain.duty.holidays import Calendar, DayKind
from ingest.domain.duty.oncall import duty_of, on_call_at
from ingest.domain.duty.roster import (
    WEEKDAYS,
    OpenShift,
    Override,
    Roster,
    RosterError,
    Rotation,
    Window,
    rotations_data,
    rotations_of,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHANGHAI, BERLIN, HOWE = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
FEAST = Calendar({date(2026, 3, 30): DayKind.HOLIDAY, date(2026, 3, 28): DayKind.WORKDAY}, frozenset({2026}))
PEOPLE = ("a", "b", "c")


class MinuteScan:
    """The slow truth: walk along the minutes, look at the clock on the wall, note when it first shows a time."""

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        self.minutes = [begin + number * MINUTE for number in range(int((end - begin) / MINUTE))]
        self.walls = [minute.astimezone(zone).replace(tzinfo=None) for minute in self.minutes]

    def first(self, wall: datetime) -> datetime:
        return next(m for m, shown in zip(self.minutes, self.walls, strict=True) if shown >= wall)

    def on_call(self, roster: Roster, calendar: Calendar, at: list[datetime]) -> list[set[str]]:
        result: list[set[str]] = [set() for _ in at]
        for rotation in roster.rotations:
            edges = self._edges(rotation)
            inside = [
                (self.first(datetime.combine(day, w.start)), self.first(self._end(day, w)))
                for w in rotation.windows
                for day in self._days()
                if self._begins(day, w, calendar)
            ]
            for index, minute in enumerate(at):
                turn = sum(edge <= minute for edge in edges) - 1
                worked = not rotation.windows or any(start <= minute < end for start, end in inside)
                if turn >= 0 and worked:
                    result[index] |= set(rotation.turns[turn % len(rotation.turns)])
        for index, minute in enumerate(at):
            for shift in roster.open_shifts:
                if shift.starts <= minute < shift.ends:
                    result[index] |= set(shift.people)
            for change in roster.overrides:
                if not change.starts <= minute < change.ends:
                    continue
                if change.replaces is None:
                    result[index] = set()
                elif change.replaces not in result[index]:
                    continue
                else:
                    result[index] -= {change.replaces}
                if change.person is not None:
                    result[index] |= {change.person}
        return result

    def _days(self) -> list[date]:
        days = sorted({wall.date() for wall in self.walls})
        return days[1:-2]

    def _edges(self, rotation: Rotation) -> list[datetime]:
        """All beginnings of turns that the scan can see; the roster begins within it."""
        days, day = [], rotation.starts
        while day <= self.walls[-1].date() - DAY:
            days.append(day)
            day += rotation.every_days * DAY
        return [self.first(datetime.combine(day, rotation.at)) for day in days]

    @staticmethod
    def _end(day: date, window: Window) -> datetime:
        return datetime.combine(day if window.end > window.start else day + DAY, window.end)

    @staticmethod
    def _begins(day: date, window: Window, calendar: Calendar) -> bool:
        special = calendar.special.get(day)
        rest = special is DayKind.HOLIDAY or (special is None and day.weekday() in (5, 6))
        words = {"every_day", WEEKDAYS[day.weekday()], "rest_days" if rest else "workdays"}
        return bool(words & window.days)


clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
windows = st.builds(
    Window,
    st.frozensets(st.sampled_from([*WEEKDAYS, "every_day", "workdays", "rest_days"]), min_size=1),
    clock_times,
    clock_times,
)
rotations = st.builds(
    Rotation,
    starts=st.dates(date(2026, 3, 25), date(2026, 3, 31)),
    at=clock_times,
    every_days=st.integers(1, 3),
    turns=st.lists(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(
        tuple
    ),
    windows=st.lists(windows, max_size=2).map(tuple),
)
instants = st.integers(0, 6 * 1440).map(lambda minutes: datetime(2026, 3, 26, tzinfo=UTC) + minutes * MINUTE)
overrides = st.builds(
    lambda who, whom, start, length: Override(who, whom, start, start + length * MINUTE),
    st.sampled_from([*PEOPLE, None]),
    st.sampled_from([*PEOPLE, None]),
    instants,
    st.integers(1, 3000),
)
open_shifts = st.builds(
    lambda start, length, people: OpenShift(start, start + length * MINUTE, 2, tuple(sorted(people))),
    instants,
    st.integers(1, 900),
    st.sets(st.sampled_from(PEOPLE), max_size=2),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    zone=st.sampled_from([SHANGHAI, BERLIN, HOWE]),
    turning=st.lists(rotations, max_size=2).map(tuple),
    changes=st.lists(overrides, max_size=3).map(tuple),
    shifts=st.lists(open_shifts, max_size=2).map(tuple),
)
def test_spans_and_holes_agree_with_a_scan_of_every_minute(
    zone: ZoneInfo,
    turning: tuple[Rotation, ...],
    changes: tuple[Override, ...],
    shifts: tuple[OpenShift, ...],
) -> None:
    roster = Roster("r", "area", zone, turning, changes, shifts)
    begin, end = datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    scan = MinuteScan(zone, datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC))
    minutes = [begin + number * MINUTE for number in range(int((end - begin) / MINUTE))]
    expected = scan.on_call(roster, FEAST, minutes)
    duty = duty_of(roster, FEAST, (begin, end))
    found = [{person for person, spans in duty.items() if covers(spans, minute)} for minute in minutes]
    wrong = [(m, e, f) for m, e, f in zip(minutes, expected, found, strict=True) if e != f]
    assert wrong == []
    gaps = coverage_gaps_of("area", Level.COMPOUND, [roster], FEAST, PEOPLE, anybody=True, within=(begin, end))
    scanned = [minute for minute, people in zip(minutes, expected, strict=True) if not people]
    assert [m for m in minutes if any(gap.starts <= m < gap.ends for gap in gaps)] == scanned
    some = minutes[:: len(minutes) // 7]
    assert [on_call_at([roster], FEAST, m) for m in some] == expected[:: len(minutes) // 7]


def test_a_time_the_clocks_skip_is_reached_when_they_go_forward() -> None:
    spring = date(2026, 3, 29)
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert instant_of(spring, time(1, 59), BERLIN) == change - MINUTE
    assert {instant_of(spring, time(2, minute), BERLIN) for minute in (0, 1, 30, 59)} == {change}
    assert instant_of(spring, time(3, 0), BERLIN) == change


def test_a_time_that_comes_twice_counts_the_first_time_and_nobody_is_on_call_for_an_hour_less() -> None:
    night = Window(frozenset({"every_day"}), time(22), time(6))
    roster = Roster("r", "x", BERLIN, (Rotation(date(2026, 1, 1), time(0), 1, (("a",),), (night,)),))
    autumn = (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 20, tzinfo=UTC))
    ((start, end),) = duty_of(roster, Calendar(), autumn)["a"]
    assert end - start == timedelta(hours=9)
    spring = (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 19, tzinfo=UTC))
    ((start, end),) = duty_of(roster, Calendar(), spring)["a"]
    assert end - start == timedelta(hours=7)


def test_a_swap_lets_each_of_two_take_the_others_night() -> None:
    roster = Roster("r", "x", SHANGHAI, (Rotation(date(2026, 11, 23), time(8), 1, (("a",), ("b",))),))
    first = instant_of(date(2026, 11, 23), time(8), SHANGHAI)
    swapped = Roster(
        "r",
        "x",
        SHANGHAI,
        roster.rotations,
        (Override("b", "a", first, first + DAY), Override("a", "b", first + DAY, first + 2 * DAY)),
    )
    duty = duty_of(swapped, Calendar(), (first, first + 2 * DAY))
    assert duty == {"b": [(first, first + DAY)], "a": [(first + DAY, first + 2 * DAY)]}


def test_a_shifted_workday_is_worked_and_a_holiday_is_not() -> None:
    office = Window(frozenset({"workdays"}), time(9), time(17))
    roster = Roster("r", "x", SHANGHAI, (Rotation(date(2026, 1, 1), time(0), 7, (("a",),), (office,)),))
    noon = {day: instant_of(date(2026, 3, day), time(12), SHANGHAI) for day in (27, 28, 29, 30)}
    assert [day for day, at in noon.items() if on_call_at([roster], FEAST, at)] == [27, 28]
    assert [day for day, at in noon.items() if on_call_at([roster], Calendar(), at)] == [27, 30]


def test_somebody_on_call_without_a_channel_leaves_a_hole_of_its_own_kind() -> None:
    roster = Roster("r", "x", SHANGHAI, (Rotation(date(2026, 11, 23), time(0), 1, (("a",), ("b",))),))
    begin = instant_of(date(2026, 11, 22), time(0), SHANGHAI)
    gaps = coverage_gaps_of(
        "x", Level.STREET, [roster], Calendar(), {"a"}, anybody=True, within=(begin, begin + 3 * DAY)
    )
    assert [(gap.lack, gap.starts, gap.ends) for gap in gaps] == [
        (Lack.NOBODY_ON_CALL, begin, begin + DAY),
        (Lack.UNREACHABLE, begin + 2 * DAY, begin + 3 * DAY),
    ]


def test_a_place_without_roster_has_a_hole_only_if_nobody_is_there() -> None:
    month = (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 23, tzinfo=UTC))
    assert coverage_gaps_of("x", Level.STREET, [], Calendar(), set(), anybody=True, within=month) == []
    (gap,) = coverage_gaps_of("x", Level.STREET, [], Calendar(), set(), anybody=False, within=month)
    assert (gap.starts, gap.ends, gap.lack) == (*month, Lack.NOBODY_THERE)


@pytest.mark.parametrize(
    ("rotation", "word"),
    [
        ({"turns": []}, "at least one person"),
        ({"turns": [[]]}, "at least one person"),
        ({"turns": [["a"]], "every_days": 0}, "1 to 366"),
        ({"turns": [["a"]], "at": "25:00"}, "25:00"),
        ({"turns": [["a"]], "at": "08:00:30"}, "hours and minutes"),
        ({"turns": [["a"]], "starts": "tomorrow"}, "tomorrow"),
        ({"turns": [["a"]], "windows": [{"days": "someday", "from": "08:00", "to": "10:00"}]}, "someday"),
        ({"turns": [["a"]], "windows": [{"from": "08:00"}]}, "needs to"),
        ({"turns": [["a"]], "colour": "red"}, "colour"),
        ({"turns": [[7]]}, "list of ids"),
    ],
)
def test_a_rotation_that_can_not_be_followed_is_refused_with_its_place(rotation: dict[str, object], word: str) -> None:
    with pytest.raises(RosterError, match=f"roster night, rotation 2: .*{word}"):
        rotations_of("night", [{"turns": [["a"]]}, rotation])


@given(st.lists(rotations, max_size=3).map(tuple))
def test_rotations_survive_their_way_through_plain_data(turning: tuple[Rotation, ...]) -> None:
    assert rotations_of("r", rotations_data(turning)) == turning
