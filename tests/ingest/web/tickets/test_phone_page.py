"""The page behind a signed link: looking changes nothing, pressing does what the table allows."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.base.people import Actor, Role
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.store.base.tables import homes, people
from ingest.store.tickets.tables import ticket_history, tickets
from ingest.web.base.pages import PageTable
from ingest.web.tickets.buttons import causes_of, outcomes_of
from ingest.website import PARTS
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

YARD_A = "/gulou/ninghai/erban/yard-a/"


async def state_of(street: Street, ticket_id: str) -> tuple[str, str | None, int]:
    async with street.ctx.db.read() as connection:
        row = (await connection.execute(select(tickets).where(tickets.c.ticket_id == ticket_id))).one()
    return row.status, row.taken_by, row.version


async def test_looking_changes_nothing_however_often(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol")
    for _ in range(3):
        assert (await reader.get(link)).status_code == 200
    await reader.head(link)
    assert await state_of(street, ticket.ticket_id) == ("open", None, 1)


async def test_a_volunteer_takes_arrives_and_resolves(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol")
    first = (await reader.get(link)).text
    assert "烟雾探测器正在报警。" in first
    assert "陈秀英" not in first, "the name is told to who has taken it"
    assert (await reader.press(link, "take")).headers["location"] == link
    assert await state_of(street, ticket.ticket_id) == ("taken", "p-vol", 2)
    page = (await reader.get(link)).text
    assert "陈秀英" in page
    assert 'value="hospital"' in page
    assert 'value="mended"' not in page
    await reader.press(link, "arrive")
    answer = await reader.press(link, "resolve", outcome="helped", cause="cooking", note="水壶烧干")
    assert answer.status_code == 303
    assert (await state_of(street, ticket.ticket_id))[0] == "resolved"
    assert "这件事已处理完毕。谢谢！" in (await reader.get(link)).text


SYSTEM = PageTable(PARTS).system_kinds


def test_nobody_takes_a_roster_to_hospital_and_a_resident_is_not_put_right() -> None:
    assert outcomes_of(ROSTER_HOLE, SYSTEM) == (Outcome.MENDED, Outcome.DEVICE, Outcome.TEST, Outcome.UNKNOWN)
    assert Cause.FALL not in causes_of(ROSTER_HOLE, SYSTEM)
    assert {Outcome.HOSPITAL, Outcome.MENDED} & set(outcomes_of("smoke", SYSTEM)) == {Outcome.HOSPITAL}
    assert Cause.FALL in causes_of("smoke", SYSTEM)


async def test_what_was_ticked_at_the_door_stands_in_the_note(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol2")
    await reader.press(link, "take")
    page = (await reader.get(link)).text
    assert "Look for smoke and smell from outside first" in page
    answer = await reader.press(
        link, "resolve", outcome="helped", cause="cooking", note="kettle", checks=["outside", "harmless", "<b>"]
    )
    assert answer.status_code == 303
    async with street.ctx.db.read() as connection:
        note = (await connection.execute(select(tickets.c.note))).scalar_one()
    assert note == (
        "✓ Look for smoke and smell from outside first ✓ No fire: ask about cooking or incense, open a window\nkettle"
    )


async def test_who_is_asked_reads_how_to_find_the_door_and_can_have_it_on_a_map(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    async with street.ctx.db.write() as connection:
        await connection.execute(update(homes).where(homes.c.home_id == "h-001").values(way="北门进，左手第二栋"))
    page = (await reader.get(street.link(ticket, "p-vol"))).text
    assert "北门进，左手第二栋" in page
    # the map is asked for the compound, never for the flat
    place = quote("鼓楼区宁海路街道二板桥社区梧桐里小区")
    assert f'href="geo:0,0?q={place}"' in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Please choose the outcome."),
        ({"outcome": "helped"}, "Please choose what had set it off."),
        ({"outcome": "helped", "cause": "gremlins"}, "Please choose what had set it off."),
    ],
)
async def test_resolving_without_outcome_or_cause_is_asked_for(
    street: Street, reader: Reader, said: dict[str, str], words: str
) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol2")
    await reader.press(link, "take")
    answer = await reader.press(link, "resolve", **said)
    assert answer.status_code == 409
    assert words in answer.text


async def test_a_thumb_that_presses_twice_does_no_harm(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol")
    page = await reader.get(link)
    for _ in range(2):
        assert (await reader.send_form(page, "take")).status_code == 303
    assert await state_of(street, ticket.ticket_id) == ("taken", "p-vol", 2)


async def test_the_second_of_two_is_told_who_goes_but_not_their_whole_name(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    slow = await reader.get(street.link(ticket, "p-vol2"))
    await reader.press(street.link(ticket, "p-vol"), "take")
    answer = await reader.send_form(slow, "take")
    assert answer.status_code == 409
    assert "王 (volunteer) is already going." in answer.text
    assert "王桂芳" not in answer.text
    assert "陈秀英" not in answer.text
    assert (await state_of(street, ticket.ticket_id))[1] == "p-vol"


async def test_who_cannot_go_says_so_and_the_ticket_stays_open_for_others(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol2")
    answer = await reader.press(link, "decline")
    assert answer.status_code == 303
    assert "Noted that you can&#39;t go." in (await reader.get(answer.headers["location"])).text
    assert (await state_of(street, ticket.ticket_id))[0] == "open"
    async with street.ctx.db.read() as connection:
        events = (await connection.execute(select(ticket_history.c.event, ticket_history.c.actor))).all()
    assert ("call_declined", "p-vol2") in [tuple(row) for row in events]


async def test_a_ticket_is_given_back_with_a_reason(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol2")
    await reader.press(link, "take")
    assert (await reader.press(link, "give_back", reason=" ")).status_code == 409
    assert (await reader.press(link, "give_back", reason="no key")).status_code == 303
    assert (await state_of(street, ticket.ticket_id))[:2] == ("open", None)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("fault", "status"), [("forged", 404), ("expired", 410), ("left", 410)])
async def test_a_link_that_does_not_open_gets_a_clear_word(
    street: Street, reader: Reader, language: str, fault: str, status: int
) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol", timedelta(minutes=1))
    if fault == "forged":
        link = link[:-2] + ("AA" if link[-2:] != "AA" else "BB")
    elif fault == "expired":
        street.clock.now = NOON + timedelta(minutes=1)
    else:
        async with street.ctx.db.write() as connection:
            await connection.execute(update(people).where(people.c.person_id == "p-vol").values(active=False))
    words = {
        ("zh", 404): "此链接无效。",
        ("zh", 410): "此链接已失效。",
        ("en", 404): "This link is not valid.",
        ("en", 410): "This link is no longer valid.",
    }
    answer = await reader.get(link, headers={"accept-language": language})
    assert answer.status_code == status
    assert words[language, status] in answer.text
    assert "3 幢" not in answer.text
    assert (await reader.post(link, data={"event": "take"})).status_code == status
    assert (await state_of(street, ticket.ticket_id))[0] == "open"


async def test_a_press_that_no_page_of_ours_made_is_refused(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link, other = street.link(ticket, "p-vol"), street.link(ticket, "p-vol2")
    foreign = (await reader.get(other)).text.split('name="csrf" value="')[1].split('"')[0]
    for proof in ("", foreign):
        assert (await reader.post(link, data={"event": "take", "csrf": proof})).status_code == 403
    assert (await state_of(street, ticket.ticket_id))[0] == "open"


async def test_a_link_never_does_what_only_the_desk_may(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    link = street.link(ticket, "p-vol")
    csrf = (await reader.get(link)).text.split('name="csrf" value="')[1].split('"')[0]
    for event in ("offer", "close", "reopen", "resolve", "new_flag", "nonsense", ""):
        answer = await reader.post(link, data={"event": event, "csrf": csrf, "outcome": "helped", "reason": "x"})
        assert answer.status_code == 409, event
    assert (await state_of(street, ticket.ticket_id))[0] == "open"


async def test_a_link_of_a_finished_ticket_offers_nothing_more(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    volunteer = Actor("p-vol", Role.VOLUNTEER, YARD_A)
    await act_on_ticket(street.ctx, ticket.ticket_id, Event.TAKE, volunteer, NOON)
    done = EventDetail(outcome=Outcome.AWAY, cause=Cause.UNKNOWN)
    await act_on_ticket(street.ctx, ticket.ticket_id, Event.RESOLVE, volunteer, NOON, detail=done)
    page = (await reader.get(street.link(ticket, "p-vol2"))).text
    assert "This has been dealt with." in page
    assert '<form method="post"' not in page
