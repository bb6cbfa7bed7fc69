"""What managers look at: gateways and devices, holes in the rosters, tickets that are closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from ingest.store.base.tables import gateways
from ingest.store.tickets.tables import tickets
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Words are looked for in the database: both of them."""
    return str(request.param)


@pytest.fixture
async def fleet(street: Street) -> Street:
    """One gateway well, one late with a silent device and a blind home, one never heard of, one elsewhere."""
    beat = {
        "version": "0.1.0",
        "started_at": "2026-11-20T04:00:00Z",
        "outbox_waiting": 3,
        "outbox_oldest_s": 12.5,
        "clock_trusted": False,
        "troubles": ["disk nearly full"],
        "devices": [{"device": "water-1", "home": "h-003", "last_heard": "2026-11-20T04:00:00Z", "failures": 61}],
        "homes": [{"home": "h-003", "blind": True}, {"home": "h-004", "blind": False}],
    }
    well = {"version": "0.1.0", "clock_trusted": True, "devices": [], "homes": [{"home": "h-001", "blind": False}]}
    soon = NOON + timedelta(minutes=2)
    rows = [
        {"gateway_id": "gw-a", "area_id": "yard-a", "last_heartbeat_at": NOON, "due": soon, "beat": well},
        {"gateway_id": "gw-b", "area_id": "yard-b", "last_heartbeat_at": NOON, "due": NOON, "beat": beat},
        {"gateway_id": "gw-c", "area_id": "yard-b", "last_heartbeat_at": None, "due": None, "beat": None},
        {"gateway_id": "gw-z", "area_id": "qinhuai", "last_heartbeat_at": NOON, "due": soon, "beat": well},
    ]
    async with street.ctx.db.write() as connection:
        for row in rows:
            due, told = row.pop("due"), row.pop("beat")
            await connection.execute(insert(gateways).values(**row, heartbeat_due_at=due, heartbeat_json=told))
    street.clock.now = NOON + timedelta(minutes=1)
    return street


async def test_the_fleet_counts_what_is_late_silent_and_blind(fleet: Street, reader: Reader) -> None:
    await reader.become(fleet, "night")
    page = (await reader.get("/fleet")).text
    for figure in ("<b>3</b>gateways", '<b class="missed">2</b>not heard in time', '<b class="missed">1</b>silent'):
        assert figure in page, figure
    assert page.index("gw-b") < page.index("gw-a"), "trouble comes first"
    assert "gw-z" not in page


async def test_only_those_in_trouble_can_be_shown(fleet: Street, reader: Reader) -> None:
    await reader.become(fleet, "night")
    page = (await reader.get("/fleet?show=troubled")).text
    assert ("gw-a" in page, "gw-b" in page, "gw-c" in page) == (False, True, True)


async def test_one_gateway_shows_its_devices(fleet: Street, reader: Reader) -> None:
    await reader.become(fleet, "night")
    page = (await reader.get("/fleet/gw-b")).text
    for text in ("water-1", "disk nearly full", "clock not to be trusted", "3 d 0 h", 'href="/homes/h-003"'):
        assert text in page, text
    assert (await reader.get("/fleet/gw-z")).status_code == 404


async def test_a_place_with_nobody_is_named_as_a_hole(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    page = (await reader.get("/holes")).text
    # the community has homes below it, but nobody lives or works at it and it has no roster
    assert "Erbanqiao Community" in page
    assert "no roster and nobody at all" in page
    assert "Wutongli" not in page
    assert (await reader.get("/holes?days=0")).status_code == 422


@pytest.fixture
async def done(street: Street) -> Street:
    """Two closed tickets a week apart and a live one."""
    for home, outcome, note, days in (("h-001", "helped", "锅烧干了 50% off", 0), ("h-003", "away", "在女儿家", 7)):
        ticket = await street.ticket(home)
        closed = {"status": "closed", "closed_at": NOON - timedelta(days=days), "due_at": None, "due_kind": None}
        change = update(tickets).where(tickets.c.ticket_id == ticket.ticket_id)
        async with street.ctx.db.write() as connection:
            await connection.execute(change.values(**closed, outcome=outcome, note=note, resolved_by="p-vol"))
    await street.ticket("h-002")
    return street


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"h-001", "h-003"}),
        ({"q": "女儿"}, {"h-003"}),
        ({"q": "wutongli 402"}, {"h-001"}),
        ({"q": "王桂芳"}, {"h-001", "h-003"}),
        ({"q": "50%"}, {"h-001"}),
        ({"q": "5_%"}, set()),
        ({"outcome": "away"}, {"h-003"}),
        ({"kind": "leak"}, set()),
        ({"from": "2026-11-23"}, {"h-001"}),
        ({"to": "2026-11-22"}, {"h-003"}),
        ({"page": "2"}, set()),
    ],
)
async def test_closed_tickets_are_found(done: Street, reader: Reader, query: dict[str, str], found: set[str]) -> None:
    await reader.become(done, "night")
    page = (await reader.get("/closed", params=query)).text
    labels = {"h-001": "陈秀英", "h-002": "孙德才", "h-003": "何玉兰"}
    assert {home for home, name in labels.items() if name in page} == found


async def test_a_day_that_is_none_is_said(done: Street, reader: Reader) -> None:
    await reader.become(done, "night")
    assert "Write days like 2026-11-01." in (await reader.get("/closed?from=gestern")).text


async def test_pages_come_compressed_and_streams_do_not(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    assert (await reader.get("/handover", headers={"accept-encoding": "gzip"})).headers["content-encoding"] == "gzip"
