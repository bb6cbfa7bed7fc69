"""What is said beforehand about a home, by programs: absences, who was seen well, silences, planned tests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from ingest.store.ledger.tables import away, seen_well
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

LATER = (NOON + timedelta(hours=5)).isoformat()
AWAY = {"home_id": "h-001", "said_by": "女儿", "way": "phone", "until": LATER}
SILENCE = {"home_id": "h-001", "kinds": ["leak"], "reason": "修水管", "until": LATER}
TEST = {"home_id": "h-001", "kind": "smoke", "until": LATER}


@pytest.fixture
def proof() -> dict[str, str]:
    return {"x-csrf-token": "csrf-of-desk"}


async def test_an_absence_is_told_moved_and_ended(street: Street, reader: Reader, proof: dict[str, str]) -> None:
    await reader.become(street, "desk")
    told = await reader.post("/api/v1/away", json=AWAY, headers=proof)
    entry = told.json()["entry_id"]
    assert [row["said_by"] for row in (await reader.get("/api/v1/away")).json()["away"]] == ["女儿"]
    moved = (NOON + timedelta(hours=9)).isoformat()
    assert (await reader.post(f"/api/v1/away/{entry}/until", json={"until": moved}, headers=proof)).status_code == 200
    assert (await reader.post(f"/api/v1/away/{entry}/back", headers=proof)).status_code == 200
    assert (await reader.post(f"/api/v1/away/{entry}/revoke", headers=proof)).json() == {"error": "over"}
    assert (await reader.get("/api/v1/away")).json()["away"] == []
    async with street.ctx.db.read() as connection:
        assert (await connection.execute(select(away.c.ended_at))).scalar_one() == NOON


async def test_a_silence_and_a_test_have_their_owner(street: Street, reader: Reader, proof: dict[str, str]) -> None:
    await reader.become(street, "desk")
    assert (await reader.post("/api/v1/planned-tests", json=TEST, headers=proof)).status_code == 200
    entry = (await reader.post("/api/v1/silences", json=SILENCE, headers=proof)).json()["entry_id"]
    (silence,) = (await reader.get("/api/v1/silences")).json()["silences"]
    (test,) = (await reader.get("/api/v1/planned-tests")).json()["planned_tests"]
    assert (silence["owner_name"], silence["kinds"], test["owner_name"]) == ("周敏", ["leak"], "周敏")
    assert (await reader.post(f"/api/v1/silences/{entry}/end", headers=proof)).status_code == 200
    assert (await reader.get("/api/v1/silences")).json()["silences"] == []


async def test_who_took_the_ticket_may_say_that_all_is_well(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    headers = {"x-csrf-token": "csrf-of-desk"}
    body = {"home_id": "h-001", "way": "phone"}
    assert (await reader.post("/api/v1/seen", json=body, headers=headers)).status_code == 200
    async with street.ctx.db.read() as connection:
        row = (await connection.execute(select(seen_well))).one()
    assert (row.at, row.until, row.recorded_by) == (NOON, NOON + timedelta(hours=2), "p-desk")
    await reader.become(street, "vol")
    headers = {"x-csrf-token": "csrf-of-vol"}
    assert (await reader.post("/api/v1/seen", json=body, headers=headers)).status_code == 403
    ticket = await street.ticket()
    took = {"event": "take"}
    assert (await reader.post(f"/api/v1/tickets/{ticket.ticket_id}/events", json=took, headers=headers)).is_success
    body["ticket_id"] = ticket.ticket_id
    assert (await reader.post("/api/v1/seen", json=body, headers=headers)).status_code == 200
    body["home_id"] = "h-003"
    assert (await reader.post("/api/v1/seen", json=body, headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("away", {**AWAY, "until": NOON.isoformat()}, 422, "ends_first"),
        ("away", {**AWAY, "home_id": "h-900"}, 404, "unknown_home"),
        ("away", {**AWAY, "way": "telepathy"}, 422, "bad_request"),
        ("away", {**AWAY, "until": "2026-11-24T00:00:00"}, 422, "bad_request"),
        ("silences", {**SILENCE, "kinds": ["smoke"]}, 422, "smoke"),
        ("silences", {**SILENCE, "reason": " "}, 422, "no_reason"),
        ("planned-tests", {**TEST, "kind": "inactivity"}, 422, "no_kind"),
        ("seen", {"home_id": "h-900", "way": "phone"}, 404, "unknown_home"),
        ("silences/e-none/end", {}, 404, "unknown_entry"),
    ],
)
async def test_what_can_not_be_done_is_answered_with_a_word(
    street: Street, reader: Reader, path: str, body: dict[str, object], status: int, word: str
) -> None:
    await reader.become(street, "desk")
    answer = await reader.post(f"/api/v1/{path}", json=body, headers={"x-csrf-token": "csrf-of-desk"})
    assert (answer.status_code, answer.json()["error"]) == (status, word)


@pytest.mark.parametrize("path", ["away", "silences", "planned-tests", "seen"])
async def test_nothing_is_said_without_the_proof_or_by_a_stranger(street: Street, reader: Reader, path: str) -> None:
    bodies = {"away": AWAY, "silences": SILENCE, "planned-tests": TEST, "seen": {"home_id": "h-001", "way": "phone"}}
    assert (await reader.post(f"/api/v1/{path}", json=bodies[path])).status_code == 401
    await reader.become(street, "desk")
    assert (await reader.post(f"/api/v1/{path}", json=bodies[path])).status_code == 403
