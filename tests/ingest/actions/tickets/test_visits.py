"""The way to the door and inside: promised arrivals, the check-in timer, how to get in. In virtual time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.check_in import look_after_visitors
from ingest.actions.tickets.escalate import escalate
from ingest.actions.tickets.show_access import show_access
from ingest.actions.upkeep.pull_deadlines import pull_deadlines
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome, Refusal, Refused, Status
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import PlaceFile, PlanEntry
from ingest.store.base.tables import audit_log, contacts, people, residents
from ingest.store.notices.tables import notices
from ingest.store.tickets.access import Access, KeyHolder
from ingest.store.tickets.tables import check_ins, ticket_history
from models.flag import FlagKind, Severity
from tests.ingest.town import NOON, Town

IN = NOON + timedelta(minutes=5)
"""When vera goes inside."""


async def say(town: Town, ticket_id: str, event: Event, at: datetime, name: str = "vera", **said: Any) -> Acted:
    result = await act_on_ticket(town.ctx, ticket_id, event, town.actor(name), at, detail=EventDetail(**said))
    assert isinstance(result, Acted), result
    return result


async def inside(town: Town, **flag: Any) -> str:
    ticket_id = await town.raise_flag(**flag)
    for event, minutes in ((Event.TAKE, 1), (Event.ARRIVE, 4), (Event.INSIDE, 5)):
        await say(town, ticket_id, event, NOON + timedelta(minutes=minutes))
    return ticket_id


async def told(town: Town, ticket_id: str, purpose: str, status: str = "pending") -> list[str]:
    rows = await town.rows(notices, ticket_id=ticket_id, purpose=purpose, status=status)
    return sorted(row["person_id"] for row in rows)


async def test_the_promised_arrival_is_on_the_ticket_and_goes_with_who_made_it(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await say(town, ticket_id, Event.TAKE, NOON)
    due = (await town.ticket(ticket_id))["due_at"]
    await say(town, ticket_id, Event.ETA, NOON + timedelta(minutes=1), minutes=10)
    ticket = await town.ticket(ticket_id)
    assert (ticket["eta_at"], ticket["due_at"]) == (NOON + timedelta(minutes=11), due)
    await say(town, ticket_id, Event.GIVE_BACK, NOON + timedelta(minutes=2), reason="flat tyre")
    assert (await town.ticket(ticket_id))["eta_at"] is None


async def test_who_is_inside_is_asked_at_20_and_21_minutes_and_the_desk_is_told_at_22(town: Town) -> None:
    ticket_id = await inside(town)
    moments = []
    for second in range(19 * 60, 24 * 60):
        at = IN + timedelta(seconds=second)
        if await look_after_visitors(town.ctx, at):
            moments.append(at - IN)
    assert moments == [timedelta(minutes=20), timedelta(minutes=21), timedelta(minutes=22)]
    assert (await town.history(ticket_id))[-3:] == ["check_in_asked", "check_in_asked", "check_in_missed"]
    assert await told(town, ticket_id, "check_in") == ["vera", "vera"]
    assert await told(town, ticket_id, "check_in_missed") == ["ding", "dong"]
    (timer,) = await town.rows(check_ins)
    assert (timer["due_at"], timer["told"]) == (None, True)
    # and the desk has not been told of the same silence by the report's deadline yet, but will be
    assert (await town.ticket(ticket_id))["due_at"] == IN + timedelta(minutes=27)
    assert await escalate(town.ctx, IN + timedelta(minutes=26, seconds=59)) == 0
    assert await escalate(town.ctx, IN + timedelta(minutes=27)) == 1


async def test_all_well_begins_the_twenty_minutes_anew_and_calls_the_question_off(town: Town) -> None:
    ticket_id = await inside(town)
    await look_after_visitors(town.ctx, IN + timedelta(minutes=20))
    assert await told(town, ticket_id, "check_in") == ["vera"]
    well = IN + timedelta(minutes=20, seconds=40)
    await say(town, ticket_id, Event.ALL_WELL, well)
    assert await told(town, ticket_id, "check_in") == []
    assert await look_after_visitors(town.ctx, well + timedelta(minutes=19, seconds=59)) == 0
    assert await look_after_visitors(town.ctx, well + timedelta(minutes=20)) == 1
    (timer,) = await town.rows(check_ins)
    assert (timer["asked"], timer["due_at"]) == (1, well + timedelta(minutes=21))


@pytest.mark.parametrize("event", [Event.RESOLVE, Event.GIVE_BACK])
async def test_the_timer_ends_with_the_visit(town: Town, event: Event) -> None:
    ticket_id = await inside(town)
    said = {"outcome": Outcome.HELPED, "cause": Cause.FALL, "reason": "called away"}
    await say(town, ticket_id, event, IN + timedelta(minutes=10), **said)
    assert await town.rows(check_ins) == []
    assert await look_after_visitors(town.ctx, IN + timedelta(minutes=30)) == 0


async def test_after_a_standstill_the_visitor_still_has_their_minute(town: Town) -> None:
    await inside(town)
    late = IN + timedelta(hours=2)
    assert await look_after_visitors(town.ctx, late) == 1
    (timer,) = await town.rows(check_ins)
    assert (timer["asked"], timer["due_at"]) == (1, late + timedelta(minutes=1))
    assert await look_after_visitors(town.ctx, late + timedelta(seconds=59)) == 0


async def test_many_workers_ask_once(town: Town) -> None:
    ticket_id = await inside(town)
    at = IN + timedelta(minutes=20)
    assert sum(await asyncio.gather(*(look_after_visitors(town.ctx, at) for _ in range(6)))) == 1
    assert await told(town, ticket_id, "check_in") == ["vera"]


async def test_an_answer_and_the_end_of_the_timer_never_cross(town: Town) -> None:
    ticket_id = await inside(town)
    at = IN + timedelta(minutes=20)
    await asyncio.gather(look_after_visitors(town.ctx, at), say(town, ticket_id, Event.ALL_WELL, at))
    (timer,) = await town.rows(check_ins)
    history = await town.history(ticket_id)
    assert (timer["due_at"], timer["asked"]) == (at + timedelta(minutes=20), 0), history
    assert await told(town, ticket_id, "check_in") == []


async def test_the_question_does_not_wait_for_the_morning(town: Town) -> None:
    plan = PlanEntry(
        id="calm",
        area="hs",
        severities=[Severity.VISIT],
        steps=[{"level": "compound", "to": "volunteers", "answer_s": 3600}],
        quiet={"from": "00:00", "to": "23:59", "timezone": "Asia/Shanghai"},
    )
    await load_places(town.ctx, PlaceFile(plans=[plan]))
    ticket_id = await inside(town, kind=FlagKind.WELLBEING, severity=Severity.VISIT)
    at = IN + timedelta(minutes=20)
    await look_after_visitors(town.ctx, at)
    (notice,) = await town.rows(notices, ticket_id=ticket_id, purpose="check_in")
    assert (notice["not_before"], notice["urgent"]) == (at, True)


async def test_a_clock_set_back_takes_the_timer_with_it(town: Town) -> None:
    await inside(town)
    step = timedelta(minutes=10)
    await pull_deadlines(town.ctx, step, IN - step)
    (timer,) = await town.rows(check_ins)
    assert timer["due_at"] == IN + timedelta(minutes=10)


async def notes(town: Town) -> None:
    async with town.ctx.db.write() as connection:
        for person_id, phone in (("r-1", None), ("c-1", "+8613700000001"), ("c-2", "+8613700000002")):
            row = {"person_id": person_id, "name": person_id, "role": "volunteer", "area_id": "c1", "active": False}
            await connection.execute(insert(people).values(**row, phone=phone, language="zh"))
        lives = {"person_id": "r-1", "home_id": "h-1", "languages": ["宁波话"], "access_notes": "Second bell, wait."}
        await connection.execute(insert(residents).values(lives))
        for position, (person_id, holds) in enumerate((("c-1", False), ("c-2", True))):
            row = {"person_id": person_id, "home_id": "h-1", "position": position, "relation": "niece"}
            await connection.execute(insert(contacts).values(**row, holds_key=holds))


async def test_how_to_get_in_is_shown_to_who_took_the_open_ticket_and_each_look_is_written_down(town: Town) -> None:
    await notes(town)
    ticket_id = await town.raise_flag()
    vera = town.actor("vera")
    assert isinstance(await show_access(town.ctx, ticket_id, vera, NOON), Refused)
    await say(town, ticket_id, Event.TAKE, NOON)
    for other in ("dong", "viktor", "other"):
        refused = await show_access(town.ctx, ticket_id, town.actor(other), NOON)
        assert refused == Refused(Refusal.NOT_YOURS, Status.TAKEN), other
    shown = await show_access(town.ctx, ticket_id, vera, NOON)
    assert shown == Access(("Second bell, wait.",), (KeyHolder("c-2", "niece", "+8613700000002"),))
    (row,) = await town.rows(audit_log, event="access_shown")
    assert (row["actor"], row["subject"], row["at"]) == ("vera", "h-1", NOON)
    assert (await town.history(ticket_id))[-1] == "access_shown"
    await say(town, ticket_id, Event.RESOLVE, IN, outcome=Outcome.HELPED, cause=Cause.FALL)
    refused = await show_access(town.ctx, ticket_id, vera, IN)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.NOT_NOW
    assert len(await town.rows(ticket_history, event="access_shown")) == 1
