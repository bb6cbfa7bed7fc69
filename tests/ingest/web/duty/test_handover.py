"""The shift's end: what is open is handed over, somebody else takes it, and nobody twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Notes are written and read: both databases."""
    return str(request.param)


async def hand_over(street: Street, reader: Reader, text: str = "") -> None:
    await reader.become(street, "desk")
    page = await reader.get("/handover")
    answer = await reader.send_form(page, "note", text=text, handover="yes")
    assert answer.status_code == 303


async def test_a_hand_over_names_what_is_open_and_is_taken_once(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await hand_over(street, reader, "402 室钥匙在站里")
    assert "do-take-over" not in (await reader.get("/handover")).text, "nobody takes over from themselves"
    await reader.become(street, "night")
    assert "周敏 handed over at 12:00" in (await reader.get("/")).text
    page = await reader.get("/handover")
    assert "402 室钥匙在站里" in page.text
    assert f'<a href="/tickets/{ticket.ticket_id}">{ticket.ticket_id}</a>' in page.text
    street.clock.now = NOON + timedelta(minutes=3)
    assert (await reader.send_form(page, "take-over-1")).status_code == 303
    assert "taken over by Grace Lin at 12:03" in (await reader.get("/handover")).text
    assert "handed over at" not in (await reader.get("/")).text
    again = await reader.send_form(page, "take-over-1")
    assert (again.status_code, "Somebody has taken over already." in again.text) == (409, True)


async def test_a_hand_over_that_nobody_took_does_not_grow_old(street: Street, reader: Reader) -> None:
    await hand_over(street, reader)
    street.clock.now = NOON + timedelta(days=3)
    await reader.become(street, "night")
    assert "周敏 handed over at 23 Nov 12:00" in (await reader.get("/")).text


async def test_an_empty_note_is_refused_and_a_plain_one_asks_for_nothing(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    page = await reader.get("/handover")
    assert (await reader.send_form(page, "note", text="  ")).status_code == 409
    assert (await reader.send_form(page, "note", text="门禁坏了")).status_code == 303
    await reader.become(street, "night")
    assert "门禁坏了" in (await reader.get("/handover")).text
    assert "handed over" not in (await reader.get("/")).text


async def test_another_district_neither_reads_nor_takes_it(street: Street, reader: Reader) -> None:
    await hand_over(street, reader, "只给本区")
    await reader.become(street, "other")
    page = await reader.get("/handover")
    assert "只给本区" not in page.text
    answer = await reader.post("/handover/1/take", data={"csrf": "csrf-of-other"})
    assert answer.status_code == 409


async def test_only_a_desk_writes_notes(street: Street, reader: Reader) -> None:
    await reader.become(street, "social")
    assert 'id="do-note"' not in (await reader.get("/handover")).text
    answer = await reader.post("/handover", data={"csrf": "csrf-of-social", "text": "x"})
    assert answer.status_code == 409


async def test_the_wall_board_shows_what_is_going_on_and_no_name(street: Street, reader: Reader) -> None:
    await street.ticket()
    await reader.become(street, "night")
    wall = (await reader.get("/wall")).text
    assert "Smoke alarm · Erbanqiao Community › Wutongli Compound" in wall
    for secret in ("陈秀英", "402", "Gulou District › "):
        assert secret not in wall
