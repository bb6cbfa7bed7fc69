"""Who is asked: on call first, then the whole level, then the next; in turn, again, at home, nearest; never nobody."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.base.areas import Area, Level
from ingest.domain.base.people import ROLE_OF_KIND, Kind, Role
from ingest.domain.duty.calling import Call, Reach, Responder, Why, call_after, call_from, desk_upwards
from ingest.domain.duty.plan import AT_HOME, Audience, Plan, PlanError, Step, built_in_plan
from ingest.domain.duty.plan_documents import part_of, plan_of, plan_of_snapshot, snapshot, whole_plan
from ingest.domain.duty.quiet_hours import QuietHours
from ingest.domain.duty.rehearsal import rehearse
from ingest.domain.duty.surroundings import Surroundings
from ingest.domain.tickets.deadlines import deadline
from ingest.domain.tickets.ticket import Status
from models.flag import Severity

CHAIN = [
    Area("c1", "com", Level.COMPOUND, "/hs/str/com/c1/"),
    Area("com", "str", Level.COMMUNITY, "/hs/str/com/"),
    Area("str", "hs", Level.STREET, "/hs/str/"),
    Area("hs", None, Level.DISTRICT, "/hs/"),
]
PATHS = {area.area_id: area.path for area in CHAIN} | {"c2": "/hs/str/com/c2/", "d1": "/hs/str/dom/d1/"}
NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
"""03:00 in Shanghai."""


def person(name: str, kind: Kind = Kind.VOLUNTEER, area: str = "c1", **more: object) -> Responder:
    role = ROLE_OF_KIND.get(kind, Role.VOLUNTEER)
    return Responder(name, role, area, "zh", (("sms", "1"),), kind, PATHS[area], **more)  # type: ignore[arg-type]


def plan(*steps: dict[str, object]) -> Plan:
    return plan_of("p", [{"level": "compound", "answer_s": 60, **step} for step in steps])


def names(call: Call) -> list[str]:
    return [one.person_id for one in call.people]


ANNA, BEN, CARL = person("anna"), person("ben"), person("carl")
DORA = person("dora", Kind.DISPATCHER, "hs")


def test_who_is_on_call_is_asked_first_and_the_whole_level_when_nobody_is() -> None:
    volunteers = plan({"to": "volunteers"})
    on = Reach(CHAIN, [ANNA, BEN], {"c1": frozenset({"ben"})})
    assert (names(call_from(volunteers, 0, 0, on)), call_from(volunteers, 0, 0, on).why) == (["ben"], Why.ON_CALL)
    empty = Reach(CHAIN, [ANNA, BEN], {"c1": frozenset()})
    assert names(call_from(volunteers, 0, 0, empty)) == ["anna", "ben"]
    assert call_from(volunteers, 0, 0, empty).why is Why.WHOLE_LEVEL
    team = plan({"to": "team"})
    assert names(call_from(team, 0, 0, on)) == ["anna", "ben"]


def test_nobody_at_a_level_means_the_next_level() -> None:
    upwards = plan({"to": "volunteers"}, {"to": "dispatchers", "level": "district"})
    call = call_from(upwards, 0, 0, Reach(CHAIN, [DORA]))
    assert (call.step, names(call)) == (1, ["dora"])


def test_somebody_from_elsewhere_who_is_on_call_here_is_asked() -> None:
    stranger = person("zoe", area="d1")
    reach = Reach(CHAIN, [ANNA, stranger], {"c1": frozenset({"zoe"})})
    assert names(call_from(plan({"to": "volunteers"}), 0, 0, reach)) == ["zoe"]


def test_a_step_in_turn_asks_one_after_the_other_as_often_as_it_says() -> None:
    turning = plan({"to": "volunteers", "in_turn": True, "repeat": 2}, {"to": "dispatchers", "level": "district"})
    reach = Reach(CHAIN, [ANNA, BEN, DORA])
    call, heard = call_from(turning, 0, 0, reach), []
    for _ in range(6):
        heard.append((call.step, call.turn, *names(call)))
        call = call_after(turning, call.step, call.turn, reach)
    assert heard == [
        (0, 0, "anna"),
        (0, 1, "ben"),
        (0, 2, "anna"),
        (0, 3, "ben"),
        (1, 0, "dora"),
        (1, 0, "dora"),
    ]


def test_a_step_for_all_at_once_repeats_for_all() -> None:
    twice = plan({"to": "volunteers", "repeat": 2}, {"to": "dispatchers", "level": "district"})
    reach = Reach(CHAIN, [ANNA, BEN, DORA])
    again = call_after(twice, 0, 0, reach)
    assert (again.step, again.turn, names(again)) == (0, 1, ["anna", "ben"])
    assert names(call_after(twice, 0, 1, reach)) == ["dora"]


def test_the_nearest_volunteers_come_by_their_way_and_not_beyond_the_level() -> None:
    near, far = person("nina", area="c2"), person("fred", area="d1")
    reach = Reach(CHAIN, [ANNA, BEN, CARL], {"c1": frozenset({"carl"})}, near=[near, far, ANNA])
    assert names(call_from(plan({"to": "nearest_volunteers", "level": "street", "count": 9}), 0, 0, reach)) == [
        "carl",
        "anna",
        "ben",
        "nina",
        "fred",
    ]
    assert (
        names(call_from(plan({"to": "nearest_volunteers", "level": "community", "count": 9}), 0, 0, reach))[-1]
        == "nina"
    )
    assert names(call_from(plan({"to": "nearest_volunteers", "level": "street"}), 0, 0, reach)) == [
        "carl",
        "anna",
        "ben",
    ]


def test_resident_contacts_station_and_organisation_are_found() -> None:
    home = [person("old", Kind.RESIDENT), person("son", Kind.CONTACT), person("niece", Kind.CONTACT)]
    staff = person("stan", Kind.STATION_STAFF, "hs", station_area="str")
    helper = person("olga", Kind.ORGANISATION, "d1", serves=frozenset({"com"}))
    reach = Reach(CHAIN, [ANNA, staff, helper], home=home)
    ways = plan(
        {"to": "resident"},
        {"to": "contacts", "in_turn": True},
        {"to": "station", "level": "street"},
        {"to": "organisations", "level": "community"},
    )
    assert [names(call_from(ways, step, 0, reach)) for step in range(4)] == [["old"], ["son"], ["stan"], ["olga"]]
    assert names(call_after(ways, 1, 0, reach)) == ["niece"]


def test_where_no_step_has_anybody_the_desk_is_asked_and_behind_it_whoever_there_is() -> None:
    lonely = plan({"to": "volunteers"})
    call = call_from(lonely, 0, 0, Reach(CHAIN, [DORA]))
    assert (names(call), call.why) == (["dora"], Why.FALLBACK)
    worker = person("sun", Kind.SOCIAL_WORKER, "str")
    assert names(call_from(lonely, 0, 0, Reach(CHAIN, [worker], home=[person("old", Kind.RESIDENT)]))) == ["sun"]


def test_the_desk_on_call_is_told_before_the_others_of_the_desk() -> None:
    other = person("dirk", Kind.DISPATCHER, "hs")
    reach = Reach(CHAIN, [DORA, other], {"hs": frozenset({"dirk"})})
    assert [one.person_id for one in desk_upwards(reach)] == ["dirk"]


steps = st.builds(
    Step,
    st.sampled_from(Level),
    st.sampled_from(Audience),
    st.integers(0, 100),
    st.integers(5, 1000),
    st.booleans(),
    st.integers(1, 3),
    st.integers(0, 4),
)
plans = st.lists(steps, min_size=1, max_size=5).filter(lambda some: some[-1].to not in AT_HOME)
crowds = st.lists(
    st.builds(
        person,
        st.sampled_from("abcdefgh"),
        st.sampled_from([kind for kind in Kind if kind not in (Kind.RESIDENT, Kind.CONTACT)]),
        st.sampled_from(sorted(PATHS)),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.person_id,
)


@given(plans, crowds, st.sets(st.sampled_from("abcdefgh")), st.booleans())
def test_whatever_the_plan_somebody_is_asked_each_time_and_it_always_goes_on(
    some: list[Step], crowd: list[Responder], on_call: set[str], quiet: bool
) -> None:
    calm = QuietHours(time(21), time(7), "Asia/Shanghai") if quiet else None
    whole = Plan("p", tuple(some), calm)
    reach = Reach(CHAIN, crowd, {"c1": frozenset(on_call)}, near=crowd)
    askings = rehearse(whole, Severity.VISIT, NIGHT, Surroundings(reach))
    assert all(asking.people for asking in askings)
    assert all(asking.until >= asking.at + timedelta(seconds=5) for asking in askings)
    assert all(before.until <= after.at for before, after in itertools.pairwise(askings))
    assert [asking.repeats for asking in askings] == [False] * (len(askings) - 1) + [True]
    assert plan_of_snapshot(snapshot(whole)) == whole


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ([], "no steps"),
        ([{"to": "resident"}], "must ask somebody who can go, not resident"),
        ([{"to": "volunteers"}], "level is missing"),
        ([{"level": "compound", "to": "volunteers", "answer_s": 0}], "5 or more"),
        ([{"level": "compound", "to": "volunteers", "answer_s": 10**8}], "14 days"),
        ([{"level": "compound", "to": "volunteers", "repeat": 0}], "repeat must be"),
        ([{"level": "compound", "to": "volunteers", "in_turn": "yes"}], "true or false"),
        ([{"level": "compound", "to": "nobody"}], "nobody"),
        ([{"level": "district", "to": "team"}, {"level": "next", "to": "team"}], "step 2: there is no level above"),
    ],
)
def test_a_plan_that_ends_in_nothing_or_spins_is_refused_with_a_word(data: list[dict[str, object]], word: str) -> None:
    with pytest.raises(PlanError, match=word):
        plan_of("p", data)


def test_a_step_without_a_time_out_has_one() -> None:
    assert plan_of("p", [{"level": "compound", "to": "team"}]).steps[0].answer_s == 180


def test_the_next_level_is_the_one_above_the_step_before() -> None:
    steps = [{"level": "community", "to": "team"}, {"level": "next", "to": "team"}, {"level": "next", "to": "team"}]
    assert [step.level for step in plan_of("p", steps).steps] == [Level.COMMUNITY, Level.STREET, Level.DISTRICT]


def test_plans_that_follow_each_other_in_a_circle_are_refused_by_name() -> None:
    own = [{"level": "compound", "to": "team"}]
    parts = {name: part_of(name, own, None, then) for name, then in {"a": "b", "b": "c", "c": "b"}.items()}
    with pytest.raises(PlanError, match=r"circle \(b → c → b\); take out one `then`"):
        whole_plan("a", parts)
    with pytest.raises(PlanError, match="plan a: there is no plan 'z' to go on with"):
        whole_plan("a", {"a": part_of("a", own, None, "z")})
    parts["c"] = part_of("c", [{"level": "district", "to": "dispatchers"}])
    assert [step.level for step in whole_plan("a", parts).steps] == [Level.COMPOUND, Level.COMPOUND, Level.DISTRICT]


@pytest.mark.parametrize(
    ("severity", "now", "begins"),
    [
        (Severity.VISIT, NIGHT, datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        (Severity.VISIT, datetime(2026, 11, 24, 0, 0, tzinfo=UTC), datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        (Severity.VISIT, datetime(2026, 11, 23, 12, 59, tzinfo=UTC), datetime(2026, 11, 23, 12, 59, tzinfo=UTC)),
        (Severity.VISIT, datetime(2026, 11, 23, 13, 0, tzinfo=UTC), datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        (Severity.URGENT, NIGHT, NIGHT),
        (Severity.CRITICAL, NIGHT, NIGHT),
    ],
)
def test_low_severities_wait_for_the_morning_and_urgent_ones_never(
    severity: Severity, now: datetime, begins: datetime
) -> None:
    calm = plan_of(
        "p", [{"level": "compound", "to": "team", "after_s": 10, "answer_s": 60}], {"from": "21:00", "to": "08:00"}
    )
    assert calm.asks_from(severity, now) == begins
    assert deadline(Status.OPEN, severity, calm, 0, now)[1] == begins + timedelta(seconds=70)


@pytest.mark.parametrize("quiet", [{"from": "21:00"}, {"from": "9", "to": "9"}, {"from": "21:00", "to": "8:61"}])
def test_quiet_hours_that_are_none_are_refused(quiet: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="plan p: "):
        plan_of("p", [{"level": "compound", "to": "team"}], quiet)


@pytest.mark.parametrize("severity", list(Severity))
def test_the_built_in_plans_stand_by_themselves(severity: Severity) -> None:
    assert plan_of_snapshot(snapshot(built_in_plan(severity))) == built_in_plan(severity)
