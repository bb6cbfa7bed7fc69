"""Every door that reads, tried with the names of another district: nothing of its people and homes comes out."""

from __future__ import annotations

from datetime import timedelta

from fastapi.routing import APIRoute
from sqlalchemy import insert

from ingest.actions.ledger.record_absence import record_absence
from ingest.actions.ledger.suppress import silence_home
from ingest.domain.base.people import Actor, Role
from ingest.domain.ledger.absence import Told, Way
from ingest.store.base.tables import gateways
from ingest.store.notices.tables import contact_faults
from ingest.web.base.pages import PageTable
from ingest.website import PARTS
from models.flag import FlagKind
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

DESK = Actor("p-desk", Role.DISPATCHER, "/gulou/")
WORDS = (
    "陈秀英",
    "3 幢 2 单元 402",
    "王桂芳",
    "+8613900000001",
    "+862586001001",
    "Wutongli",
    "二板桥",
    "gw-g",
    "daughter",
)
"""What only Gulou may read."""
STREAMS = {"/live"}
"""Never end; they carry a number and no word."""
ASKED = {
    "area": "gulou", "home": "h-001", "q": "陈", "by": "ticket", "status": "open", "show": "all", "days": "30",
    "severity": "critical", "at": "2026-11-23T03:00:00+08:00", "level": "compound", "month": "2026-11", "only": "all",
    "since": "2026-11-23T00:00:00+08:00", "until": "2026-11-24T00:00:00+08:00", "file": "places.xlsx",
}  # fmt: skip


async def _fill(street: Street) -> str:
    ticket = await street.ticket()
    until = NOON + timedelta(hours=5)
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(gateways).values(gateway_id="gw-g", area_id="yard-a", key_generation=1))
        fault = {"person_id": "p-vol", "channel": "sms", "address": "+8613900000001", "reason": "no such number"}
        times = {"times": 1, "first_at": NOON, "last_at": NOON}
        await connection.execute(insert(contact_faults).values(**fault, **times))
    told = Told(NOON, until, "daughter", Way.PHONE)
    await record_absence(street.ctx, "h-001", told, DESK, NOON)
    await silence_home(street.ctx, "h-001", {FlagKind.LEAK}, "daughter mends it", until=until, actor=DESK, now=NOON)
    return ticket.ticket_id


async def _leaks(reader: Reader, ticket_id: str) -> dict[str, set[str]]:
    """Ask at every door; return by path which of the words came out. No door may break."""
    names = {
        "ticket_id": ticket_id, "home_id": "h-001", "gateway_id": "gw-g", "photo_id": "x", "token": "x", "year": "2026",
        "table": "places", "sheet": "homes", "entry_id": "h-001", "roster_id": "r", "visit_id": "v",
    }  # fmt: skip
    routes = [route for router in PageTable(PARTS).routers for route in router.routes if isinstance(route, APIRoute)]
    found: dict[str, set[str]] = {}
    for route in (one for one in routes if "GET" in (one.methods or ()) and one.path not in STREAMS):
        asked = {one.name: ASKED[one.name] for one in route.dependant.query_params if one.name in ASKED}
        answer = await reader.get(route.path.format(**names), params=asked)
        assert answer.status_code < 500, (route.path, answer.status_code)
        words = {word for word in (*WORDS, ticket_id) if word in answer.text}
        if words - {word for word in (ticket_id,) if answer.status_code == 404}:
            found[route.path] = words
    return found


async def test_a_desk_of_another_district_reads_nothing_at_any_door(street: Street, reader: Reader) -> None:
    ticket_id = await _fill(street)
    await reader.become(street, "other")
    assert await _leaks(reader, ticket_id) == {}
    # the same walk by whom it is meant for comes out full: it can fail
    await reader.become(street, "desk")
    open_doors = await _leaks(reader, ticket_id)
    assert len(open_doors) > 15, sorted(open_doors)
    assert set().union(*open_doors.values()) == {*WORDS, ticket_id}
