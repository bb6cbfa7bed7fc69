"""The plan of a month: everybody once, the vulnerable more often, the right two people, and nothing agreed is moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from ingest.visits.domain.visit_pairs import MOST_A_MONTH, Visitor, VisitPart, distance
from ingest.visits.domain.visit_plan import (
    HomeFacts,
    Reason,
    Replanned,
    Visit,
    VisitStage,
    days_of,
    home_status_of,
    plan_month,
    times_a_month,
)

DECEMBER = "2026-12"
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
HERE = "/hs/str/com/c1/"
WORKER = Visitor("w", VisitPart.WORKER, ("/hs/str/com/",))
VOLUNTEER = Visitor("v", VisitPart.VOLUNTEER, (HERE,))
CALM = HomeFacts("h-0", HERE, unseen_days=3, age=72, alone=False)


def homes(count: int) -> list[HomeFacts]:
    return [replace(CALM, home_id=f"h-{number:03}") for number in range(count)]


def written(plan: Replanned) -> list[Visit]:
    """The plan as it stands in the database afterwards."""
    return [replace(visit, visit_id=f"v-{number}") for number, visit in enumerate(plan.added)]


@pytest.mark.parametrize(
    ("facts", "points", "times"),
    [
        (CALM, 0, 1),
        (replace(CALM, age=80, health=True), 4, 1),
        (replace(CALM, age=80, drift=True), 5, 2),
        (replace(CALM, age=91, drift=True, alone=True), 7, 2),
        (replace(CALM, age=91, drift=True, health=True), 8, 4),
        (replace(CALM, unseen_days=44), 0, 1),
        (replace(CALM, unseen_days=45), 2, 1),
        (replace(CALM, unseen_days=None, has_contact=False, blind=True), 4, 1),
    ],
)
def test_the_more_vulnerable_are_visited_more_often(facts: HomeFacts, points: int, times: int) -> None:
    assert (facts.points, times_a_month(facts.points)) == (points, times)
    plan = plan_month(DECEMBER, FIRST, [facts], [WORKER, VOLUNTEER])
    assert len(plan.added) == times


def test_who_is_ninety_is_not_counted_as_eighty_as_well() -> None:
    assert replace(CALM, age=95).reasons() == (Reason.VERY_OLD,)


def test_every_home_has_a_visit_within_the_month_and_days_are_left_at_its_end() -> None:
    plan = plan_month(DECEMBER, FIRST, homes(200), [WORKER, VOLUNTEER])
    assert {visit.home_id for visit in plan.added} == {one.home_id for one in homes(200)}
    assert all(FIRST <= visit.due_on <= date(2026, 12, 28) for visit in plan.added)
    # spread over the month, not heaped: 28 days for 200 homes
    assert max(Counter(visit.due_on for visit in plan.added).values()) <= 8


def test_the_most_vulnerable_come_first_in_the_month() -> None:
    frail = replace(CALM, home_id="z", age=85, health=True)
    plan = plan_month(DECEMBER, FIRST, [*homes(27), frail], [WORKER, VOLUNTEER])
    assert min(plan.added, key=lambda visit: visit.due_on).home_id == "z"


def test_four_visits_lie_about_a_week_apart() -> None:
    facts = replace(CALM, age=91, drift=True, health=True)
    days = sorted(visit.due_on for visit in plan_month(DECEMBER, FIRST, [facts], []).added)
    assert days == [date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15), date(2026, 12, 22)]


def test_planning_again_changes_nothing() -> None:
    first = plan_month(DECEMBER, FIRST, homes(50), [WORKER, VOLUNTEER])
    again = plan_month(DECEMBER, date(2026, 12, 9), homes(50), [WORKER, VOLUNTEER], standing=written(first))
    assert again == Replanned()


def test_a_home_that_needs_more_is_given_more_and_what_is_agreed_stays() -> None:
    (visit,) = written(plan_month(DECEMBER, FIRST, [CALM], [WORKER, VOLUNTEER]))
    agreed = replace(visit, agreed=True, due_on=date(2026, 12, 20))
    frail = replace(CALM, age=91, drift=True, health=True)
    plan = plan_month(DECEMBER, date(2026, 12, 7), [frail], [WORKER, VOLUNTEER], standing=[agreed])
    assert plan.dropped == []
    # the reasons are those of today, the day and the people are as agreed
    assert plan.changed == [replace(agreed, reasons=frail.reasons())]
    # at least five days lie between, with the twentieth as well
    assert [one.due_on.day for one in plan.added] == [9, 14, 25]


def test_what_nobody_agreed_to_is_dropped_when_it_is_not_needed_any_more() -> None:
    frail = replace(CALM, age=91, drift=True, health=True)
    visits = written(plan_month(DECEMBER, FIRST, [frail], [WORKER, VOLUNTEER]))
    visits = [replace(visits[0], done=True), *visits[1:3], replace(visits[3], agreed=True)]
    plan = plan_month(DECEMBER, date(2026, 12, 9), [CALM], [WORKER, VOLUNTEER], standing=visits)
    assert plan.dropped == ["v-1", "v-2"]
    assert plan.added == []


def test_a_home_that_comes_late_in_the_month_is_visited_all_the_same() -> None:
    early = plan_month(DECEMBER, date(2026, 12, 27), homes(3), [WORKER, VOLUNTEER])
    assert [visit.due_on for visit in early.added] == [date(2026, 12, 29)] * 3
    last = plan_month(DECEMBER, LAST, homes(1), [WORKER, VOLUNTEER])
    assert [visit.due_on for visit in last.added] == [LAST]


def test_somebody_who_has_left_is_replaced_and_the_appointment_is_to_be_made_again() -> None:
    (visit,) = written(plan_month(DECEMBER, FIRST, [CALM], [WORKER, VOLUNTEER]))
    agreed = replace(visit, agreed=True)
    other = Visitor("x", VisitPart.VOLUNTEER, (HERE,))
    plan = plan_month(DECEMBER, FIRST, [CALM], [WORKER, other], standing=[agreed])
    assert plan.changed == [replace(agreed, volunteer="x", agreed=False)]
    done = replace(visit, done=True)
    assert plan_month(DECEMBER, FIRST, [CALM], [WORKER, other], standing=[done]) == Replanned()


def test_where_there_is_nobody_the_visit_is_planned_and_lacks_somebody() -> None:
    (visit,) = plan_month(DECEMBER, FIRST, [CALM], [WORKER]).added
    assert (visit.worker, visit.volunteer) == ("w", None)
    found = plan_month(DECEMBER, FIRST, [CALM], [WORKER, VOLUNTEER], standing=written(Replanned([visit]))).changed
    assert [one.volunteer for one in found] == ["v"]


@pytest.mark.parametrize(
    ("people", "tongues", "known", "chosen"),
    [
        # near before far
        ([("a", "/hs/str/com/c2/", ()), ("b", HERE, ())], (), (), "b"),
        # somebody who serves the place counts as near
        ([("a", "/hs/other/", ()), ("b", "/hs/str/com/", ())], (), (), "b"),
        # the dialect before the next compound
        ([("a", HERE, ()), ("b", "/hs/str/com/", ("宁波话",))], ("宁波话",), (), "b"),
        # a known face before somebody equally near
        ([("a", HERE, ()), ("b", HERE, ())], (), ("b",), "b"),
        # nobody from the street: somebody from the district
        ([("a", "/jb/str/", ()), ("b", "/hs/far/com/", ())], (), (), "b"),
        ([("a", "/jb/str/", ())], (), (), None),
    ],
)
def test_it_is_clear_who_goes(
    people: list[tuple[str, str, tuple[str, ...]]],
    tongues: tuple[str, ...],
    known: tuple[str, ...],
    chosen: str | None,
) -> None:
    visitors = [Visitor(name, VisitPart.VOLUNTEER, (path,), frozenset(speaks)) for name, path, speaks in people]
    facts = replace(CALM, languages=frozenset(tongues))
    (visit,) = plan_month(DECEMBER, FIRST, [facts], visitors, known={CALM.home_id: frozenset(known)}).added
    assert visit.volunteer == chosen


def test_the_load_is_shared_and_nobody_has_too_much_while_others_are_free() -> None:
    volunteers = [Visitor(f"v{number}", VisitPart.VOLUNTEER, (HERE,)) for number in range(5)]
    plan = plan_month(DECEMBER, FIRST, homes(50), [WORKER, *volunteers])
    assert Counter(visit.volunteer for visit in plan.added) == {f"v{number}": 10 for number in range(5)}
    far = Visitor("far", VisitPart.VOLUNTEER, ("/hs/str/com/c9/",))
    plan = plan_month(DECEMBER, FIRST, homes(20), [WORKER, VOLUNTEER, far])
    most = MOST_A_MONTH[VisitPart.VOLUNTEER]
    assert Counter(visit.volunteer for visit in plan.added)["v"] <= most


def test_visits_that_stand_count_as_load() -> None:
    two = [Visitor("a", VisitPart.VOLUNTEER, (HERE,)), Visitor("b", VisitPart.VOLUNTEER, (HERE,))]
    busy = [replace(Visit(f"x-{n}", FIRST, "w", "a", f"s-{n}"), agreed=True) for n in range(3)]
    (visit,) = plan_month(DECEMBER, FIRST, [CALM], two, standing=busy).added
    assert visit.volunteer == "b"


def test_distance_counts_steps_of_the_tree() -> None:
    assert distance(HERE, HERE) == 0
    assert distance(HERE, "/hs/str/com/") == 1
    assert distance(HERE, "/hs/str/com/c2/") == 3
    assert distance(HERE, "/jb/") == 6


@pytest.mark.parametrize(
    ("day", "done", "standing"),
    [
        (9, False, VisitStage.OVERDUE),
        (9, True, VisitStage.DONE),
        (10, False, VisitStage.DUE),
        (17, False, VisitStage.DUE),
        (18, False, VisitStage.LATER),
    ],
)
def test_a_visit_is_overdue_the_day_after_it_was_due(day: int, done: bool, standing: VisitStage) -> None:
    assert home_status_of(date(2026, 12, day), done, date(2026, 12, 10)) is standing


def test_months_have_their_own_last_day() -> None:
    assert days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    with pytest.raises(ValueError, match="month"):
        days_of("2026-13")
