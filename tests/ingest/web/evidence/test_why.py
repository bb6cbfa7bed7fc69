"""Why: the days of a home as they were, what is not known as not known, and who answered what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from ingest.store.base.tables import gateways, homes
from ingest.store.duty.tables import rosters
from ingest.store.ledger.usage import HourRow
from ingest.store.notices.told import NoticeRow
from ingest.store.tickets.queries import HistoryRow
from ingest.web.evidence.actogram import CELL, LEFT, ROW, TOP, draw_actogram, first_instant
from ingest.web.evidence.why import told_of
from tests.ingest.reader import Reader
from tests.ingest.street import NOON, Street

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 4, 20, tzinfo=UTC)
"""12:20 in Shanghai."""


def local(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE).astimezone(UTC)


def hour_of(day: int, hour: int, water: float | None, power: float | None = 30.0, signs: int = 0) -> HourRow:
    return HourRow(local(day, hour), water, power, "full", signs)


def test_rows_are_local_days_and_the_last_one_is_today() -> None:
    acto = draw_actogram([], NOW, ZONE, days=3)
    assert [day.day for day in acto.days] == [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)]
    assert first_instant(NOW, ZONE, 3) == datetime(2026, 11, 21, tzinfo=ZONE)
    assert not acto.known


def test_a_cell_stands_at_its_day_and_hour_and_deepens_with_the_use() -> None:
    hours = [hour_of(22, 7, 12.0), hour_of(22, 8, 0.0), hour_of(23, 7, 55.0)]
    paths = dict(draw_actogram(hours, NOW, ZONE, days=2).paths)
    assert paths["water-3"].startswith(f"M{LEFT + 7 * CELL} {TOP}h")
    assert paths["water-4"].startswith(f"M{LEFT + 7 * CELL} {TOP + ROW}h")
    assert {"water-1", "water-2"} & paths.keys() == set(), "nothing used is no cell"


def test_hours_without_data_are_drawn_as_such_and_hours_to_come_are_not() -> None:
    paths = dict(draw_actogram([hour_of(23, 5, 1.0)], NOW, ZONE, days=1).paths)
    # 00 … 11 are over at 12:20, one of them is known
    assert paths["none"].count("M") == 11


def test_one_unknown_meter_leaves_the_other_half_of_the_cell() -> None:
    paths = dict(draw_actogram([hour_of(23, 11, None, 500.0)], NOW, ZONE, days=1).paths)
    assert paths["power-3"].count("M") == 1
    assert paths["none"].count("M") == 12


def test_the_usual_hours_are_those_of_most_days_with_data() -> None:
    hours = [hour_of(day, 7, 9.0, signs=2) for day in (18, 19, 20)] + [hour_of(day, 7, 0.0) for day in (21, 22)]
    hours += [hour_of(day, 9, 9.0, signs=1) for day in (18, 19)] + [hour_of(day, 9, 0.0) for day in (20, 21, 22)]
    assert draw_actogram(hours, NOW, ZONE, days=7).usual == (7,)


def test_two_days_are_too_few_for_a_habit() -> None:
    hours = [hour_of(day, 7, 9.0, signs=2) for day in (21, 22)]
    assert draw_actogram(hours, NOW, ZONE, days=7).usual == ()


def test_a_silence_over_midnight_is_outlined_on_both_days() -> None:
    acto = draw_actogram([], NOW, ZONE, since=local(22, 21), days=2)
    evening, morning = acto.silence.split("z")[:2]
    assert evening.startswith(f"M{float(LEFT + 21 * CELL)} ")
    assert f"h{float(3 * CELL)}v" in evening
    assert morning.startswith(f"M{float(LEFT)} ")
    assert f"h{round((12 + 20 / 60) * CELL, 1)}v" in morning


def test_the_table_says_sums_and_first_and_last_signs() -> None:
    hours = [hour_of(22, 6, 4.0, 100.0, signs=1), hour_of(22, 7, 6.0, 400.0), hour_of(22, 21, 1.0, 500.0, signs=3)]
    day = draw_actogram(hours, NOW, ZONE, days=2).days[0]
    assert (day.water_l, day.energy_kwh, day.unknown_hours) == (11.0, 1.0, 21)
    assert (day.first_sign, day.last_sign) == (local(22, 6), local(22, 21))


def notice(person: str, at: datetime, channel: str = "sms") -> NoticeRow:
    return NoticeRow("n", person, person.title(), "volunteer", "asked", channel, "delivered", 1, None, at, at)


def said(number: int, person: str, event: str, at: datetime) -> HistoryRow:
    return HistoryRow(number, at, person, person.title(), "volunteer", event, {})


def test_each_person_stands_once_with_the_first_answer_after_they_were_told() -> None:
    minute = timedelta(minutes=1)
    notices = [notice("ann", NOW), notice("ann", NOW + minute, "voice"), notice("bo", NOW)]
    history = [said(1, "ann", "take", NOW - minute), said(2, "ann", "call_declined", NOW + 2 * minute)]
    ann, bo = told_of(notices, history)
    assert ann.answer is not None
    assert (ann.name, ann.answer.event, [way.channel for way in ann.ways]) == ("Ann", "call_declined", ["sms", "voice"])
    assert (bo.name, bo.answer) == ("Bo", None)


@pytest.fixture
async def watched(street: Street) -> Street:
    """A gateway that tells of two devices of the first home, and a roster of its compound."""
    beat = {
        "devices": [
            {"device": "water-402", "home": "h-001", "last_heard": "2026-11-23T03:59:00Z", "failures": 2},
            {"device": "smoke-402", "home": "h-001", "last_heard": "2026-11-21T03:59:00Z", "last_error": "no answer"},
            {"device": "water-101", "home": "h-002", "last_heard": "not a time"},
        ]
    }
    turns = [{"starts": "2026-11-01", "at": "08:00", "every_days": 7, "turns": [["p-vol"]], "windows": []}]
    async with street.ctx.db.write() as connection:
        row = {"gateway_id": "gw-1", "area_id": "yard-a", "last_heartbeat_at": NOON, "heartbeat_json": beat}
        await connection.execute(insert(gateways).values(**row))
        await connection.execute(update(homes).where(homes.c.home_id == "h-001").values(gateway_id="gw-1"))
        roster = {"roster_id": "r-1", "area_id": "yard-a", "name": "志愿者", "timezone": "Asia/Shanghai"}
        await connection.execute(insert(rosters).values(**roster, rotations_json=turns))
    return street


async def test_the_ticket_shows_its_devices_and_who_is_on_call_around_it(watched: Street, reader: Reader) -> None:
    ticket = await watched.ticket()
    await watched.hour("h-001", NOON.replace(minute=0, second=0) - timedelta(hours=3), 12.0, 200.0, "full")
    await reader.become(watched, "night")
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert 'class="acto"' in page
    assert "water-402" in page
    assert "water-101" not in page
    assert page.count("smoke-402") == 1
    assert "no answer" in page
    assert page.index("On call now") < page.index("+8613900000001", page.index("On call now"))


async def test_a_home_without_any_usage_says_so(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "night")
    page = (await reader.get(f"/tickets/{ticket.ticket_id}")).text
    assert "No usage has come in yet." in page
    assert "The gateway has told of no device of this home yet." in page
