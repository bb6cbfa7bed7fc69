"""Somebody presses a button: the table decides, one gets it, nobody writes what is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.check_in import call_for_help
from ingest.actions.tickets.decline_call import decline_call
from ingest.actions.tickets.open_ticket import Opened, open_ticket
from ingest.domain.base.people import MACHINE, Actor, Role
from ingest.domain.tickets.ticket import TABLE, Cause, Event, EventDetail, Outcome, Refusal, Refused, Status
from ingest.store.base.change_counter import current_change
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history, tickets
from models.flag import FlagKind, Severity
from tests.ingest.town import NOON, Town, flag

SAID = EventDetail(
    person_id="vera",
    reason="because",
    outcome=Outcome.HELPED,
    cause=Cause.FALL,
    minutes=10,
    into="t-2",
    note="fine now",
)
LATER = NOON + timedelta(seconds=30)
WAY_TO: dict[Status, list[Event]] = {
    Status.OPEN: [],
    Status.OFFERED: [Event.OFFER],
    Status.TAKEN: [Event.TAKE],
    Status.ON_SITE: [Event.TAKE, Event.ARRIVE],
    Status.RESOLVED: [Event.TAKE, Event.ARRIVE, Event.RESOLVE],
    Status.CLOSED: [Event.TAKE, Event.ARRIVE, Event.RESOLVE, Event.CLOSE],
}


async def ticket_in(town: Town, status: Status, home: str) -> str:
    await town.take(town.sealed(flag(home=home, episode=f"of {home}")))
    (row,) = await town.rows(tickets, home_id=home)
    ticket_id = str(row["ticket_id"])
    for event in WAY_TO[status]:
        # offered by the machine, so that the desk has not seen it yet
        actor = MACHINE if event is Event.OFFER else town.actor("dong")
        acted = await act_on_ticket(town.ctx, ticket_id, event, actor, NOON, detail=SAID)
        assert isinstance(acted, Acted)
    return ticket_id


@pytest.mark.parametrize("status", list(Status))
async def test_what_is_not_in_the_table_writes_nothing(town: Town, status: Status) -> None:
    ticket_id = await ticket_in(town, status, "h-1")
    before = [await town.rows(table) for table in (tickets, ticket_history, notices)]
    for event in [event for event in Event if (status, event) not in TABLE]:
        refused = await act_on_ticket(town.ctx, ticket_id, event, MACHINE, LATER, detail=SAID)
        assert isinstance(refused, Refused), event
    assert before == [await town.rows(table) for table in (tickets, ticket_history, notices)]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CLOSED])
async def test_what_is_in_the_table_writes_the_status_and_one_line(town: Town, status: Status) -> None:
    allowed = [event for (at, event) in TABLE if at is status and event is not Event.NEW_FLAG]
    for number, event in enumerate(allowed, start=2):
        ticket_id = await ticket_in(town, status, f"h-{number}")
        if event is Event.ALL_WELL and status is Status.ON_SITE:
            await act_on_ticket(town.ctx, ticket_id, Event.INSIDE, town.actor("dong"), NOON)
        elif event is Event.ALL_WELL:
            await call_for_help(town.ctx, ticket_id, "vera", NOON)
        lines = await town.history(ticket_id)
        actor = MACHINE if event in (Event.NO_ANSWER, Event.CONDITION_CLEARED) else town.actor("dong")
        acted = await act_on_ticket(town.ctx, ticket_id, event, actor, LATER, detail=SAID)
        assert isinstance(acted, Acted), event
        assert (await town.ticket(ticket_id))["status"] == TABLE[status, event].value
        assert await town.history(ticket_id) == [*lines, event.value]


async def test_two_press_at_once_and_one_is_told_who_has_it(town: Town) -> None:
    ticket_id = await town.raise_flag()
    names = ["vera", "viktor"] * 6
    results = await asyncio.gather(
        *(act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor(name), LATER) for name in names)
    )
    (won,) = [result for result in results if isinstance(result, Acted)]
    winner = won.ticket.taken_by
    told = [r for r, name in zip(results, names, strict=True) if isinstance(r, Refused) and name != winner]
    assert len(told) == 6
    assert {(refused.reason, refused.taken_by) for refused in told} == {(Refusal.TAKEN_BY_OTHER, winner)}
    assert await town.history(ticket_id) == ["opened", "take"]


async def test_when_one_goes_the_others_waiting_notices_are_called_off(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER)
    assert await town.told(ticket_id) == set()
    ticket = await town.ticket(ticket_id)
    assert (ticket["due_kind"], ticket["due_at"]) == ("arrive_by", LATER + timedelta(minutes=20))
    assert ticket["acked_at"] == LATER


async def test_given_back_the_others_are_asked_again_at_once(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER)
    detail = EventDetail(reason="flat tyre")
    await act_on_ticket(town.ctx, ticket_id, Event.GIVE_BACK, town.actor("vera"), LATER, detail=detail)
    assert await town.told(ticket_id) == {"viktor"}
    assert (await town.ticket(ticket_id))["due_at"] == LATER + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("name", "event", "reason"),
    [
        ("other", Event.TAKE, Refusal.OUT_OF_SCOPE),
        ("vanya", Event.TAKE, Refusal.OUT_OF_SCOPE),
        ("vera", Event.OFFER, Refusal.NOT_ALLOWED),
        ("vera", Event.ACKNOWLEDGE, Refusal.NOT_ALLOWED),
        ("other", Event.ACKNOWLEDGE, Refusal.OUT_OF_SCOPE),
        ("vera", Event.RESOLVE, Refusal.NOT_ALLOWED),
        ("sun", Event.CONDITION_CLEARED, Refusal.NOT_ALLOWED),
        ("dong", Event.NO_ANSWER, Refusal.NOT_ALLOWED),
        ("dong", Event.NEW_FLAG, Refusal.NOT_ALLOWED),
    ],
)
async def test_each_role_does_its_own_and_only_in_its_own_area(
    town: Town, name: str, event: Event, reason: Refusal
) -> None:
    ticket_id = await town.raise_flag()
    refused = await act_on_ticket(
        town.ctx,
        ticket_id,
        event,
        town.actor(name),
        LATER,
        detail=EventDetail(outcome=Outcome.AWAY, cause=Cause.UNKNOWN),
    )
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert await town.history(ticket_id) == ["opened"]


@pytest.mark.parametrize("person", ["nobody", "other"])
async def test_it_is_offered_to_nobody_who_is_not_of_the_place(town: Town, person: str) -> None:
    ticket_id = await town.raise_flag()
    detail = EventDetail(person_id=person)
    refused = await act_on_ticket(town.ctx, ticket_id, Event.OFFER, town.actor("dong"), LATER, detail=detail)
    assert refused == Refused(Refusal.UNKNOWN_PERSON, Status.OPEN)


async def test_an_old_page_is_refused_and_an_unknown_ticket_too(town: Town) -> None:
    ticket_id = await town.raise_flag()
    await town.raise_flag(number=1)
    vera = town.actor("vera")
    refused = await act_on_ticket(town.ctx, ticket_id, Event.TAKE, vera, LATER, expected_version=1)
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.CHANGED_MEANWHILE
    assert isinstance(await act_on_ticket(town.ctx, ticket_id, Event.TAKE, vera, LATER, expected_version=2), Acted)
    assert await act_on_ticket(town.ctx, "t-none", Event.TAKE, vera, LATER) == Refused(Refusal.UNKNOWN_TICKET)


async def test_who_is_offered_it_may_decline_and_it_is_open_again(town: Town) -> None:
    ticket_id = await town.raise_flag()
    offer = EventDetail(person_id="sun")
    offered = await act_on_ticket(town.ctx, ticket_id, Event.OFFER, town.actor("dong"), LATER, detail=offer)
    assert isinstance(offered, Acted)
    assert (offered.ticket.offered_to, offered.ticket.due_at) == ("sun", LATER + timedelta(seconds=60))
    assert "sun" in await town.told(ticket_id)
    declined = await decline_call(town.ctx, ticket_id, town.actor("sun"), LATER, "ill")
    assert isinstance(declined, Acted)
    assert (declined.ticket.status, declined.ticket.offered_to) == (Status.OPEN, None)
    assert await town.history(ticket_id) == ["opened", "offer", "decline"]


async def test_when_all_who_were_asked_cannot_the_next_step_is_due_at_once(town: Town) -> None:
    ticket_id = await town.raise_flag()
    first = await decline_call(town.ctx, ticket_id, town.actor("vera"), LATER, "on a train")
    assert isinstance(first, Acted)
    assert first.ticket.due_at == NOON + timedelta(seconds=60)
    last = await decline_call(town.ctx, ticket_id, town.actor("viktor"), LATER)
    assert isinstance(last, Acted)
    assert (last.ticket.status, last.ticket.due_at) == (Status.OPEN, LATER)
    stranger = await decline_call(town.ctx, ticket_id, town.actor("vanya"), LATER)
    assert stranger == Refused(Refusal.NOT_YOURS, Status.OPEN)


async def test_somebody_at_the_desk_opens_a_ticket_and_a_stranger_can_not(town: Town) -> None:
    opened = await open_ticket(
        town.ctx, "h-2", Severity.URGENT, " a neighbour called ", actor=town.actor("dong"), now=NOON
    )
    assert isinstance(opened, Opened)
    assert (opened.ticket.kind, opened.ticket.text_en) == ("by_hand", "a neighbour called")
    assert await town.told(opened.ticket.ticket_id) == {"vera", "viktor"}
    for actor, home, text, reason in [
        (town.actor("vera"), "h-2", "x", Refusal.NOT_ALLOWED),
        (town.actor("other"), "h-2", "x", Refusal.OUT_OF_SCOPE),
        (town.actor("dong"), "h-none", "x", Refusal.OUT_OF_SCOPE),
        (town.actor("dong"), "h-2", "  ", Refusal.INCOMPLETE),
    ]:
        refused = await open_ticket(town.ctx, home, Severity.URGENT, text, actor=actor, now=NOON)
        assert isinstance(refused, Refused)
        assert refused.reason is reason
    assert await town.count(tickets) == 1


async def test_every_change_moves_the_number_that_a_board_watches(town: Town) -> None:
    async def number() -> int:
        async with town.ctx.db.read() as connection:
            return await current_change(connection)

    seen = [await number()]
    ticket_id = await town.raise_flag()
    seen.append(await number())
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("vera"), LATER)
    seen.append(await number())
    await act_on_ticket(town.ctx, ticket_id, Event.TAKE, town.actor("viktor"), LATER)
    assert (seen == sorted(set(seen)), await number()) == (True, seen[-1])


@pytest.mark.parametrize(
    ("resolved", "change", "count"),
    [
        (False, {"number": 1, "severity": Severity.CRITICAL}, 1),
        (True, {"number": 1, "at": NOON}, 1),
        (True, {"number": 1, "at": NOON + timedelta(hours=1)}, 2),
        (True, {"episode": "e-2"}, 2),
        (True, {"number": 1, "at": NOON, "kind": FlagKind.SMOKE, "event": "cleared"}, 1),
    ],
    ids=["live", "late news", "still burning", "burns again", "cleared"],
)
async def test_a_resolved_ticket_hides_no_new_alarm(
    town: Town, resolved: bool, change: dict[str, Any], count: int
) -> None:
    ticket_id = await town.raise_flag()
    if resolved:
        for event in (Event.TAKE, Event.RESOLVE):
            detail = EventDetail(outcome=Outcome.HABIT, cause=Cause.UNKNOWN)
            await act_on_ticket(town.ctx, ticket_id, event, town.actor("vera"), LATER, detail=detail)
    await town.raise_flag(now=NOON + timedelta(hours=1), **change)
    assert await town.count(tickets) == count


def test_the_machine_is_no_person() -> None:
    assert Actor(None, None, "/") == MACHINE
    assert not MACHINE.at_desk
    assert Actor("a", Role.ADMINISTRATOR, "/hs/").at_desk
