"""The station's plan of the month: made, shown, counted, changed, and given out as CSV and JSON."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from ingest.visits.actions.keep_visit import Kept, report_visit
from ingest.visits.domain.visit_note import Found, VisitNote
from tests.ingest.kin import SOCIAL, post_roster, settle
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

MONTH = {"month": "2026-11"}


async def test_the_station_plans_a_month_and_sees_how_far_it_is(street: Street, reader: Reader) -> None:
    await settle(street)
    await reader.become(street, "social")
    assert "这个月还没有计划" in (await reader.get("/visits")).text
    assert (await reader.press("/visits", "plan")).status_code == 303
    answer = (await reader.get("/api/v1/visits", params=MONTH)).json()
    assert (answer["homes"], answer["visited"], answer["rate"]) == (4, 0, 0.0)
    assert {visit["home_id"] for visit in answer["visits"]} == {"h-001", "h-002", "h-003", "h-004"}
    visit = next(one for one in answer["visits"] if one["home_id"] == "h-001")
    # never seen, 80 and over, alone: the daughter is a contact
    assert (visit["points"], visit["reasons"]) == (5, ["never_seen", "old", "alone"])
    done = await report_visit(
        street.ctx,
        visit["visit_id"],
        VisitNote(Found.WELL, 30),
        went=["p-social"],
        ended_at=NOON,
        actor=SOCIAL,
        now=NOON,
    )
    assert isinstance(done, Kept)
    page = (await reader.get("/visits")).text
    assert "1 / 4" in page
    assert "25 %" in page
    # a week on, at the month's end, the others are overdue
    street.clock.now = NOON + timedelta(days=7)
    await reader.become(street, "night")
    late = (await reader.get("/visits", params={"only": "overdue"})).text
    assert "孙德才" in late
    assert "陈秀英" not in late


async def test_others_are_sent(street: Street, reader: Reader) -> None:
    await reader.become(street, "social")
    await reader.press("/visits", "plan")
    visit = (await reader.get("/api/v1/visits", params=MONTH)).json()["visits"][0]
    one = f"/visits/one/{visit['visit_id']}"
    assert (await reader.press(one, "people", worker="p-social", volunteer="p-vol2")).status_code == 303
    assert "Chen Jie" in (await reader.get("/visits")).text
    assert (await reader.press(one, "people", worker="nobody", volunteer="")).status_code == 422


async def test_the_file_and_the_maps_count_and_name_nobody_s_health(street: Street, reader: Reader) -> None:
    await settle(street)
    await post_roster(street)
    await reader.become(street, "social")
    await reader.press("/visits", "plan")
    text = (await reader.get("/visits/plan.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["home_id"] for row in rows} == {"h-001", "h-002", "h-003", "h-004"}
    assert {row["worker"] for row in rows} == {"许文"}
    maps = (await reader.get("/api/v1/maps", params={"level": "compound"})).json()
    needs = {row["area_id"]: row for row in maps["needs"]}
    assert (needs["yard-a"]["homes"], needs["yard-a"]["frail"], needs["yard-a"]["calm"]) == (2, 1, 1)
    resources = {row["area_id"]: row for row in maps["resources"]}
    assert (resources["yard-a"]["volunteers"], resources["yard-b"]["volunteers"]) == (2, 1)
    # at noon one of the two who take turns is on call
    assert resources["yard-a"]["on_call"] + resources["yard-b"]["on_call"] == 1
    street_wide = (await reader.get("/api/v1/maps")).json()["resources"]
    assert [(row["area_id"], row["workers"], row["volunteers"]) for row in street_wide] == [("ninghai", 1, 3)]
    assert (await reader.get("/api/v1/maps", params={"level": "planet"})).status_code == 422


async def test_a_program_plans_agrees_and_tells(street: Street, reader: Reader) -> None:
    await reader.become(street, "social")
    reader.headers["x-csrf-token"] = "csrf-of-social"
    assert (await reader.post("/api/v1/visits/plan", json={"month": "2026-10"})).status_code == 422
    assert (await reader.post("/api/v1/visits/plan", json={"month": "soon"})).status_code == 422
    visit = (await reader.post("/api/v1/visits/plan", json=MONTH)).json()["visits"][0]["visit_id"]
    path = f"/api/v1/visits/{visit}"
    assert (await reader.post(f"{path}/agree", json={"when": "2026-11-27T10:00:00+08:00"})).status_code == 200
    body = {"found": "not_well", "minutes": 20, "went": ["p-social"], "ended_at": "2026-11-23T11:30:00+08:00"}
    answer = await reader.post(f"{path}/report", json=body)
    assert answer.status_code == 200
    ticket = answer.json()["ticket_id"]
    assert (await reader.get(f"/api/v1/tickets/{ticket}")).json()["severity"] == "urgent"
    again = await reader.post(f"{path}/report", json=body)
    assert (again.status_code, again.json()) == (409, {"error": "done_before"})
    missing = await reader.post("/api/v1/visits/v-none/agree", json={"when": "2026-11-27T10:00:00+08:00"})
    assert missing.status_code == 404


async def test_a_volunteer_has_no_station_s_plan(street: Street, reader: Reader) -> None:
    await reader.become(street, "vol")
    for path in ("/visits", "/visits/plan.csv", "/api/v1/visits", "/api/v1/maps"):
        assert (await reader.get(path)).status_code == 404
    await reader.become(street, "desk")
    assert (await reader.get("/visits", params={"month": "next"})).status_code == 404
