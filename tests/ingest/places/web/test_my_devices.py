"""The installer's phone: what is broken, a home ticked by its gateway and not by hand, and the sign-off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from ingest.store.base.tables import audit_log, gateways, homes
from ingest.store.duty.tables import responders
from ingest.store.ledger.tables import home_states
from ingest.store.tickets.tables import flags
from models.flag import FlagKind, Severity
from tests.ingest.kin import my_page
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def yard(street: Street) -> Street:
    """王桂芳 puts in meters; h-001 has a gateway that is heard."""
    beat = {
        "clock_trusted": True,
        "devices": [
            {"device": "w-1", "home": "h-001", "last_heard": (NOON - 5 * MINUTE).isoformat(), "answers": 9},
            {"device": "s-1", "home": "h-001", "last_heard": None, "failures": 3, "last_error": "no answer"},
        ],
        "homes": [{"home": "h-001", "blind": False}],
    }
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(responders).values(person_id="p-vol", kind="installer", skills=[]))
        row = {"gateway_id": "gw-a", "area_id": "yard-a", "last_heartbeat_at": NOON, "heartbeat_json": beat}
        await connection.execute(insert(gateways).values(**row, heartbeat_due_at=NOON + MINUTE))
        await connection.execute(update(homes).where(homes.c.home_id == "h-001").values(gateway_id="gw-a"))
    return street


async def live(street: Street) -> None:
    """Let a tap run and the detector's button be pressed."""
    state = {"home_id": "h-001", "gateway_id": "gw-a", "watch": "watched", "last_sign_at": NOON - MINUTE}
    flag = {
        "gateway_id": "gw-a", "flag_id": "f", "message_id": "m", "episode": "e", "number": 1, "home_id": "h-001",
        "kind": FlagKind.TEST.value, "severity": "info", "event": "raised", "at": NOON - MINUTE, "since": NOON,
        "score": 1.0, "reason": "test", "text_zh": "测试", "text_en": "test", "facts_json": {}, "received_at": NOON,
    }  # fmt: skip
    beat = {
        "devices": [{"device": one, "home": "h-001", "last_heard": NOON.isoformat()} for one in ("w-1", "s-1")],
        "homes": [{"home": "h-001", "blind": False}],
    }
    async with street.ctx.db.write() as connection:
        await connection.execute(insert(home_states).values(**state, sent_at=NOON, at=NOON))
        await connection.execute(insert(flags).values(flag))
        await connection.execute(update(gateways).values(heartbeat_json=beat))


async def test_a_home_is_ticked_by_what_its_gateway_tells_and_signed_off(yard: Street, reader: Reader) -> None:
    page = f"{my_page(yard, 'p-vol')}/devices/h-001"
    first = (await reader.get(page)).text
    assert first.count('<li class="yes"><span class="mark"') == 1, "only the gateway is heard"
    assert "no answer" in first
    assert "陈秀英" not in first, "an installer reads where, not who"
    await reader.press(page, "done", note="电表在楼道")
    said = (await reader.get(page)).text
    for word in ("当时还差", "每块表和探测器都有读数", "电表在楼道", "由王桂芳验收"):
        assert word in said, word
    assert "还差 4 项" in (await reader.get(f"{my_page(yard, 'p-vol')}/devices")).text
    await live(yard)
    assert (await reader.get(page)).text.count('<li class="yes"><span class="mark"') == 5
    await reader.press(page, "done")
    assert "11月23日 验收" in (await reader.get(f"{my_page(yard, 'p-vol')}/devices")).text
    async with yard.ctx.db.read() as connection:
        looked = select(audit_log.c.actor).where(audit_log.c.event == "looked", audit_log.c.subject == "h-001")
        assert list((await connection.execute(looked)).scalars()) == ["p-vol"]


async def test_what_is_broken_leads_to_its_ticket(yard: Street, reader: Reader) -> None:
    await yard.ticket(kind=FlagKind.DEVICE_SILENT, severity=Severity.MAINTENANCE, text_zh="水表三小时没有应答。")
    await yard.ticket("h-002")
    page = (await reader.get(f"{my_page(yard, 'p-vol')}/devices")).text
    assert "水表三小时没有应答。" in page
    assert page.count("去处理") == 1, "smoke is no repair"
    link = page.split('class="button" href="')[1].split('"')[0]
    assert (await reader.press(link, "take")).status_code == 303


async def test_others_see_no_devices_and_nobody_sees_those_of_elsewhere(yard: Street, reader: Reader) -> None:
    other = my_page(yard, "p-vol2")
    assert "/devices" not in (await reader.get(other)).text
    assert (await reader.get(f"{other}/devices")).status_code == 404
    assert (await reader.get(f"{other}/devices/h-001")).status_code == 404
    assert (await reader.get(f"{my_page(yard, 'p-vol')}/devices/h-003")).status_code == 404
    assert (await reader.post(f"{my_page(yard, 'p-vol')}/devices/h-001/done")).status_code == 403
