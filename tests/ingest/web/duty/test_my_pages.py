"""A volunteer's own pages: shifts are taken over without a hole, visits are told by thumb, hours add up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.domain.base.people import Actor, Role
from ingest.domain.duty.oncall import duty_of
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.duty.rosters import calendar_of, rosters_of
from ingest.store.duty.tables import open_shifts
from ingest.visits.actions.plan_visits import plan_visits
from ingest.visits.store.tables import visits
from ingest.visits.store.visits import VisitRow, visits_of_month
from tests.ingest.kin import my_page, post_roster
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

HOUR = timedelta(hours=1)
TOMORROW = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
"""08:00 there: 李建国's day of the roster begins (an even number of days after the first of November is 王桂芳's)."""


async def on_call(street: Street, at: datetime) -> set[str]:
    async with street.ctx.db.read() as connection:
        (roster,) = await rosters_of(connection, ["erban"], (at, at + HOUR))
        duty = duty_of(roster, await calendar_of(connection), (at, at + HOUR))
    return {person for person, spans in duty.items() if spans == [(at, at + HOUR)]}


async def test_a_shift_is_asked_for_and_taken_over_without_a_hole(street: Street, reader: Reader) -> None:
    await post_roster(street)
    mine, theirs = my_page(street, "p-volb"), my_page(street, "p-vol")
    assert await on_call(street, TOMORROW) == {"p-volb"}
    assert (await reader.press(mine, "ask-1")).status_code == 303
    assert "已请别人替班" in (await reader.get(mine)).text
    # nobody has said yes: it is still theirs
    assert await on_call(street, TOMORROW) == {"p-volb"}
    offered = (await reader.get(theirs)).text
    assert "替李的班" in offered
    assert (await reader.press(theirs, "take-1")).status_code == 303
    assert await on_call(street, TOMORROW) == {"p-vol"}
    assert "您已报名" in (await reader.get(theirs)).text
    # the days after are as they were
    assert await on_call(street, TOMORROW + timedelta(days=2)) == {"p-volb"}


async def test_who_can_come_after_all_takes_the_question_back(street: Street, reader: Reader) -> None:
    await post_roster(street)
    mine = my_page(street, "p-volb")
    await reader.press(mine, "ask-1")
    assert (await reader.press(mine, "keep-1")).status_code == 303
    async with street.ctx.db.read() as connection:
        assert (await connection.execute(select(open_shifts.c.shift_id))).scalars().all() == ["s-open"]


async def test_of_two_who_take_a_shift_the_second_is_told(street: Street, reader: Reader) -> None:
    await post_roster(street)
    one, other = my_page(street, "p-vol"), my_page(street, "p-volb")
    seen = await reader.get(other)
    assert (await reader.press(one, "take-1")).status_code == 303
    late = await reader.send_form(seen, "take-1")
    assert late.status_code == 409
    assert "可能已经有人了" in late.text
    assert (await reader.press(one, "leave-1")).status_code == 303
    assert (await reader.send_form(seen, "take-1")).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"starts": "0", "ends": "1"},
        {"roster": "no-such"},
        {"ends": "99999999999999"},
    ],
)
async def test_hours_that_are_not_theirs_are_not_given_away(
    street: Street, reader: Reader, changes: dict[str, str]
) -> None:
    await post_roster(street)
    assert (await reader.press(my_page(street, "p-volb"), "ask-1", **changes)).status_code == 409


async def test_a_link_ends_and_a_forged_one_never_opens(street: Street, reader: Reader) -> None:
    page = my_page(street, "p-vol")
    street.clock.now = NOON + 2 * HOUR
    assert (await reader.get(page)).status_code == 410
    for path in ("", "/visits", "/hours", "/visits/v-1"):
        assert (await reader.get(f"/my/forged{path}")).status_code == 404
    assert (await reader.post(f"{page}/take", data={"shift": "s-open"})).status_code == 410


async def test_a_press_without_our_own_form_is_refused(street: Street, reader: Reader) -> None:
    await post_roster(street)
    assert (await reader.post(f"{my_page(street, 'p-vol')}/take", data={"shift": "s-open"})).status_code == 403


async def test_a_ticket_s_page_leads_to_the_own_page(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    page = (await reader.get(street.link(ticket, "p-vol"))).text
    own = page.split('href="/my/')[1].split('"')[0]
    assert "王桂芳" in (await reader.get(f"/my/{own}")).text


async def test_a_log_in_leads_to_the_own_page(street: Street, reader: Reader) -> None:
    await reader.become(street, "social")
    answer = await reader.get("/my")
    assert answer.status_code == 303
    assert "许文" in (await reader.get(answer.headers["location"])).text


async def planned(street: Street) -> list[VisitRow]:
    today = date(2026, 11, 23)
    await plan_visits(street.ctx, "gulou", "/gulou/", "2026-11", today=today, now=street.clock())
    async with street.ctx.db.read() as connection:
        return await visits_of_month(connection, "/gulou/", "2026-11")


async def test_a_visit_is_told_by_thumb_and_counts_as_hours(street: Street, reader: Reader) -> None:
    mine = next(visit for visit in await planned(street) if visit.home_id == "h-003")
    assert (mine.worker, mine.volunteer) == ("p-social", "p-volb")
    page = my_page(street, "p-volb")
    assert "1 幢 603 · 何玉兰" in (await reader.get(f"{page}/visits")).text
    one = f"{page}/visits/{mine.visit_id}"
    # nobody said how she was
    bad = await reader.press(one, "report", minutes="40")
    assert bad.status_code == 422
    assert "请选老人怎么样" in bad.text
    told = {"found": "well", "mood": "good", "minutes": "40", "went": "p-volb", "text": "种了新花"}
    assert (await reader.press(one, "report", **told)).status_code == 303
    async with street.ctx.db.read() as connection:
        row = (await connection.execute(select(visits).where(visits.c.visit_id == mine.visit_id))).one()
    assert (row.seen_well, row.minutes, row.went, row.note_text) == (True, 40, ["p-volb"], "种了新花")
    hours = (await reader.get(f"{page}/hours")).text
    assert "<b>40 分钟</b>" in hours
    assert "处理报警 0 次，探访 1 次" in hours
    # the station's figures have them as well
    await reader.become(street, "desk")
    csv = (await reader.get("/numbers/hours.csv?month=2026-11")).text
    assert next(line for line in csv.splitlines() if mine.visit_id in line).startswith(
        "p-volb,李建国,volunteer,2026-11-23,"
    )
    assert "p-social" not in csv


async def test_an_alarm_counts_from_taking_to_the_end(street: Street, reader: Reader) -> None:
    ticket = await street.ticket("h-003")
    actor = Actor("p-volb", Role.VOLUNTEER, "/gulou/ninghai/erban/yard-b/")
    done = EventDetail(outcome=Outcome.HELPED, cause=Cause.COOKING)
    for event, minutes, detail in ((Event.TAKE, 5, None), (Event.ARRIVE, 15, None), (Event.RESOLVE, 35, done)):
        result = await act_on_ticket(
            street.ctx,
            ticket.ticket_id,
            event,
            actor,
            NOON + timedelta(minutes=minutes),
            detail=detail or EventDetail(),
        )
        assert isinstance(result, Acted), result
    street.clock.now = NOON + HOUR
    hours = (await reader.get(f"{my_page(street, 'p-volb')}/hours")).text
    assert "<b>30 分钟</b>" in hours
    assert "处理报警 1 次，探访 0 次" in hours


async def test_somebody_else_s_visit_is_not_shown(street: Street, reader: Reader) -> None:
    visit = next(one for one in await planned(street) if one.home_id == "h-003")
    assert (await reader.get(f"{my_page(street, 'p-vol')}/visits/{visit.visit_id}")).status_code == 404


async def test_an_appointment_is_made_on_the_phone(street: Street, reader: Reader) -> None:
    visit = next(one for one in await planned(street) if one.home_id == "h-003")
    page = my_page(street, "p-volb")
    one = f"{page}/visits/{visit.visit_id}"
    assert (await reader.press(one, "agree", when="2026-12-03T10:00")).status_code == 422
    assert (await reader.press(one, "agree", when="soon")).status_code == 422
    assert (await reader.press(one, "agree", when="2026-11-26T10:00")).status_code == 303
    assert "约好 11月26日 10:00" in (await reader.get(f"{page}/visits")).text
