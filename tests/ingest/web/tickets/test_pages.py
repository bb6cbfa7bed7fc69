"""The console's pages: what they show, whom they let in, and what a button does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader, form_in
from tests.ingest.street import NOON, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What is read must be the same on both databases."""
    return str(request.param)


async def test_a_stranger_is_led_to_the_log_in_and_back(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    answer = await reader.get(f"/tickets/{ticket.ticket_id}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?back=/tickets/{ticket.ticket_id}"


async def test_the_board_shows_the_most_urgent_first(street: Street, reader: Reader) -> None:
    await street.ticket("h-002", FlagKind.WELLBEING, Severity.VISIT)
    await street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT, now=NOON - timedelta(minutes=2))
    await street.ticket("h-001", FlagKind.SMOKE, Severity.CRITICAL)
    await reader.become(street, "night")
    board = (await reader.get("/")).text
    order = [board.index(text) for text in ("3 幢 2 单元 402", "1 幢 603", "5 幢 1 单元 101")]
    assert order == sorted(order)
    assert "The smoke detector is alarming." in board


async def test_a_ticket_is_taken_visited_resolved_and_closed_by_its_buttons(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    page = f"/tickets/{ticket.ticket_id}"
    await reader.become(street, "desk")
    for event, fields in (
        ("take", {"person_id": ""}),
        ("arrive", {}),
        ("resolve", {"outcome": "helped", "cause": "cooking", "note": "锅烧干了"}),
    ):
        answer = await reader.press(page, event, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, page), event
    shown = (await reader.get(page)).text
    assert "锅烧干了" in shown
    assert "已处理，待复核" in shown
    assert (await reader.press(page, "close")).headers["location"] == "/"
    assert "目前没有需要处理的工单" in (await reader.get("/")).text


async def test_only_buttons_that_are_allowed_are_shown(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "vol")
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    form_in(page, "take")
    for event in ("offer", "arrive", "resolve", "close", "reopen", "give_back"):
        assert f'id="do-{event}"' not in page, event


async def test_resolving_without_an_outcome_says_what_is_missing(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "night")
    answer = await reader.press(f"/tickets/{ticket.ticket_id}", "resolve", outcome="")
    assert answer.status_code == 409
    assert "Please choose the outcome." in answer.text


async def test_an_old_page_is_told_what_happened_meanwhile(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    page = f"/tickets/{ticket.ticket_id}"
    await reader.become(street, "night")
    old = await reader.get(page)
    await reader.press(page, "take", person_id="p-vol")
    answer = await reader.send_form(old, "take", person_id="")
    assert answer.status_code == 409
    assert "王桂芳 has it." in answer.text
    assert "Status now: Taken." in answer.text


async def test_a_ticket_is_offered_to_a_person_of_the_area(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "night")
    page = f"/tickets/{ticket.ticket_id}"
    assert (await reader.press(page, "offer", person_id="p-vol")).status_code == 303
    shown = (await reader.get(page)).text
    assert "Asked: 王桂芳" in shown
    assert (await reader.press(page, "take", person_id="p-other")).status_code == 409


@pytest.mark.parametrize("path", ["", "/live"])
async def test_tickets_of_another_district_are_not_there(street: Street, reader: Reader, path: str) -> None:
    ticket = await street.ticket("h-900")
    await reader.become(street, "desk")
    assert (await reader.get(f"/tickets/{ticket.ticket_id}{path}")).status_code == 404
    assert "9 幢 901" not in (await reader.get("/")).text


async def test_a_volunteer_sees_only_their_compound(street: Street, reader: Reader) -> None:
    mine, theirs = await street.ticket("h-001"), await street.ticket("h-003")
    await reader.become(street, "vol")
    board = (await reader.get("/")).text
    assert mine.ticket_id in board
    assert theirs.ticket_id not in board
    assert "李建国" not in board


async def test_a_call_becomes_a_ticket(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    page = (await reader.get("/tickets/new")).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": token, "home_id": "h-002", "severity": "urgent", "text": "Neighbour hears water"}
    answer = await reader.post("/tickets", data=form)
    assert answer.status_code == 303
    shown = (await reader.get(answer.headers["location"])).text
    assert "Opened by hand" in shown
    assert "Neighbour hears water" in shown
    again = await reader.post("/tickets", data={**form, "home_id": "h-900"})
    assert again.status_code == 409
    assert "outside your area" in again.text
    assert (await reader.post("/tickets", data={**form, "text": " "})).status_code == 422


async def test_text_from_outside_is_shown_as_text(street: Street, reader: Reader) -> None:
    await street.ticket(text_en="<script>alert(1)</script>")
    await reader.become(street, "night")
    board = (await reader.get("/")).text
    assert "<script>alert" not in board
    assert "&lt;script&gt;alert(1)" in board


async def test_hours_without_data_are_drawn_as_no_data_and_not_as_zero(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    hour = NOON.replace(minute=0, second=0)
    await street.hour("h-001", hour - timedelta(hours=1), 12.0, 80.0, "full")
    await street.hour("h-001", hour - timedelta(hours=2), 0.0, 75.0, "part")
    await street.hour("h-001", hour - timedelta(hours=3), None, None, "none")
    await reader.become(street, "night")
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert "<title>11:00 – 12 L</title>" in page
    assert "<title>10:00 – 0 L (incomplete)</title>" in page
    assert "<title>09:00 – no data</title>" in page
    assert page.count('class="gap"') == 2 * 46
