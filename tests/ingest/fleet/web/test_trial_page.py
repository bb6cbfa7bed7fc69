"""A rule is tried before it goes live: the page compares, an administrator decides, gateways hear, and it goes back."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from ingest.fleet.actions.send_gateway_messages import SETTINGS
from ingest.fleet.store.tables import line_moves, settings_mail
from ingest.store.base.tables import gateways, homes
from ingest.store.ledger.tables import usage_hours
from models.wire.messages import SettingsChanged
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

DAYS = 50


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """What it rests on is read from both databases."""
    return str(request.param)


@pytest.fixture
async def weeks(street: Street) -> Street:
    """Three homes with fifty days of hours, at one gateway."""
    chance = random.Random(7)
    rows = []
    for home in ("h-001", "h-002", "h-003"):
        for number in range(DAYS * 24):
            start = NOON.replace(minute=0, second=0) - timedelta(hours=number + 1)
            up = 7 <= (start.hour + 8) % 24 <= 21 and chance.random() < 0.7
            row = {"home_id": home, "start": start, "water_l": 5.0, "energy_wh": 60.0, "quality": "full"}
            rows.append({**row, "signs": int(up), "boot_id": "b", "seq": number, "sent_at": start})
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(gateways).values(gateway_id="gw-a", area_id="yard-a"))
        await connection.execute(update(homes).where(homes.c.home_id == "h-001").values(gateway_id="gw-a"))
        for first in range(0, len(rows), 400):
            await connection.execute(insert(usage_hours), rows[first : first + 400])
    return street


async def scale_of(street: Street) -> list[float]:
    async with street.ctx.db.read() as connection:
        query = select(line_moves.c.after).where(line_moves.c.home_id == "h-001").order_by(line_moves.c.id)
        return list((await connection.execute(query)).scalars())


async def test_a_line_is_tried_let_live_and_taken_back(weeks: Street, reader: Reader) -> None:
    await reader.become(weeks, "admin")
    page = await reader.get("/trial?factor=0.85")
    assert page.status_code == 200
    assert "3 户，近 60 天，共 3600 个小时有数据" in page.text
    assert "调早（低 15%）" in page.text
    assert await scale_of(weeks) == [], "looking changes nothing"
    assert (await reader.send_form(page, "live")).status_code == 303
    assert await scale_of(weeks) == [0.85]
    async with weeks.ctx.db.read() as connection:
        due = select(settings_mail.c.due_at).where(settings_mail.c.gateway_id == "gw-a")
        assert (await connection.execute(due)).scalar_one() == NOON
        told = await SETTINGS.content(connection, "gw-a", NOON)
    assert isinstance(told, SettingsChanged)
    assert [(one.home, one.line_scale) for one in told.homes] == [("h-001", 0.85)]
    # a second one stays within the bounds, and only the newest is taken back
    assert "4 户" in (await reader.get("/trial")).text
    weeks.clock.now = NOON + timedelta(minutes=1)
    assert (await reader.press("/trial?factor=1.1", "live")).status_code == 303
    weeks.clock.now = NOON + timedelta(minutes=2)
    assert (await reader.press("/trial", "back")).status_code == 303
    assert await scale_of(weeks) == [0.85, 0.935, 0.85]
    assert 'id="do-back"' not in (await reader.get("/trial")).text


async def test_too_little_to_go_by_is_said(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    assert "0 homes are too few" in (await reader.get("/trial")).text


async def test_only_an_administrator_lets_it_live(weeks: Street, reader: Reader) -> None:
    await reader.become(weeks, "night")
    page = (await reader.get("/trial?factor=1.25&budget=0.3")).text
    assert "Later (25 % higher)" in page
    assert 'id="do-live"' not in page
    data = {"csrf": "csrf-of-night", "factor": "1.25"}
    assert (await reader.post("/trial/live", data=data)).status_code == 404
    assert await scale_of(weeks) == []


async def test_others_do_not_see_it(street: Street, reader: Reader) -> None:
    await reader.become(street, "social")
    assert (await reader.get("/trial")).status_code == 404
