"""The wall board in a real browser: the daily test alarms' line, readable from across the room, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert, update

from ingest.fleet.store.tables import canaries
from ingest.store.base.tables import gateways
from tests.browser.conftest import Desk, Server, log_in
from tests.ingest.street import Street

WORDS = {
    "en-US": ("slowest 9.4 s · to here 1.2 s · to the vendor 0.8 s · to the phone 7.4 s", "the vendor does not report"),
    "zh-CN": ("最慢 9.4 秒 · 到平台 1.2 秒 · 到服务商 0.8 秒 · 到手机 7.4 秒", "服务商不报告送达"),
}
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


async def sing(street: Street) -> None:
    """Two gateways that sing: one's canary was at the phone, the other's is missing."""
    now = street.clock()
    arrived = now - timedelta(hours=1)
    sent = arrived + timedelta(seconds=0.8)
    row: dict[str, Any] = {
        "gateway_id": "gw-a",
        "canary_id": "c-1",
        "sensed_at": arrived,
        "arrived_at": arrived,
        "waited_s": 1.2,
        "status": "delivered",
        "sent_at": sent,
        "delivered_at": sent + timedelta(seconds=7.4),
        "ends": "phone",
    }
    async with street.ctx.db.write() as connection:
        for name, area in (("gw-a", "yard-a"), ("gw-b", "yard-b")):
            await connection.execute(insert(gateways).values(gateway_id=name, area_id=area, canary_since=arrived))
        await connection.execute(insert(canaries).values(row))


async def never_reports(street: Street) -> None:
    async with street.ctx.db.write() as connection:
        await connection.execute(update(canaries).values(ends="vendor"))


@pytest.mark.parametrize("locale", WORDS)
def test_the_wall_shows_each_stage_of_the_daily_test_alarm(
    server: Server, open_page: Callable[..., Desk], locale: str
) -> None:
    server.do(sing(server.street))
    server.do(server.street.ticket("h-003"))
    desk = open_page(1920, 1080, locale)
    page = desk.page
    log_in(page, "desk" if locale == "zh-CN" else "night")
    page.goto("/wall")
    line = page.locator(".counts .canary")
    stages, unreported = WORDS[locale]
    expect(line.locator("b")).to_have_text("1/2")
    expect(line.locator(".stages")).to_have_text(stages)
    assert page.evaluate(TOO_WIDE) <= 0
    server.do(never_reports(server.street))
    page.reload()
    expect(line).to_contain_text(unreported)
    assert desk.complaints == []
