"""The JSON API: the same rules as the pages, for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from ingest.actions.tickets.escalate import escalate
from ingest.store.tickets.tables import flags, tickets
from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, PASSWORD, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What is read must be the same on both databases."""
    return str(request.param)


async def bearer(reader: Reader, login: str) -> dict[str, str]:
    answer = await reader.post("/api/v1/login", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def test_a_program_logs_in_and_works_a_ticket_to_its_end(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    headers = await bearer(reader, "desk")
    shown = (await reader.get(f"/api/v1/tickets/{ticket.ticket_id}", headers=headers)).json()
    assert shown["status"] == "open"
    assert shown["opened_at"] == "2026-11-23T04:00:30Z"
    assert shown["allowed"] == ["acknowledge", "take", "offer", "resolve"]
    assert [entry["event"] for entry in shown["history"]] == ["opened"]
    path = f"/api/v1/tickets/{ticket.ticket_id}/events"
    for press in (
        {"event": "take", "person_id": "p-vol"},
        {"event": "arrive"},
        {"event": "resolve", "outcome": "helped", "cause": "fall"},
        {"event": "close"},
    ):
        answer = await reader.post(path, json=press, headers=headers)
        assert answer.status_code == 200, answer.text
    assert answer.json() == {"ticket_id": ticket.ticket_id, "status": "closed", "version": 5}


@pytest.mark.parametrize(
    ("press", "status", "error"),
    [
        ({"event": "arrive"}, 409, "not_now"),
        ({"event": "resolve"}, 422, "incomplete"),
        ({"event": "take", "version": 7}, 409, "changed_meanwhile"),
        ({"event": "new_flag"}, 422, "bad_request"),
        ({"event": "take", "colour": "red"}, 422, "bad_request"),
        ({"event": "offer", "person_id": "p-other"}, 409, "unknown_person"),
    ],
)
async def test_what_is_refused_says_why(
    street: Street, reader: Reader, press: dict[str, str], status: int, error: str
) -> None:
    ticket = await street.ticket()
    await reader.become(street, "desk")
    answer = await reader.post(
        f"/api/v1/tickets/{ticket.ticket_id}/events", json=press, headers={"x-csrf-token": "csrf-of-desk"}
    )
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_cookie_alone_does_not_press_buttons(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "desk")
    for headers in ({}, {"x-csrf-token": "csrf-of-night"}):
        path = f"/api/v1/tickets/{ticket.ticket_id}/events"
        answer = await reader.post(path, json={"event": "take"}, headers=headers)
        assert (answer.status_code, answer.json()) == (403, {"error": "bad_csrf_token"})


async def test_a_stranger_is_told_401_and_a_neighbour_district_404(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    path = f"/api/v1/tickets/{ticket.ticket_id}"
    for wrong in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic abc"}):
        assert (await reader.get(path, headers=wrong)).status_code == 401
    headers = await bearer(reader, "other")
    assert (await reader.get(path, headers=headers)).status_code == 404
    assert (await reader.post(f"{path}/events", json={"event": "take"}, headers=headers)).status_code == 404
    assert (await reader.get("/api/v1/tickets", headers=headers)).json() == {"tickets": []}


async def test_guessing_is_slowed_down_and_says_for_how_long(reader: Reader) -> None:
    for _ in range(8):
        answer = await reader.post("/api/v1/login", json={"login": "desk", "password": "x" * 300})
        assert answer.status_code == 401
    answer = await reader.post("/api/v1/login", json={"login": "desk", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "301"


async def test_a_bad_request_is_not_repeated_to_the_sender(reader: Reader) -> None:
    answer = await reader.post("/api/v1/login", json={"login": "desk", "pass_word": "secret words"})
    assert answer.status_code == 422
    assert "secret words" not in answer.text
    assert {fault["at"] for fault in answer.json()["faults"]} == {"body.password", "body.pass_word"}


async def test_the_summary_counts_what_is_there_and_only_in_the_own_area(street: Street, reader: Reader) -> None:
    first = await street.ticket()
    await street.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    await street.ticket("h-900")
    await write_flag(street, "e-1", 0, first.ticket_id)
    await escalate(street.ctx, NOON + timedelta(seconds=61))
    await reader.become(street, "desk")
    summary = (await reader.get("/api/v1/summary")).json()
    assert summary["homes"] == 4
    assert summary["tickets"] == 2
    assert summary["tickets_by_kind"] == {"smoke": 1, "inactivity": 1}
    assert summary["tickets_by_status"] == {"open": 2}
    assert (summary["flags"], summary["flags_by_kind"], summary["flags_unticketed"]) == (1, {"smoke": 1}, 0)
    assert summary["escalations"] == 1
    assert summary["notices"] == sum(summary["notices_by_status"].values()) > 0
    assert summary["duplicates"] == 0
    listed = (await reader.get("/api/v1/flags")).json()["flags"]
    assert [(flag["flag_id"], flag["ticket_id"]) for flag in listed] == [("e-1.0", first.ticket_id)]


async def test_the_summary_counts_what_must_never_be(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    for flag_id in ("e-1.0", "again"):
        await write_flag(street, "e-1", 0, ticket.ticket_id, flag_id=flag_id)
    await reader.become(street, "desk")
    assert (await reader.get("/api/v1/summary")).json()["duplicates"] == 1


async def write_flag(street: Street, episode: str, number: int, ticket_id: str, flag_id: str | None = None) -> None:
    async with street.ctx.db.write() as connection:
        await connection.execute(
            insert(flags).values(
                flag_id=flag_id or f"{episode}.{number}",
                message_id="m",
                gateway_id="gw",
                episode=episode,
                number=number,
                home_id="h-001",
                kind="smoke",
                severity="critical",
                event="raised",
                at=NOON,
                since=NOON,
                score=1.0,
                reason="alarm",
                text_zh="烟",
                text_en="smoke",
                facts_json={},
                ticket_id=ticket_id,
                received_at=NOON,
            )
        )


async def test_all_tickets_can_be_listed_closed_ones_too(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    async with street.ctx.db.write() as connection:
        await connection.execute(update(tickets).values(status="closed", due_at=None, closed_at=NOON))
    await reader.become(street, "desk")
    assert (await reader.get("/api/v1/tickets")).json()["tickets"] == []
    listed = (await reader.get("/api/v1/tickets", params={"status": "all"})).json()["tickets"]
    assert [row["ticket_id"] for row in listed] == [ticket.ticket_id]
    assert (await reader.get("/api/v1/tickets", params={"status": "odd"})).status_code == 422


async def test_health_tells_alive_from_ready(street: Street, reader: Reader) -> None:
    assert (await reader.get("/healthz")).json() == {"alive": True}
    assert (await reader.get("/readyz")).json() == {"ready": True, "database": True, "worker": True, "clock": True}
    await street.ticket()
    street.clock.now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    answer = await reader.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "database": True, "worker": False, "clock": True},
    )


async def test_without_its_tables_the_site_is_not_ready(street: Street, reader: Reader) -> None:
    async with street.ctx.db.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE tickets RENAME TO lost")
    answer = await reader.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": False, "worker": None})
