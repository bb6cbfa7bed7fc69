"""The morning: who has shown themselves, who has not, who is out of sight; and numbers shown only with a trace."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from ingest.store.base.tables import audit_log, contacts, gateways, people
from ingest.store.ledger.tables import away, home_states
from ingest.web.ledger.morning import day_began
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

ZONE = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""Eight in the morning in Shanghai."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Much is read: both databases."""
    return str(request.param)


@pytest.mark.parametrize(
    ("hour", "minute", "began"),
    [(4, 0, 23), (3, 59, 22), (8, 0, 23), (23, 59, 23)],
)
def test_the_day_begins_at_four_by_the_wall(hour: int, minute: int, began: int) -> None:
    now = datetime(2026, 11, 23, hour, minute, tzinfo=ZONE)
    assert day_began(now.astimezone(UTC), ZONE) == datetime(2026, 11, began, 4, tzinfo=ZONE)


@pytest.fixture
async def homes_at_eight(street: Street) -> Street:
    """One is up, one not yet, one blind, one (never told of) unknown; the other district has its own."""
    street.clock.now = EIGHT
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(gateways).values(gateway_id="gw-1", area_id="yard-a"))
        for home, watch, sign, by in (
            ("h-001", "watched", EIGHT - timedelta(hours=1), None),
            ("h-002", "watched", EIGHT - timedelta(hours=10), EIGHT + timedelta(hours=3)),
            ("h-003", "blind", EIGHT - timedelta(hours=30), None),
            ("h-900", "watched", EIGHT - timedelta(hours=10), None),
        ):
            row = {"home_id": home, "gateway_id": "gw-1", "watch": watch, "last_sign_at": sign, "noticed_by": by}
            await connection.execute(insert(home_states).values(**row, sent_at=EIGHT, at=EIGHT))
    return street


def part(page: str, name: str) -> str:
    return page.split(f'id="list-{name}"')[1].split("</section>", maxsplit=1)[0]


async def test_homes_stand_where_they_belong(homes_at_eight: Street, reader: Reader) -> None:
    await reader.become(homes_at_eight, "night")
    page = (await reader.get("/morning")).text
    assert "<b>1</b> of 4 homes have shown themselves today" in page
    assert "孙德才" in part(page, "not_seen")
    assert "trouble would be noticed by 11:00" in part(page, "not_seen")
    for name in ("何玉兰", "马国强"):
        assert name in part(page, "blind"), name
    for name in ("陈秀英", "外区住户"):
        assert name not in page, name


async def test_a_state_that_has_grown_old_is_no_sight(homes_at_eight: Street, reader: Reader) -> None:
    homes_at_eight.clock.now = EIGHT + timedelta(minutes=31)
    await reader.become(homes_at_eight, "night")
    assert "孙德才" in part((await reader.get("/morning/live")).text, "blind")


async def test_an_overdue_return_stands_apart_from_an_absence(homes_at_eight: Street, reader: Reader) -> None:
    async with homes_at_eight.ctx.db.write() as connection:
        for home, until, overdue in (
            ("h-002", EIGHT - timedelta(hours=3), EIGHT - timedelta(hours=1)),
            ("h-003", EIGHT + timedelta(days=1), None),
        ):
            row = {"entry_id": f"a-{home}", "home_id": home, "since": EIGHT - timedelta(days=2), "until": until}
            row |= {"said_by": "女儿", "recorded_at": EIGHT, "overdue_at": overdue}
            await connection.execute(insert(away).values(**row))
    await reader.become(homes_at_eight, "night")
    page = (await reader.get("/morning")).text
    assert "should be back at 05:00" in part(page, "overdue")
    assert "Away: 1 homes" in page
    assert "何玉兰" not in part(page, "blind")


async def test_a_home_that_was_reached_leaves_the_list(homes_at_eight: Street, reader: Reader) -> None:
    await reader.become(homes_at_eight, "desk")
    answer = await reader.post("/morning/seen", data={"csrf": "csrf-of-desk", "home_id": "h-002"})
    assert answer.status_code == 303
    assert "孙德才" not in (await reader.get("/morning")).text


async def test_the_board_can_be_narrowed_to_one_community_but_not_widened(
    homes_at_eight: Street, reader: Reader
) -> None:
    await reader.become(homes_at_eight, "social")
    assert "孙德才" in (await reader.get("/morning", params={"area": "erban"})).text
    wide = (await reader.get("/morning", params={"area": "qinhuai"})).text
    assert "外区住户" not in wide


async def test_a_number_is_shown_on_request_and_leaves_a_trace(street: Street, reader: Reader) -> None:
    async with street.ctx.db.write() as connection:
        row = {
            "person_id": "k-1",
            "name": "陈小红",
            "role": "volunteer",
            "area_id": "yard-a",
            "phone": "+8613900000077",
        }
        await connection.execute(insert(people).values(**row, language="zh", active=False))
        row = {"person_id": "k-1", "home_id": "h-001", "position": 0, "relation": "女儿", "holds_key": True}
        await connection.execute(insert(contacts).values(**row))
    await reader.become(street, "night")
    page = (await reader.get("/homes/h-001")).text
    assert "+862586001001" not in page
    answer = await reader.post(
        "/homes/h-001/phone", data={"csrf": "csrf-of-night"}, headers={"accept": "text/fragment"}
    )
    assert 'href="tel:+862586001001"' in answer.text
    assert "女儿 · has a key +8613900000077" in answer.text
    assert "<html" not in answer.text
    async with street.ctx.db.read() as connection:
        rows = (await connection.execute(select(audit_log).where(audit_log.c.event == "phone_shown"))).all()
    assert [(row.actor, row.subject, row.detail_json) for row in rows] == [("p-night", "h-001", {})]


async def test_a_browser_without_scripts_gets_the_numbers_as_a_page(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    answer = await reader.post("/homes/h-004/phone", data={"csrf": "csrf-of-night"})
    assert "<html" in answer.text
    assert "No number is registered." in answer.text


@pytest.mark.parametrize(
    ("login", "path"), [("vol", "/morning"), ("vol", "/homes/h-001"), ("other", "/homes/h-001"), ("night", "/homes/no")]
)
async def test_who_does_not_answer_for_a_home_sees_nothing_of_it(
    street: Street, reader: Reader, login: str, path: str
) -> None:
    await reader.become(street, login)
    assert (await reader.get(path)).status_code == 404


async def test_numbers_of_another_district_are_not_shown(street: Street, reader: Reader) -> None:
    await reader.become(street, "other")
    answer = await reader.post("/homes/h-001/phone", data={"csrf": "csrf-of-other"})
    assert (answer.status_code, "+8625" in answer.text) == (404, False)


async def test_a_home_s_page_shows_its_tickets_and_opens_a_new_one(street: Street, reader: Reader) -> None:
    ticket = await street.ticket(now=NOON)
    await reader.become(street, "night")
    page = (await reader.get("/homes/h-001")).text
    assert f"/tickets/{ticket.ticket_id}" in page
    form = (await reader.get("/tickets/new?home=h-001")).text
    assert '<option value="h-001" selected>' in form


async def test_the_bar_shows_every_home_once(homes_at_eight: Street, reader: Reader) -> None:
    await reader.become(homes_at_eight, "night")
    bar = (await reader.get("/morning")).text.split('class="dawn-bar"')[1].split("</svg>", maxsplit=1)[0]
    assert re.findall(r'class="(\w+)" x="([\d.]+)" width="([\d.]+)"', bar) == [
        ("well", "0.0", "250.0"),
        ("not_seen", "250.0", "250.0"),
        ("blind", "500.0", "500.0"),
    ]
