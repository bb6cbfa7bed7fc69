"""Text that no database takes: zero bytes and half surrogates, wherever a stranger or a person can put them."""

from __future__ import annotations

import json

import httpx2
import pytest

from ingest.store.tickets.tables import ticket_history
from ingest.web.base.readable import kept_text
from tests.ingest.reader import Reader
from tests.ingest.street import PASSWORD, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The two databases refuse different things."""
    return str(request.param)


async def post_json(reader: Reader, path: str, said: dict[str, str]) -> httpx2.Response:
    # as JSON escapes, which is how half a surrogate can travel
    headers = {"content-type": "application/json", "x-csrf-token": "csrf-of-desk"}
    return await reader.post(path, content=json.dumps(said), headers=headers)


@pytest.mark.parametrize(
    ("login", "password"),
    [("\ud800", PASSWORD), ("desk", "\ud800" * 12), ("de\0sk", PASSWORD), ("desk", PASSWORD + "\0"), ("\x1b", "x")],
)
async def test_such_a_login_or_password_is_a_wrong_one(reader: Reader, login: str, password: str) -> None:
    answer = await post_json(reader, "/api/v1/login", {"login": login, "password": password})
    assert (answer.status_code, answer.json()) == (401, {"error": "wrong_login_or_password"})


async def test_such_a_login_in_the_form_is_a_wrong_one(reader: Reader) -> None:
    assert (await reader.log_in("de\0sk")).status_code == 401


@pytest.mark.parametrize("path", ["/tickets/a%00b", "/api/v1/tickets/a%00b", "/go/a%00b", "/api/v1/tickets?status=%00"])
async def test_an_address_with_a_zero_byte_is_refused(street: Street, reader: Reader, path: str) -> None:
    await reader.become(street, "desk")
    assert (await reader.get(path)).status_code == 400


@pytest.mark.parametrize(("field", "odd"), [("person_id", "a\0b"), ("person_id", "\ud800"), ("event", "\ud800")])
async def test_an_id_that_can_be_nobodys_is_refused(street: Street, reader: Reader, field: str, odd: str) -> None:
    ticket = await street.ticket()
    await reader.become(street, "desk")
    path = f"/api/v1/tickets/{ticket.ticket_id}/events"
    answer = await post_json(reader, path, {"event": "offer", "person_id": "p-vol", field: odd})
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
async def test_odd_signs_in_a_note_are_left_out_and_the_rest_is_kept(street: Street, reader: Reader, odd: str) -> None:
    ticket = await street.ticket()
    await reader.become(street, "desk")
    path = f"/api/v1/tickets/{ticket.ticket_id}/events"
    said = {
        "event": "resolve",
        "outcome": "helped",
        "cause": "fall",
        "reason": f"rang{odd}twice",
        "note": f"at{odd}home\n都好",
    }
    answer = await post_json(reader, path, said)
    assert answer.status_code == 200, answer.text
    async with street.ctx.db.read() as connection:
        rows = (await connection.execute(ticket_history.select().order_by(ticket_history.c.number))).mappings().all()
    assert "at home\n都好" in rows[-1]["detail_json"].values()


async def test_a_ticket_by_hand_about_an_impossible_home_shows_the_form_again(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    data = {"csrf": "csrf-of-desk", "home_id": "h\0001", "severity": "urgent", "text": "no\0answer"}
    assert (await reader.post("/tickets", data=data)).status_code == 422
    answer = await reader.post("/tickets", data={**data, "home_id": "h-001"})
    assert answer.status_code == 303


def test_lines_stay_and_what_moves_the_cursor_or_the_direction_goes() -> None:
    assert kept_text(" one\r\ntwo\tthree\x1b[2J\u202e ", 40) == "one\ntwo\tthree [2J"
    assert kept_text("x" * 50, 40) == "x" * 40
