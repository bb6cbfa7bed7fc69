"""Rosters by the API: agreed, changed, swapped, signed up for, checked; a refusal says which field and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

ROSTER = {
    "area": "yard-a",
    "name": "志愿者",
    "rotations": [{"starts": "2026-11-23", "at": "08:00", "every_days": 1, "turns": [["p-vol"], ["p-vol2"]]}],
}
NIGHT = "2026-11-23T20:00:00+08:00"
MORNING = "2026-11-24T06:00:00+08:00"
DESK = {"x-csrf-token": "csrf-of-desk"}
PATH = "/api/v1/rosters/yard"


@pytest.fixture
async def ctx(street: Street, reader: Reader) -> Reader:
    """The desk's program, with a roster of two volunteers who take days in turn, from eight to eight."""
    await reader.become(street, "desk")
    answer = await reader.put(PATH, json=ROSTER, headers=DESK)
    assert answer.status_code == 200, answer.text
    return reader


async def on_call(reader: Reader, at: str) -> list[str]:
    found = (await reader.get("/api/v1/on-call", params={"at": at})).json()["on_call"]
    people: list[str] = found["yard-a"]
    return people


async def test_the_hours_follow_from_what_was_agreed(ctx: Reader) -> None:
    (row,) = (await ctx.get("/api/v1/rosters")).json()["rosters"]
    assert (row["roster_id"], row["rotations"][0]["turns"]) == ("yard", [["p-vol"], ["p-vol2"]])
    span = {"since": "2026-11-23T08:00:00+08:00", "until": "2026-11-25T08:00:00+08:00"}
    hours = (await ctx.get(PATH, params=span)).json()["hours"]
    assert hours == [
        {"person": "p-vol", "starts": "2026-11-23T00:00:00Z", "ends": "2026-11-24T00:00:00Z"},
        {"person": "p-vol2", "starts": "2026-11-24T00:00:00Z", "ends": "2026-11-25T00:00:00Z"},
    ]
    assert await on_call(ctx, NIGHT) == ["p-vol"]


async def test_somebody_stands_in_and_it_is_taken_back(ctx: Reader) -> None:
    body = {"person": "p-vol2", "replaces": "p-vol", "starts": NIGHT, "ends": MORNING}
    number = (await ctx.post(f"{PATH}/overrides", json=body, headers=DESK)).json()["number"]
    assert await on_call(ctx, "2026-11-23T23:00:00+08:00") == ["p-vol2"]
    (change,) = (await ctx.get(PATH)).json()["changes"]
    assert (change["number"], change["recorded_by"]) == (number, "p-desk")
    assert (await ctx.delete(f"/api/v1/roster-changes/{number}", headers=DESK)).status_code == 200
    assert await on_call(ctx, "2026-11-23T23:00:00+08:00") == ["p-vol"]


async def test_two_take_each_others_days(ctx: Reader) -> None:
    first = {"person": "p-vol", "starts": "2026-11-23T13:00:00+08:00", "ends": "2026-11-23T15:00:00+08:00"}
    second = {"person": "p-vol2", "starts": "2026-11-24T13:00:00+08:00", "ends": "2026-11-24T15:00:00+08:00"}
    answer = await ctx.post(f"{PATH}/swaps", json={"one": first, "other": second}, headers=DESK)
    assert answer.status_code == 200, answer.text
    assert await on_call(ctx, "2026-11-23T14:00:00+08:00") == ["p-vol2"]
    assert await on_call(ctx, "2026-11-24T14:00:00+08:00") == ["p-vol"]


async def test_the_last_place_of_a_shift_goes_to_one(street: Street, ctx: Reader) -> None:
    body = {"starts": NIGHT, "ends": MORNING, "places": 1}
    shift = (await ctx.post(f"{PATH}/shifts", json=body, headers=DESK)).json()["shift_id"]
    place = f"/api/v1/shifts/{shift}/people"
    assert (await ctx.put(f"{place}/p-vol", headers=DESK)).json()["places_left"] == 0
    late = await ctx.put(f"{place}/p-vol2", headers=DESK)
    assert (late.status_code, late.json()["field"]) == (422, "shift_id")
    assert "all places of the shift are taken" in late.json()["problem"]
    await ctx.become(street, "vol")
    own = {"x-csrf-token": "csrf-of-vol"}
    assert (await ctx.delete(f"{place}/p-vol", headers=own)).status_code == 200
    (listed,) = (await ctx.get(PATH)).json()["shifts"]
    assert (listed["shift_id"], listed["people"]) == (shift, [])


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("/overrides", {"starts": NIGHT, "ends": MORNING}, "person", "name who comes in"),
        ("/overrides", {"person": "p-vol", "starts": MORNING, "ends": NIGHT}, "ends", "later than the beginning"),
        ("/overrides", {"person": "nobody", "starts": NIGHT, "ends": MORNING}, "person", "not known"),
        ("/shifts", {"starts": "2026-11-01T08:00:00+08:00", "ends": "2026-11-01T09:00:00+08:00"}, "ends", "over"),
    ],
)
async def test_a_refused_change_says_why(ctx: Reader, path: str, body: dict[str, Any], field: str, words: str) -> None:
    answer = await ctx.post(PATH + path, json=body, headers=DESK)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert words in answer.json()["problem"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"area": "qinhuai"}, "area", "of your desk"),
        (
            {"rotations": [{"starts": "2026-11-23", "at": "25:00", "every_days": 1, "turns": [["p-vol"]]}]},
            "rotations",
            "25:00",
        ),
        ({"rotations": [{**ROSTER["rotations"][0], "turns": [["p-other"]]}]}, "rotations", "take them out"),
        ({"rotations": [{**ROSTER["rotations"][0], "turns": [["p-gone"]]}]}, "rotations", "load the person first"),
    ],
)
async def test_a_roster_that_can_not_be_followed_is_refused(
    ctx: Reader, changes: dict[str, Any], field: str, words: str
) -> None:
    answer = await ctx.put(PATH, json={**ROSTER, **changes}, headers=DESK)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert words in answer.json()["problem"]
    assert await on_call(ctx, NIGHT) == ["p-vol"]


async def test_a_dry_run_writes_nothing(ctx: Reader) -> None:
    other = {**ROSTER, "rotations": [{**ROSTER["rotations"][0], "turns": [["p-vol2"]]}]}
    assert (await ctx.put(f"{PATH}?dry_run=true", json=other, headers=DESK)).json()["written"] is False
    assert await on_call(ctx, NIGHT) == ["p-vol"]


async def test_a_volunteer_changes_no_roster_but_may_say_that_they_can_not_come(street: Street, ctx: Reader) -> None:
    await ctx.become(street, "vol")
    own = {"x-csrf-token": "csrf-of-vol"}
    assert (await ctx.put(PATH, json=ROSTER, headers=own)).status_code == 403
    body = {"replaces": "p-vol", "starts": NIGHT, "ends": MORNING}
    assert (await ctx.post(f"{PATH}/overrides", json=body, headers=own)).status_code == 200
    given = {"person": "p-vol2", **body}
    assert (await ctx.post(f"{PATH}/overrides", json=given, headers=own)).status_code == 422
    assert await on_call(ctx, "2026-11-23T23:00:00+08:00") == []


async def test_the_checker_names_the_hole_before_it_comes(ctx: Reader) -> None:
    nights = {"days": ["every_day"], "from": "20:00", "to": "08:00"}
    only = {**ROSTER, "rotations": [{**ROSTER["rotations"][0], "windows": [nights]}]}
    assert (await ctx.put(PATH, json=only, headers=DESK)).status_code == 200
    found = (await ctx.get("/api/v1/roster-check", params={"days": 1})).json()["holes"]
    gaps = [(one["starts"], one["ends"], one["lack"]) for one in found if one["area_id"] == "yard-a"]
    noon = NOON.isoformat().replace("+00:00", "Z")
    end = (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert gaps == [
        (noon, "2026-11-23T12:00:00Z", "nobody_on_call"),
        ("2026-11-24T00:00:00Z", end, "nobody_on_call"),
    ]


async def test_a_rehearsal_says_who_would_be_asked_when(ctx: Reader) -> None:
    asked = {"home": "h-001", "severity": "critical", "at": NIGHT}
    answer = (await ctx.get("/api/v1/plan-rehearsal", params=asked)).json()
    first = answer["askings"][0]
    assert (first["people"], first["why"], first["at"]) == (["p-vol"], "on_call", "2026-11-23T12:00:00Z")
    assert answer["names"]["p-vol"] == "王桂芳"
    elsewhere = await ctx.get("/api/v1/plan-rehearsal", params={"home": "h-900"})
    assert (elsewhere.status_code, elsewhere.json()["field"]) == (422, "home")


async def test_an_announced_day_is_written_by_administrators(street: Street, ctx: Reader) -> None:
    body = {"kind": "workday", "name": "调休上班"}
    assert (await ctx.put("/api/v1/holidays/2026/2026-11-28", json=body, headers=DESK)).status_code == 403
    await ctx.become(street, "admin")
    proof = {"x-csrf-token": "csrf-of-admin"}
    assert (await ctx.put("/api/v1/holidays/2026/2026-11-28", json=body, headers=proof)).status_code == 200
    (day,) = (await ctx.get("/api/v1/holidays/2026")).json()["days"]
    assert day == {"day": "2026-11-28", "kind": "workday", "name": "调休上班", "official": True}
    wrong = await ctx.put("/api/v1/holidays/2027/2026-11-28", json=body, headers=proof)
    assert wrong.json()["field"] == "day"


async def test_another_districts_rosters_are_not_there(street: Street, ctx: Reader) -> None:
    await ctx.become(street, "other")
    assert (await ctx.get(PATH)).status_code == 404
    assert (await ctx.get("/api/v1/rosters")).json()["rosters"] == []
    assert (await ctx.get("/api/v1/on-call", params={"area": "yard-a"})).status_code == 404
    proof = {"x-csrf-token": "csrf-of-other"}
    assert (await ctx.put(PATH, json={**ROSTER, "area": "qinhuai"}, headers=proof)).json()["field"] == "roster_id"
