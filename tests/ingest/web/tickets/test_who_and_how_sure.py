"""A ticket says how sure we are and who can go: by what was found before, by what was answered, the nearest first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.tables import people, residents
from ingest.store.notices.told import NoticeRow
from ingest.store.tickets.queries import PersonRow
from ingest.store.tickets.tables import flags, tickets
from ingest.web.evidence.how_sure import record_of
from ingest.web.evidence.why import Post, told_of
from ingest.web.tickets.who_goes import GoerAnswer, who_goes
from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street
from tests.ingest.web.evidence.test_why import said

HERE = "/gulou/ninghai/erban/yard-a/"


def person(name: str, path: str, role: str = "volunteer", busy: tuple[str, ...] = ()) -> PersonRow:
    return PersonRow(name.lower(), name, role, None, path.strip("/").split("/")[-1], path, busy)


def asked(who: str) -> NoticeRow:
    return NoticeRow("n", who, who, "volunteer", "asked", "sms", "delivered", 1, None, NOON, NOON)


NEAR, NEXT_DOOR, FAR = person("Ann", HERE), person("Bo", "/gulou/ninghai/erban/yard-b/"), person("Cy", "/gulou/")


def test_the_nearest_come_first_and_each_says_how_near() -> None:
    found = who_goes([FAR, NEXT_DOOR, NEAR], [], [], HERE)
    assert [(one.person.name, one.level.value) for one in found] == [
        ("Ann", "compound"),
        ("Bo", "community"),
        ("Cy", "district"),
    ]


def test_who_is_on_call_comes_before_the_near_and_who_is_busy_or_said_no_comes_last() -> None:
    busy = person("Di", HERE, busy=("t-1",))
    told = told_of([asked("ann"), asked("bo")], [said(1, "ann", "call_declined", NOON)])
    duty = [Post("gulou", "district", (FAR,))]
    found = who_goes([NEAR, NEXT_DOOR, FAR, busy], duty, told, HERE)
    assert [(one.person.name, one.answer) for one in found] == [
        ("Cy", GoerAnswer.NOT_ASKED),
        ("Bo", GoerAnswer.WAITING),
        ("Di", GoerAnswer.NOT_ASKED),
        ("Ann", GoerAnswer.NO),
    ]


def test_those_who_sit_at_a_desk_are_not_sent() -> None:
    assert who_goes([person("Em", HERE, "dispatcher")], [], [], HERE) == []


@pytest.mark.parametrize(
    ("outcomes", "right_of"),
    [
        ({"helped": 3, "hospital": 1, "habit": 2}, (4, 6)),
        ({"device": 5}, (0, 5)),
        ({"unknown": 9, "test": 9, "helped": 4}, None),
        ({}, None),
    ],
)
def test_a_record_counts_what_says_something_and_needs_five(
    outcomes: dict[str, int], right_of: tuple[int, int] | None
) -> None:
    record = record_of(FlagKind.INACTIVITY, outcomes)
    assert (None if record is None else (record.part, record.whole)) == right_of


def flag_of(ticket: Ticket, facts: dict[str, object]) -> dict[str, object]:
    """Return the row of a flag behind a ticket."""
    ids = {"gateway_id": "gw-1", "flag_id": "e.0", "message_id": "m", "episode": "e", "number": 0, "home_id": "h-003"}
    what = {"kind": "inactivity", "severity": "urgent", "event": "raised", "reason": "silent", "score": 4.4}
    times = {"at": NOON, "since": NOON, "received_at": NOON}
    return ids | what | times | {"text_zh": "", "text_en": "", "ticket_id": ticket.ticket_id, "facts_json": facts}


async def test_the_page_says_how_rare_it_is_and_how_such_alarms_turned_out(street: Street, reader: Reader) -> None:
    for number in range(6):
        old = await street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT, now=NOON - timedelta(days=number + 2))
        outcome = {"status": "closed", "outcome": "habit" if number else "helped", "resolved_by": "p-vol"}
        async with street.ctx.db.write() as connection:
            await connection.execute(update(tickets).where(tickets.c.ticket_id == old.ticket_id).values(**outcome))
    ticket = await street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(flags).values(**flag_of(ticket, {"one_in": 84})))
    await reader.become(street, "night")
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert "1 : 84" in page
    assert "<b>1 / 6</b>" in page
    assert "earlier tickets here (90 days), right: 1" in page


@pytest.mark.parametrize("facts", [{"one_in": "many"}, {"one_in": True}, {"one_in": -3}, {}])
async def test_a_number_that_makes_no_sense_is_left_out(
    street: Street, reader: Reader, facts: dict[str, object]
) -> None:
    ticket = await street.ticket()
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(flags).values(**flag_of(ticket, facts)))
    await reader.become(street, "night")
    assert "1 : " not in (await reader.get(f"/tickets/{ticket.ticket_id}")).text


async def test_a_resident_who_was_told_is_called_the_resident(street: Street, reader: Reader) -> None:
    async with street.ctx.db.write() as connection:
        row = {"person_id": "p-vol", "home_id": "h-001", "languages": []}
        await connection.execute(update(people).where(people.c.person_id == "p-vol").values(active=True))
        await connection.execute(insert(residents).values(**row))
    ticket = await street.ticket()
    await reader.become(street, "night")
    assert "王桂芳 · resident" in (await reader.get(f"/tickets/{ticket.ticket_id}")).text


async def test_one_press_asks_somebody_who_can_go(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "night")
    page = await reader.get(f"/tickets/{ticket.ticket_id}")
    assert 'id="ask-p-vol"' in page.text
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": token, "version": str(ticket.version), "event": "offer", "person_id": "p-vol2"}
    answer = await reader.post(f"/tickets/{ticket.ticket_id}/events", data=form)
    assert answer.status_code == 303
    assert "Asked: Chen Jie" in (await reader.get(f"/tickets/{ticket.ticket_id}")).text


async def test_the_colours_follow_the_reader_s_wish_and_the_machine_without_one(reader: Reader) -> None:
    for wish, medium in (
        ("night", "all"),
        ("day", "not all"),
        ("auto", "(prefers-color-scheme: dark)"),
        ("x", "(pref"),
    ):
        answer = await reader.get("/scheme", params={"to": wish, "back": "/login"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert f'night.css" media="{medium}' in (await reader.get("/login")).text
    assert (await reader.get("/scheme", params={"to": "day", "back": "//x.example"})).headers["location"] == "/"
