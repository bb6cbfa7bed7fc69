"""Who went to a home needs help: one press tells the desk at once where, and the boards are heard until all is well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ingest.domain.tickets.check_in import HELP_AGAIN_AFTER
from ingest.domain.tickets.ticket import Ticket
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import check_ins, ticket_history, tickets
from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader, token_in
from tests.ingest.street import NOON, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What is pressed is written: both databases."""
    return str(request.param)


@pytest.fixture
async def ticket(street: Street) -> Ticket:
    return await street.ticket("h-001", FlagKind.INACTIVITY, Severity.VISIT)


async def cry(reader: Reader, link: str) -> Any:
    """Press the button as the page has it."""
    page = (await reader.get(link)).text
    assert f'action="{link}/help"' in page
    return await reader.post(f"{link}/help", data={"csrf": token_in(page)})


async def rows(street: Street, query: Any) -> list[Any]:
    async with street.ctx.db.read() as connection:
        return list((await connection.execute(query)).mappings())


async def stands(street: Street) -> Any:
    (row,) = await rows(street, select(tickets))
    return row


async def told(street: Street) -> list[Any]:
    return await rows(street, select(notices).where(notices.c.purpose == "check_in_help"))


@pytest.mark.parametrize("step", ["taken", "at the door", "inside"])
async def test_one_press_tells_the_desk_where_and_makes_it_critical(
    street: Street, reader: Reader, ticket: Ticket, step: str
) -> None:
    link = street.link(ticket, "p-vol")
    for event in ["take", "arrive", "inside"][: ["taken", "at the door", "inside"].index(step) + 1]:
        await reader.press(link, event)
    due = (await stands(street))["due_at"]
    street.clock.now = NOON + timedelta(minutes=1)
    assert (await cry(reader, link)).headers["location"] == link
    row = await stands(street)
    assert (row["severity"], row["help_at"], row["taken_by"]) == ("critical", street.clock.now, "p-vol")
    assert row["due_at"] < due, "what is awaited of them is awaited sooner"
    said = {one["person_id"]: one for one in await told(street)}
    assert set(said) == {"p-desk", "p-night"}
    assert all(one["urgent"] and one["not_before"] == street.clock.now for one in said.values())
    assert "Wutongli Compound 3 幢 2 单元 402: Who went there asks for help" in said["p-night"]["text"]
    assert "梧桐里小区 3 幢 2 单元 402:上门的人求助" in said["p-desk"]["text"]
    page = (await reader.get(link)).text
    assert "12:01 已告知值班台您需要帮助" in page
    assert 'href="tel:120"' in page
    assert all(one["due_at"] is None for one in await rows(street, select(check_ins))), "the machine need not ask"


async def test_the_boards_are_heard_again_and_say_so_until_all_is_well(
    street: Street, reader: Reader, ticket: Ticket
) -> None:
    link = street.link(ticket, "p-vol")
    await reader.press(link, "take")
    await reader.become(street, "night")
    assert "data-alarm=" not in (await reader.get("/")).text, "somebody has it: nothing sounds"
    await cry(reader, link)
    for board in ("/", "/wall", "/alarms"):
        page = (await reader.get(board)).text
        assert f'data-alarm-key="{ticket.ticket_id}.critical.{ticket.step}.' in page, board
        assert 'data-alarm-text="Visitor asks for help' in page, board
    assert '<span class="chip critical">Visitor asks for help</span>' in (await reader.get("/")).text
    assert 'id="asks-help"' in (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert (await reader.press(link, "all_well")).status_code == 303
    assert "data-alarm=" not in (await reader.get("/")).text
    row = await stands(street)
    assert (row["status"], row["severity"], row["help_at"]) == ("taken", "critical", None)
    assert not await rows(street, select(check_ins)), "they are not inside: nobody asks them in twenty minutes"


async def test_a_thumb_that_shakes_is_one_cry_and_later_it_is_another(
    street: Street, reader: Reader, ticket: Ticket
) -> None:
    link = street.link(ticket, "p-vol")
    await reader.press(link, "take")
    for _ in range(3):
        await cry(reader, link)
    assert len(await told(street)) == 2
    street.clock.now = NOON + HELP_AGAIN_AFTER
    await cry(reader, link)
    assert len(await told(street)) == 4
    street.clock.now = NOON  # set back: what it says now is no repetition of what it will say
    await cry(reader, link)
    assert len(await told(street)) == 6
    cries = select(ticket_history).where(ticket_history.c.event == "check_in_help")
    assert [row["actor"] for row in await rows(street, cries)] == ["p-vol"] * 3


async def test_only_who_has_the_ticket_asks_and_only_by_the_page(
    street: Street, reader: Reader, ticket: Ticket
) -> None:
    mine, theirs = street.link(ticket, "p-vol"), street.link(ticket, "p-vol2")
    assert "do-help" not in (await reader.get(mine)).text, "nobody has taken it"
    of_theirs = token_in((await reader.get(theirs)).text)
    await reader.press(mine, "take")
    assert "do-help" not in (await reader.get(theirs)).text
    for link, csrf in ((theirs, of_theirs), (mine, "x"), (mine, of_theirs)):
        assert (await reader.post(f"{link}/help", data={"csrf": csrf})).status_code in (403, 409)
    await reader.press(mine, "resolve", outcome="helped", cause="fall")
    assert "do-help" not in (await reader.get(mine)).text
    assert (await told(street), (await stands(street))["help_at"]) == ([], None)


async def test_what_is_resolved_asks_for_help_no_more(street: Street, reader: Reader, ticket: Ticket) -> None:
    link = street.link(ticket, "p-vol")
    await reader.press(link, "take")
    await cry(reader, link)
    await reader.press(link, "resolve", outcome="helped", cause="fall")
    assert (await stands(street))["help_at"] is None
