"""The key figures, recounted by hand from small logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.domain.base.shares import Share
from ingest.domain.tickets.case_log import Case, Entry
from ingest.domain.tickets.stints import stints
from ingest.figures.domain.kpi import ResolutionState, exceptions, figures, standing
from ingest.figures.domain.kpi_people import loads
from ingest.figures.domain.precision import precision, was_right

T = datetime(2026, 11, 1, tzinfo=UTC)
LATER = T + timedelta(days=10)


def said(seconds: float, event: str, actor: str | None = "vera", **more: str) -> Entry:
    return Entry(T + timedelta(seconds=seconds), event, actor, **more)


def case(*log: Entry, ticket_id: str = "t", severity: str = "critical", kind: str = "smoke", rule: str = "r") -> Case:
    return Case(ticket_id, "/hs/str/", kind, rule, severity, T, [said(0, "opened", None), *log])


def test_an_acknowledgement_is_in_time_up_to_the_very_second() -> None:
    cases = [case(said(seconds, "take")) for seconds in (59, 60, 60.1, 180, 180.1)]
    found = figures(cases, LATER)
    assert (found.in_60_s, found.in_180_s) == (Share(2, 5), Share(4, 5))
    assert (found.median_ack_s, found.slowest_ack_s) == (60.1, 180.1)


def test_what_nobody_acknowledged_is_late_once_the_time_is_over_and_not_judged_before() -> None:
    silent = case(said(30, "escalated", None))
    assert figures([silent], T + timedelta(seconds=60)).in_60_s == Share(0, 0)
    assert figures([silent], T + timedelta(seconds=61)).in_60_s == Share(0, 1)
    assert figures([silent], T + timedelta(seconds=61)).in_180_s.rate is None


def test_only_a_person_acknowledges_and_only_alarms_are_measured() -> None:
    machine = case(said(5, "take", None))
    visit = case(said(9000, "take"), severity="visit")
    found = figures([machine, visit], LATER)
    assert (found.tickets, found.alarms, found.in_60_s) == (2, 1, Share(0, 1))


def test_a_desk_that_sees_to_it_or_sends_somebody_has_acknowledged() -> None:
    seen = case(said(40, "acknowledge", "dong"), said(400, "take"))
    sent = case(said(50, "offer", "dong", person_id="vera"), said(500, "take"))
    by_itself = case(said(5, "offer", None, person_id="vera"), said(100, "take"))
    found = figures([seen, sent, by_itself], LATER)
    assert (found.in_60_s, found.median_ack_s) == (Share(2, 3), 50)


def grown(*log: Entry) -> Case:
    """Opened as something for the daytime, an alarm five hours later."""
    opened, worse = said(0, "opened", None, severity="visit"), said(18_000, "new_flag", None, severity="urgent")
    lines = sorted([worse, *log], key=lambda entry: entry.at)
    return Case("t", "/hs/str/", "inactivity", "r", "urgent", T, [opened, *lines])


def test_what_becomes_an_alarm_in_the_morning_is_measured_from_then() -> None:
    taken = grown(said(18_013, "take"), said(18_600, "arrive"))
    found = figures([taken], LATER)
    assert (found.in_60_s, found.slowest_ack_s, found.median_arrival_s) == (Share(1, 1), 13, 600)
    assert [(late.since, late.after_s) for late in exceptions([grown(said(18_061, "take"))], LATER)] == [
        (T + timedelta(seconds=18_000), 61)
    ]


def test_who_is_at_it_when_it_becomes_an_alarm_has_acknowledged_it_but_not_who_had_left_it() -> None:
    at_it = grown(said(9_000, "take"), said(9_500, "arrive"))
    left = grown(said(9_000, "take"), said(9_500, "arrive"), said(9_600, "give_back"), said(18_100, "take"))
    assert figures([at_it], LATER).slowest_ack_s == 0
    assert figures([at_it], LATER).arrived == Share(1, 1)
    assert (figures([left], LATER).in_60_s, figures([left], LATER).slowest_ack_s) == (Share(0, 1), 100)
    assert figures([left], LATER).arrived == Share(0, 1)


def test_the_cry_of_a_visitor_is_an_alarm_that_their_own_going_has_not_answered() -> None:
    opened, cry = said(0, "opened", None, severity="visit"), said(900, "check_in_help", "vera", severity="critical")
    log = [opened, said(60, "take"), said(600, "arrive"), cry, said(960, "all_well", "desk")]
    cried = Case("t", "/hs/str/", "inactivity", "r", "critical", T, log)
    found = figures([cried], LATER)
    assert (found.alarms, found.in_60_s, found.slowest_ack_s, found.arrived) == (1, Share(0, 0), None, Share(1, 1))
    assert exceptions([cried], LATER) == []
    rung = Case("t", "/hs/str/", "smoke", "r", "critical", T, [said(0, "opened", None, severity="critical"), *log[1:]])
    assert figures([rung], LATER).slowest_ack_s == 60, "a cry within an alarm leaves its own time as it is"


def test_a_log_that_does_not_say_how_urgent_its_opening_was_counts_from_there() -> None:
    old = case(said(18_000, "new_flag", None, severity="urgent"), said(18_013, "take"), severity="urgent")
    assert figures([old], LATER).slowest_ack_s == 18_013


def test_arrival_is_asked_of_alarms_that_were_not_settled_from_afar() -> None:
    by_phone = case(said(20, "resolve", outcome="habit"))
    soon = case(said(20, "take"), said(2700, "arrive"))
    late = case(said(20, "take"), said(2701, "arrive"))
    given_back = case(said(20, "take"), said(600, "arrive"), said(700, "give_back"), said(5000, "arrive"))
    never = case(said(20, "take"))
    found = figures([by_phone, soon, late, given_back, never], LATER)
    assert found.arrived == Share(2, 4)
    assert found.median_arrival_s == 2700


HOUR = 3600.0


@pytest.mark.parametrize(
    ("log", "hours_later", "expected"),
    [
        ([said(100, "resolve", outcome="helped")], 71, ResolutionState.PROVISIONAL),
        ([said(100, "resolve", outcome="helped")], 73, ResolutionState.RESOLVED),
        ([said(100, "resolve", outcome="helped"), said(200, "reopen")], 71, ResolutionState.TOO_YOUNG),
        ([said(100, "resolve", outcome="helped"), said(200, "reopen")], 72, ResolutionState.UNRESOLVED),
        ([said(0, "resolve", outcome="helped"), said(72 * HOUR, "reopen")], 100, ResolutionState.RESOLVED),
        (
            [said(1, "resolve", outcome="away"), said(2, "reopen"), said(3, "resolve", outcome="leak")],
            73,
            ResolutionState.RESOLVED,
        ),
        ([said(100, "resolve", None, outcome="helped")], 100, ResolutionState.UNRESOLVED),
        ([said(100, "resolve")], 100, ResolutionState.UNRESOLVED),
        ([], 1, ResolutionState.TOO_YOUNG),
    ],
)
def test_resolved_is_what_a_person_confirmed_and_nobody_reopened(
    log: list[Entry], hours_later: int, expected: ResolutionState
) -> None:
    assert standing(case(*log), T + timedelta(hours=hours_later)) is expected


def test_every_late_acknowledgement_is_an_entry_and_the_open_one_has_no_time_yet() -> None:
    cases = [
        case(said(60, "take"), ticket_id="good"),
        case(said(90, "take"), ticket_id="late"),
        case(said(200, "take"), ticket_id="worse"),
        case(ticket_id="open"),
    ]
    found = exceptions(cases, LATER)
    assert [(late.ticket_id, late.after_s, late.worse) for late in found] == [
        ("worse", 200, True), ("open", None, True), ("late", 90, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "outcome", "right"),
    [
        ("smoke", "helped", True), ("inactivity", "habit", False), ("inactivity", "device", False),
        ("device_silent", "device", True), ("roster_hole", "mended", True), ("smoke", "mended", None),
        ("leak", "leak", True), ("smoke", "test", None), ("smoke", "unknown", None),
    ],
)  # fmt: skip
def test_an_alarm_is_right_by_what_was_found(kind: str, outcome: str, right: bool | None) -> None:
    assert was_right(case(said(9, "resolve", outcome=outcome), kind=kind)) is right


def test_precision_is_counted_for_each_rule_at_each_place() -> None:
    good, bad, open_one = (
        case(said(9, "resolve", outcome="helped")), case(said(9, "resolve", outcome="away")), case()
    )  # fmt: skip
    found = precision([("a", good), ("a", bad), ("a", open_one), ("b", bad)])
    assert [(row.place, row.right, row.not_judged) for row in found] == [("a", Share(1, 2), 1), ("b", Share(0, 1), 0)]


def test_hours_go_to_who_went_also_when_the_desk_pressed_for_them() -> None:
    first = case(said(60, "take", "dong", person_id="vera"), said(60 + 3000, "give_back", "vera"), ticket_id="t-1")
    second = case(said(0, "take", "viktor"), said(90, "resolve", "viktor", outcome="helped"), ticket_id="t-2")
    found = {stint.person_id: stint for stint in stints([first, second], LATER)}
    assert (found["vera"].minutes, found["vera"].to_check) == (50, False)
    assert found["viktor"].minutes == 2, "a begun minute counts"


def test_a_stint_that_is_too_long_or_has_no_end_is_marked_and_not_cut() -> None:
    forgotten = case(said(0, "take"), said(5 * HOUR, "resolve", outcome="helped"), ticket_id="t-1")
    running = case(said(0, "take"), ticket_id="t-2")
    found = stints([forgotten, running], T + timedelta(hours=1))
    assert [(stint.minutes, stint.to_check) for stint in found] == [(300, True), (60, True)]


def test_the_load_counts_askings_refusals_and_time() -> None:
    one = case(said(5, "call_declined", "vanya"), said(60, "take"), said(660, "resolve", outcome="helped"))
    found = loads([one], {"vera": 3, "vanya": 2}, LATER)
    assert [(load.person_id, load.asked, load.declined, load.taken, load.minutes) for load in found] == [
        ("vera", 3, 0, 1, 10), ("vanya", 2, 1, 0, 0)
    ]  # fmt: skip
