"""Places and people by the API: what an office can type a program can send, checked in the same words."""

from __future__ import annotations

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ingest.store.base.tables import audit_log, homes, people
from tests.ingest.reader import Reader
from tests.ingest.street import Street

HOME = {"area": "yard-a", "label": "7 幢 101", "resident": "林阿婆"}
PERSON = {
    "name": "方明",
    "role": "volunteer",
    "area": "yard-b",
    "skills": ["急救; 初级", "宁波话"],
    "channels": [{"kind": "sms", "address": "+8613900000009"}],
}


@pytest.fixture
def admin() -> dict[str, str]:
    return {"x-csrf-token": "csrf-of-admin"}


async def labels(street: Street) -> dict[str, str]:
    async with street.ctx.db.read() as connection:
        return {row.home_id: row.label for row in await connection.execute(select(homes))}


async def test_a_home_is_put_read_and_patched(street: Street, reader: Reader, admin: dict[str, str]) -> None:
    await reader.become(street, "admin")
    tried = await reader.put("/api/v1/places/homes/h-777?dry_run=true", json=HOME, headers=admin)
    assert (tried.status_code, tried.json()["written"]) == (200, False)
    assert "h-777" not in await labels(street)
    assert (await reader.put("/api/v1/places/homes/h-777", json=HOME, headers=admin)).json()["written"]
    patched = await reader.patch("/api/v1/places/homes/h-777", json={"label": "7 幢 102"}, headers=admin)
    assert patched.status_code == 200, patched.text
    read = (await reader.get("/api/v1/places/homes/h-777")).json()
    assert (read["label"], read["resident"], read["area"]) == ("7 幢 102", "林阿婆", "yard-a")
    assert {row["id"] for row in (await reader.get("/api/v1/places/homes")).json()["homes"]} == {
        "h-001",
        "h-002",
        "h-003",
        "h-004",
        "h-777",
    }
    async with street.ctx.db.read() as connection:
        written = await connection.execute(select(audit_log.c.actor).where(audit_log.c.event == "entry_written"))
        assert list(written.scalars()) == ["p-admin", "p-admin"]


async def test_a_responder_keeps_what_is_not_named(street: Street, reader: Reader, admin: dict[str, str]) -> None:
    await reader.become(street, "admin")
    assert (await reader.put("/api/v1/places/people/p-fang", json=PERSON, headers=admin)).status_code == 200
    await reader.patch("/api/v1/places/people/p-fang", json={"areas": ["yard-a"]}, headers=admin)
    read = (await reader.get("/api/v1/places/people/p-fang")).json()
    assert (read["skills"], read["areas"], read["name"]) == (["急救; 初级", "宁波话"], ["yard-a"], "方明")
    assert read["channels"] == PERSON["channels"]


@pytest.mark.parametrize(
    ("sheet", "entry", "changes", "field", "words"),
    [
        ("homes", HOME, {"area": "nowhere"}, "area", "there is no 'nowhere' among the areas"),
        ("homes", HOME, {"area": "qinhuai"}, "area", "there is no 'qinhuai' among the areas"),
        ("homes", HOME, {"label": 7}, "label", "Expected `str`"),
        ("homes", HOME, {"colour": "red"}, "colour", "unknown field"),
        ("homes", HOME, {"timezone": "Mars/Base"}, "", "is no time zone"),
        ("homes", HOME, {"id": "h-778"}, "id", "not the address's"),
        ("people", PERSON, {"role": "king"}, "role", "Invalid enum value"),
        ("people", PERSON, {"licence": "senior"}, "", "only a social worker has a licence"),
        ("residents", {"home": "h-001", "name": "陈"}, {"health_notes": "糖尿病"}, "", "health notes need"),
    ],
)
async def test_a_refusal_names_the_field_and_what_to_do(
    street: Street,
    reader: Reader,
    admin: dict[str, str],
    sheet: str,
    entry: dict[str, Any],
    changes: dict[str, Any],
    field: str,
    words: str,
) -> None:
    await reader.become(street, "admin")
    answer = await reader.put(f"/api/v1/places/{sheet}/h-777", json={**entry, **changes}, headers=admin)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["field"], words in fault["problem"]) == (field, True), fault
    assert "h-777" not in await labels(street)


async def test_what_belongs_to_another_district_is_neither_seen_nor_written(
    street: Street, reader: Reader, admin: dict[str, str]
) -> None:
    await reader.become(street, "admin")
    assert (await reader.get("/api/v1/places/homes/h-900")).status_code == 404
    assert (await reader.patch("/api/v1/places/homes/h-900", json={"label": "mine"}, headers=admin)).status_code == 404
    taken = await reader.put("/api/v1/places/homes/h-900", json=HOME, headers=admin)
    assert "outside your area" in taken.json()["faults"][0]["problem"]
    assert (await labels(street))["h-900"] == "9 幢 901"
    assert (await reader.get("/api/v1/places/castles")).status_code == 404


@pytest.mark.parametrize(("login", "reads", "writes"), [("desk", 200, 403), ("social", 403, 403), ("vol", 403, 403)])
async def test_the_desk_reads_and_only_administrators_write(
    street: Street, reader: Reader, login: str, reads: int, writes: int
) -> None:
    await reader.become(street, login)
    proof = {"x-csrf-token": f"csrf-of-{login}"}
    assert (await reader.get("/api/v1/places/residents")).status_code == reads
    assert (await reader.put("/api/v1/places/homes/h-777", json=HOME, headers=proof)).status_code == writes
    assert (await reader.put("/api/v1/places/homes/h-777", json=HOME)).status_code == 403


async def test_tables_go_up_as_files_and_come_down_again(street: Street, reader: Reader, admin: dict[str, str]) -> None:
    await reader.become(street, "admin")
    good = "id,area,label\nh-501,yard-a,5 幢 501\n"
    bad = "id,area,label\nh-502,yard-z,5 幢 502\nh-503,yard-a,\n"
    files = [("files", ("homes.csv", bad.encode(), "text/csv"))]
    answer = await reader.post("/api/v1/places/import", files=files, headers=admin)
    assert [(one["row"], one["field"]) for one in answer.json()["faults"]] == [(3, "label"), (2, "area")]
    files = [("files", ("homes.csv", good.encode(), "text/csv"))]
    tried = await reader.post("/api/v1/places/import?dry_run=true", files=files, headers=admin)
    assert (tried.json()["written"], tried.json()["rows"]) == (False, {"homes": 1})
    assert (await reader.post("/api/v1/places/import", files=files, headers=admin)).json()["written"]
    book = (await reader.get("/api/v1/places/export")).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("homes").to_python()
    assert "h-501" in {row[0] for row in rows}
    assert "5 幢 501" in (await reader.get("/api/v1/places/export?file=homes.csv")).text
    wrong = [("files", ("homes.pdf", b"%PDF", "application/pdf"))]
    answer = await reader.post("/api/v1/places/import", files=wrong, headers=admin)
    assert (answer.status_code, answer.json()["field"]) == (422, "files")


async def test_nobody_is_made_somebody_elses_login(street: Street, reader: Reader, admin: dict[str, str]) -> None:
    await reader.become(street, "admin")
    entry = {**PERSON, "login": "other"}
    answer = await reader.put("/api/v1/places/people/p-fang", json=entry, headers=admin)
    assert "is somebody else's" in answer.json()["faults"][0]["problem"]
    async with street.ctx.db.read() as connection:
        assert (await connection.execute(select(people).where(people.c.person_id == "p-fang"))).first() is None
