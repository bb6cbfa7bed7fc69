"""The plan: every area has a cell of its own within the one around it, and each home one sign that says the worst."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from ingest.domain.tickets.ticket import Event
from ingest.places.web.map_shapes import HEIGHT, WIDTH, cells, centre, outline, size, spread
from ingest.store.base.tables import gateways, stations
from ingest.store.ledger.tables import home_states
from models.flag import FlagKind, Severity
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

SEVENTEEN = tuple(f"street-{number}" for number in range(17))


def test_the_centre_and_size_of_a_square_are_what_they_are() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
    assert centre(square) == pytest.approx((2, 2))
    assert size(square) == 16


def test_cells_share_the_whole_and_none_is_tiny() -> None:
    whole = outline()
    found = cells(SEVENTEEN, whole)
    sizes = [size(cell) for cell in found.values()]
    assert sum(sizes) == pytest.approx(size(whole), rel=1e-6)
    assert min(sizes) > size(whole) / 17 / 3
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for cell in found.values() for x, y in cell)


def test_the_plan_is_the_same_every_time() -> None:
    before = dict(cells(SEVENTEEN, outline()))
    cells.cache_clear()
    assert dict(cells(SEVENTEEN, outline())) == before


def test_one_area_alone_is_the_whole() -> None:
    assert size(cells(("one",), outline())["one"]) == pytest.approx(size(outline()))


def test_places_of_homes_do_not_lie_on_each_other() -> None:
    places = spread(30, outline())
    gaps = [abs(a[0] - b[0]) + abs(a[1] - b[1]) for i, a in enumerate(places) for b in places[:i]]
    assert min(gaps) > 14, "a sign is 14 wide"
    assert spread(1, outline()) == [pytest.approx(centre(outline()))]


@pytest.fixture
async def told(street: Street) -> Street:
    """One home well, one not seen today, the others never told of; a station in one community."""
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(gateways).values(gateway_id="gw-1", area_id="yard-a"))
        row = {"station_id": "st", "area_id": "erban", "name_zh": "站", "name_en": "Station"}
        await connection.execute(insert(stations).values(**row))
        for home, hours, by in (("h-001", 1, 5), ("h-002", 20, 11)):
            row = {"home_id": home, "gateway_id": "gw-1", "watch": "watched", "sent_at": NOON, "at": NOON}
            row |= {"last_sign_at": NOON - timedelta(hours=hours), "noticed_by": NOON + timedelta(hours=by)}
            await connection.execute(insert(home_states).values(**row))
    return street


def drawn(page: str, name: str) -> int:
    """Count the signs of a kind on the plan (not in its key)."""
    return page.split('<ul class="legend">', maxsplit=1)[0].count(f'<circle class="{name}"')


async def test_each_home_has_one_sign_and_a_ticket_goes_before_all(told: Street, reader: Reader) -> None:
    await told.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    await reader.become(told, "night")
    page = (await reader.get("/map")).text
    signs = {name: drawn(page, name) for name in ("well", "not_seen", "blind", "alarm", "under_way")}
    assert signs == {"well": 1, "not_seen": 1, "blind": 1, "alarm": 1, "under_way": 0}


async def test_somebody_on_the_way_is_on_the_plan_and_in_the_list(told: Street, reader: Reader) -> None:
    ticket = await told.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    await reader.become(told, "night")
    await reader.press(f"/tickets/{ticket.ticket_id}", Event.TAKE, person_id="p-vol")
    page = (await reader.get("/map/live")).text
    assert drawn(page, "under_way") == 1
    assert "王桂芳: Taken" in page
    assert f'href="/tickets/{ticket.ticket_id}"' in page


async def test_budgets_are_told_apart(told: Street, reader: Reader) -> None:
    await reader.become(told, "night")
    page = (await reader.get("/map?by=budget")).text
    assert {name: drawn(page, name) for name in ("hours", "half_day", "day", "unknown")} == {
        "hours": 1,
        "half_day": 1,
        "day": 0,
        "unknown": 2,
    }


async def test_a_smaller_area_can_be_opened_and_a_foreign_one_not(told: Street, reader: Reader) -> None:
    await reader.become(told, "night")
    page = (await reader.get("/map?area=erban")).text
    assert "Wutongli Compound" in page
    assert (await reader.get("/map?area=qinhuai")).status_code == 404
    assert (await reader.get("/map?area=nowhere")).status_code == 404


async def test_what_needs_somebody_is_named_beside_the_plan_with_who_has_it(told: Street, reader: Reader) -> None:
    taken = await told.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    await told.ticket("h-001")
    await reader.become(told, "night")
    await reader.press(f"/tickets/{taken.ticket_id}", Event.TAKE, person_id="p-vol")
    beside = (await reader.get("/map")).text.split('class="needs"')[1].split("</ul>", maxsplit=1)[0]
    assert beside.index("Smoke alarm") < beside.index("No sign of activity")
    assert "Nobody has it yet" in beside
    assert "Taken: 王桂芳" in beside


async def test_an_area_with_an_alarm_and_one_with_somebody_on_the_way_are_tinted(told: Street, reader: Reader) -> None:
    await told.ticket("h-003", FlagKind.INACTIVITY, Severity.URGENT)
    taken = await told.ticket("h-001")
    await reader.become(told, "night")
    await reader.press(f"/tickets/{taken.ticket_id}", Event.TAKE, person_id="p-vol")
    page = (await reader.get("/map?area=erban")).text
    assert (page.count("cell in-alarm"), page.count("cell in-hand")) == (1, 1)
    assert "in-alarm" not in (await reader.get("/map?area=erban&by=budget")).text
