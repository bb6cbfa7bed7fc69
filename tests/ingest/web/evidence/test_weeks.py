"""A flag of slow change comes with a picture of before and now, out of the detector's own figures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from ingest.actions.tickets.act_on_ticket import Acted
from ingest.actions.tickets.relate import merge
from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Ticket
from ingest.store.tickets.tables import flags
from ingest.web.evidence.weeks import FLOOR, LEFT, RIGHT, TOP, draw_weeks
from models.flag import FlagKind, Severity
from models.household.core.verdict import Verdict
from models.household.drift import drift
from models.household.drift.daily import Days, DriftDay
from models.household.drift.drift import Course, Side, Week, read_courses
from models.params import DriftParams
from models.texts.flag_texts import sentences_of
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street
from tests.ingest.web.tickets.test_who_and_how_sure import flag_of

TODAY = date(2026, 11, 23)
NUMBER = (TODAY - date(1970, 1, 1)).days


def slow_change(away: range = range(0)) -> Verdict:
    """Let the detector judge ten weeks: up at 06:30 and twelve litres less, an hour later for the last three."""
    past = []
    for ago in range(70, 0, -1):
        late = ago <= 21
        hour, litres = (7.5, 60.0 + ago % 3) if late else (6.5, 110.0 + ago % 3)
        seen = 3.0 if ago in away else 24.0
        past.append(DriftDay(NUMBER - ago, water_l=litres, rise_h=hour, night_signs=1, meals=2, seen_h=seen))
    verdict = drift.judge(Days(DriftDay(NUMBER), past), NOON.timestamp(), DriftParams())
    assert verdict is not None
    return verdict


def test_the_picture_is_read_out_of_what_the_detector_wrote() -> None:
    rise, water = read_courses(slow_change().evidence.facts)
    assert (rise.name, rise.before, rise.now) == ("rise_h", 6.5, 7.5)
    assert [week.value for week in rise.weeks] == [6.5] * 7 + [7.5] * 3
    assert (water.name, water.before, water.now) == ("water_l", 110.95, 61.0)
    # 35 days up to the sixth before now, then five that are left out, then three weeks
    assert [week.side for week in rise.weeks] == [Side.APART, *[Side.BEFORE] * 5, Side.APART, *[Side.NOW] * 3]
    assert rise.weeks[-1].first == TODAY - timedelta(days=7)


def test_a_week_not_seen_has_no_figure_and_no_dot_and_keeps_its_place() -> None:
    # two weeks away, long ago
    course = read_courses(slow_change(range(36, 50)).evidence.facts)[0]
    assert [week.value is None for week in course.weeks] == [False] * 3 + [True] * 2 + [False] * 5
    row = draw_weeks(course)
    step = (RIGHT - LEFT) / 10
    assert [round((dot.x - LEFT) / step - 0.5) for dot in row.dots] == [0, 1, 2, 5, 6, 7, 8, 9]
    assert row.spoken == ("06:30",) * 3 + (None,) * 2 + ("06:30",) * 2 + ("07:30",) * 3


def course_of(values: list[float | None], before: float, now: float) -> Course:
    sides = [Side.BEFORE] * (len(values) - 3) + [Side.NOW] * 3
    weeks = [Week(TODAY + timedelta(days=7 * at), value, sides[at]) for at, value in enumerate(values)]
    return Course("meals", before, now, tuple(weeks))


def test_the_greatest_is_at_the_top_the_least_on_the_floor_and_all_else_between() -> None:
    row = draw_weeks(course_of([2.0, None, 2.5, 1.0, 0.5, 1.0], before=2.0, now=1.0))
    assert [dot.y for dot in row.dots] == [34.0, 14.0, 74.0, 94.0, 74.0]
    assert (row.before_y, row.now_y) == (34.0, 74.0)
    assert [dot.week.side.value for dot in row.dots] == ["before", "before", "now", "now", "now"]
    assert row.now_x == LEFT + (RIGHT - LEFT) / 2
    assert all(LEFT + row.radius <= dot.x <= RIGHT - row.radius and TOP <= dot.y <= FLOOR for dot in row.dots)
    assert [x for x, _ in row.dates] == [LEFT, row.now_x]


@pytest.mark.parametrize("weeks", [1, 3, 26])
def test_any_number_of_weeks_fits_without_touching(weeks: int) -> None:
    row = draw_weeks(Course("meals", 1.0, 1.0, (Week(TODAY, 1.0, Side.APART),) * weeks))
    assert len(row.dots) == weeks
    assert {dot.y for dot in row.dots} == {(TOP + FLOOR) / 2}
    assert all(later.x - one.x > 2 * row.radius > 0 for one, later in zip(row.dots, row.dots[1:], strict=False))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weeks_to": None},
        {"weeks_to": "yesterday"},
        {"weeks_to": "0001-01-02"},
        {"now_from": 3},
        {"rise_h_weeks": "6.5,nan"},
        {"rise_h_weeks": "6.5,1e300"},
        {"rise_h_weeks": "6.5,soon"},
        {"rise_h_before": True},
        {"rise_h_now": "7.5"},
        {"changed": "shoe_size"},
    ],
)
def test_a_figure_that_makes_no_sense_is_left_out(wrong: dict[str, object]) -> None:
    names = [course.name for course in read_courses({**slow_change().evidence.facts, **wrong})]
    assert "rise_h" not in names


def test_years_of_weeks_are_cut_to_the_newest() -> None:
    facts = {**slow_change().evidence.facts, "rise_h_weeks": ",".join(["6.5"] * 5000)}
    course = read_courses(facts)[0]
    assert (len(course.weeks), course.weeks[-1].first) == (26, TODAY - timedelta(days=7))


async def put_flag(street: Street, verdict: Verdict) -> Ticket:
    text_zh, text_en = sentences_of(verdict.evidence)
    ticket = await street.ticket(
        "h-003",
        FlagKind.WELLBEING,
        Severity.VISIT,
        text_zh=text_zh,
        text_en=text_en,
        since=datetime.fromtimestamp(verdict.since, UTC),
    )
    async with street.ctx.db.write() as connection:
        row = flag_of(ticket, dict(verdict.evidence.facts))
        await connection.execute(insert(flags).values(**{**row, "kind": "wellbeing", "severity": "visit"}))
    return ticket


@pytest.mark.parametrize(
    ("login", "title", "words", "spoken"),
    [
        ("night", "Before and now, week by week", "was 06:30, now 07:30", "06:30, 07:30, 07:30, 07:30"),
        ("desk", "前后对照（按周）", "原来 06:30，现在 07:30", "06:30, 07:30, 07:30, 07:30"),
    ],
)
async def test_the_ticket_shows_before_and_now_and_says_it(
    street: Street, reader: Reader, login: str, title: str, words: str, spoken: str
) -> None:
    ticket = await put_flag(street, slow_change())
    await reader.become(street, login)
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert title in page
    assert words in page
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 2, "one for each figure that changed"
    told = re.findall(r'role="img" aria-label="([^"]*)"', figures[0])[0]
    assert words in told
    assert told.endswith(spoken)
    assert [figures[0].count(f'<g class="{side}">') for side in ("before", "now", "apart")] == [5, 3, 2]


async def test_other_tickets_have_no_such_picture(street: Street, reader: Reader) -> None:
    smoke = await street.ticket()
    await reader.become(street, "night")
    assert 'class="weeks"' not in (await reader.get(f"/tickets/{smoke.ticket_id}")).text


async def test_the_picture_goes_with_its_ticket_into_another_and_no_later_flag_hides_it(
    street: Street, reader: Reader
) -> None:
    slow = await put_flag(street, slow_change())
    other = await street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    later = flag_of(other, {"one_in": 84}) | {"flag_id": "later", "at": NOON + timedelta(hours=1)}
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(flags).values(**later))
    ctx = Actor("p-desk", Role.DISPATCHER, "/gulou/")
    assert isinstance(await merge(street.ctx, slow.ticket_id, other.ticket_id, ctx, NOON), Acted)
    await reader.become(street, "night")
    assert 'class="weeks"' in (await reader.get(f"/tickets/{other.ticket_id}")).text


async def test_facts_of_nonsense_leave_the_page_whole(street: Street, reader: Reader) -> None:
    verdict = slow_change()
    facts = {**verdict.evidence.facts, "rise_h_weeks": "<svg>", "water_l_weeks": 7, "weeks_to": "9999-99-99"}
    ticket = await put_flag(street, replace(verdict, evidence=replace(verdict.evidence, facts=facts)))
    await reader.become(street, "night")
    answer = await reader.get(f"/tickets/{ticket.ticket_id}")
    assert (answer.status_code, 'class="weeks"' in answer.text) == (200, False)


async def test_who_goes_there_sees_it_on_the_phone_and_nobody_else_who_was_asked(
    street: Street, reader: Reader
) -> None:
    ticket = await put_flag(street, slow_change())
    link = street.link(ticket, "p-volb")
    assert 'class="weeks"' not in (await reader.get(link)).text
    await reader.press(link, "take")
    assert 'class="weeks"' in (await reader.get(link)).text
