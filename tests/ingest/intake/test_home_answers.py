"""A resident or a contact answers by a digit, and text messages come back: from known, unknown and late numbers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from fastapi import FastAPI

import ingest
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.check_in import look_after_visitors
from ingest.channels.registry import build_callbacks, build_channels
from ingest.domain.tickets.ticket import Cause, Event, EventDetail, Outcome
from ingest.intake.vendor_http import vendor_router
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import ChannelEntry, ContactEntry, PlaceFile, PlanEntry, ResidentEntry
from ingest.store.base.tables import audit_log
from ingest.store.ledger.tables import seen_well
from ingest.store.notices.contact_faults import faults_in
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import tickets
from models.flag import FlagKind, Severity
from simulators.vendors.server import Vendor
from tests.ingest.town import NOON, Town

OLD, SON = "+8613700000000", "+8613700000001"
SILENT = {"kind": FlagKind.INACTIVITY, "severity": Severity.URGENT}
HOUR = timedelta(hours=1)
NOT_UNDERSTOOD = "Not understood: please answer with 1 or 2 alone."
NOTHING_ASKED = "这个号码没有待回复的通知。紧急情况请拨打120或119。"


class House:
    """A home whose resident and son are called first, over a vendor that passes digits and text messages on."""

    def __init__(self, town: Town, vendor: Vendor, folder: Path) -> None:
        self.town, self.vendor, self.now = town, vendor, NOON
        (folder / "s").write_text("s3cret")
        callback = {"secret_file": "s", "signed": False, "wrong_codes": ["empty_number"]}
        replies = {**callback, "sender_field": "mobile", "digit_field": "text"}
        table: dict[str, Any] = {
            "voice": {"kind": "voice_http", "url": f"{vendor.url}/voice/call", "callback": callback},
            "sms": {"kind": "sms_http", "url": f"{vendor.url}/sms/send", "callback": replies},
        }
        self.channels = build_channels(table, folder)
        app = FastAPI()
        doors = build_callbacks(table, folder)
        app.include_router(vendor_router(doors, town.ctx, lambda: self.now, lambda: None))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://door")

    async def call(self, now: datetime = NOON, **changes: Any) -> str:
        self.now = now
        ticket_id = await self.town.raise_flag(now=now, **{**SILENT, **changes})
        await deliver(self.town.ctx, self.channels, now)
        return ticket_id

    async def press(self, person: str, digit: str) -> dict[str, Any]:
        """Press a digit in the newest call."""
        rows = await self.town.rows(notices, person_id=person, channel="voice")
        key = max(rows, key=lambda row: row["created_at"])["idem_key"]
        return await self.post("voice", {"key": key, "digit": digit})

    async def post(self, vendor: str, said: Any, status: int = 200) -> dict[str, Any]:
        answer = await self.client.post(f"/api/v1/vendor/{vendor}/reply?token=s3cret", content=json.dumps(said))
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def texts(self, number: str) -> list[str]:
        return [message.text for message in self.vendor.messages() if message.to == number]


@pytest.fixture
async def house(town: Town, tmp_path: Path) -> AsyncIterator[House]:
    home = [("old", OLD), ("son", SON)]
    ways = {name: [ChannelEntry(kind="voice", address=number)] for name, number in home}
    steps: list[dict[str, object]] = [
        {"to": "resident", "answer_s": 120},
        {"to": "contacts", "answer_s": 120},
        {"level": "compound", "to": "volunteers", "answer_s": 60},
        {"level": "district", "to": "dispatchers", "answer_s": 300},
    ]
    places = PlaceFile(
        residents=[ResidentEntry(id="old", home="h-1", name="陈奶奶", channels=ways["old"])],
        contacts=[ContactEntry(id="son", home="h-1", name="陈先生", channels=ways["son"])],
        plans=[PlanEntry(id="home-first", area="c1", severities=[Severity.URGENT], steps=steps)],
    )
    await load_places(town.ctx, places)
    with Vendor() as vendor:
        built = House(town, vendor, tmp_path)
        yield built
        await built.client.aclose()


async def test_one_from_the_resident_is_believed_where_only_a_sign_of_life_was_missed(house: House) -> None:
    ticket_id = await house.call()
    assert house.texts(OLD)[0].endswith("平安请按1,需要帮助请按2。")
    answer = await house.press("old", "1")
    assert (answer["result"], answer["say"]) == ("well", "好的,已记录平安。祝您安康!")
    ticket = await house.town.ticket(ticket_id)
    assert (ticket["status"], ticket["outcome"], ticket["due_kind"]) == ("resolved", "unknown", "review_by")
    assert await house.town.history(ticket_id) == ["opened", "seen_well", "resolve"]
    (seen,) = await house.town.rows(seen_well)
    assert (seen["home_id"], seen["way"], seen["recorded_by"], seen["at"]) == ("h-1", "phone", "old", NOON)
    assert (await house.press("old", "1"))["again"]
    assert len(await house.town.rows(seen_well)) == 1


async def test_one_about_smoke_is_written_down_and_people_go_on_looking(house: House) -> None:
    # the built-in step for somebody at home is in the urgent plan only: here they were called before
    ticket_id = await house.call()
    async with house.town.ctx.db.write() as connection:
        await connection.execute(tickets.update().values(kind="smoke", severity="critical"))
    before = await house.town.ticket(ticket_id)
    answer = await house.press("old", "1")
    after = await house.town.ticket(ticket_id)
    assert (answer["result"], answer["say"]) == ("well_noted", "已记录平安。为稳妥起见,我们仍会派人查看。")
    assert (after["status"], after["due_at"]) == ("open", before["due_at"])


async def test_one_from_a_contact_calms_nothing_and_stops_nobody(house: House) -> None:
    ticket_id = await house.call()
    async with house.town.ctx.db.write() as connection:
        await connection.execute(notices.update().values(person_id="son"))
    answer = await house.press("son", "1")
    assert answer["result"] == "well_noted"
    assert (await house.town.ticket(ticket_id))["status"] == "open"
    assert await house.town.rows(seen_well) == []
    assert await house.town.history(ticket_id) == ["opened", "seen_well"]


async def test_two_makes_it_critical_and_calls_people_at_once(house: House) -> None:
    ticket_id = await house.call()
    answer = await house.press("old", "2")
    assert (answer["result"], answer["say"]) == ("help", "已通知附近的人马上前往。危急时请拨打120或119。")
    ticket = await house.town.ticket(ticket_id)
    assert (ticket["severity"], ticket["status"]) == ("critical", "open")
    assert ticket["text_zh"].startswith("住户按键求助，请马上前往。")
    assert ticket["due_at"] <= NOON + timedelta(seconds=60), "the critical plan of the town: volunteers, 60 s"
    assert {"vera", "viktor"} <= await house.town.told(ticket_id)


async def test_two_after_the_end_opens_a_ticket_of_its_own_once(house: House) -> None:
    ticket_id = await house.call()
    detail = EventDetail(outcome=Outcome.HABIT, cause=Cause.HABIT)
    await act_on_ticket(house.town.ctx, ticket_id, Event.RESOLVE, house.town.actor("dong"), NOON, detail=detail)
    house.now = NOON + 30 * HOUR
    assert (await house.press("old", "1"))["result"] == "too_late"
    assert (await house.press("old", "2"))["result"] == "help"
    (fresh,) = await house.town.rows(tickets, kind="by_hand")
    assert (fresh["severity"], fresh["home_id"], fresh["status"]) == ("critical", "h-1", "open")
    assert "vera" in await house.town.told(fresh["ticket_id"])
    await house.press("old", "2")
    assert len(await house.town.rows(tickets)) == 2


@pytest.mark.parametrize("number", ["+8613800000000", "13800000000"])
@pytest.mark.parametrize("text", ["1", " 1。", "１", "1 马上到"])
async def test_a_text_message_is_an_answer_to_what_its_number_was_asked(house: House, number: str, text: str) -> None:
    ticket_id = await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    (asked,) = house.texts("+8613800000000")
    assert asked.endswith("Reply 1 if you can go, 2 if you can't.")
    answer = await house.post("sms", {"mobile": number, "text": text, "id": "mo-1"})
    assert (answer["result"], answer["say"]) == ("goes", "Thank you, please go.")
    assert (await house.town.ticket(ticket_id))["taken_by"] == "vera"
    (row,) = await house.town.rows(notices, person_id="vera")
    assert row["status"] == "delivered"


async def test_the_same_answer_counts_for_each_question_once(house: House) -> None:
    said = {"mobile": "13800000000", "text": "1"}
    first = await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    assert (await house.post("sms", said))["result"] == "goes"
    assert (await house.post("sms", said))["again"]
    detail = EventDetail(outcome=Outcome.HELPED, cause=Cause.COOKING)
    await act_on_ticket(house.town.ctx, first, Event.RESOLVE, house.town.actor("vera"), NOON, detail=detail)
    second = await house.call(NOON + HOUR, kind=FlagKind.SMOKE, severity=Severity.CRITICAL, episode="e-2", home="h-2")
    assert (await house.post("sms", said))["result"] == "goes"
    assert (await house.town.ticket(second))["taken_by"] == "vera"


async def test_who_was_asked_about_several_is_not_guessed_at(house: House) -> None:
    for number in (1, 2):
        await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL, episode=f"e-{number}", home=f"h-{number}")
    answer = await house.post("sms", {"mobile": "13800000000", "text": "1"})
    assert (answer["result"], answer["say"][:14]) == ("several", "Several things")
    assert {row["status"] for row in await house.town.rows(tickets)} == {"open"}


@pytest.mark.parametrize(
    ("said", "result", "words"),
    [
        (
            {"mobile": "13811111111", "text": "1"},
            "unknown_number",
            "这个号码没有待回复的通知。紧急情况请拨打120或119。",
        ),
        (
            {"mobile": "13800000000", "text": "谁啊"},
            "not_understood",
            "Not understood: please answer with 1 or 2 alone.",
        ),
        ({"mobile": "13800000000", "text": "11"}, "not_understood", NOT_UNDERSTOOD),
    ],
)
async def test_what_cannot_be_an_answer_is_answered_with_clear_words(
    house: House, said: dict[str, str], result: str, words: str
) -> None:
    ticket_id = await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    answer = await house.post("sms", said)
    assert (answer["result"], answer["say"]) == (result, words)
    assert (await house.town.ticket(ticket_id))["status"] == "open"
    unknown = await house.town.rows(audit_log, event="unknown_number")
    assert len(unknown) == (result == "unknown_number")
    assert "138" not in str([dict(row) for row in unknown])


async def test_a_visitors_text_message_answers_what_they_were_asked_last(house: House) -> None:
    ticket_id = await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    for event in (Event.TAKE, Event.ARRIVE, Event.INSIDE):
        await act_on_ticket(house.town.ctx, ticket_id, event, house.town.actor("vera"), NOON)
    later = NOON + timedelta(minutes=20)
    await look_after_visitors(house.town.ctx, later)
    await deliver(house.town.ctx, house.channels, later)
    house.now = later + timedelta(seconds=30)
    answer = await house.post("sms", {"mobile": "13800000000", "text": "1"})
    assert answer["result"] == "inside_well"
    assert "Reply 1 if all is well, 2 for help." in house.texts("+8613800000000")[-1]
    assert (await house.town.history(ticket_id))[-1] == "all_well"
    # asked about another home since, a digit may mean either
    await house.call(
        now=later + timedelta(minutes=1), kind=FlagKind.SMOKE, severity=Severity.CRITICAL, home="h-2", episode="e-2"
    )
    assert (await house.post("sms", {"mobile": "13800000000", "text": "2"}))["result"] == "several"


async def test_a_vendor_can_not_answer_for_what_another_vendor_was_given(house: House) -> None:
    await house.call()
    (asked,) = await house.town.rows(notices, person_id="old")
    assert asked["channel"] == "voice"
    for said in ({"key": asked["idem_key"], "digit": "1"}, {"id": asked["vendor_id"], "digit": "2"}):
        await house.post("sms", said, status=404)
    (after,) = await house.town.rows(notices, person_id="old")
    assert (after["status"], await house.town.history(after["ticket_id"])) == ("delivered", ["opened"])


async def test_a_digit_after_two_days_is_nobodys_answer(house: House) -> None:
    await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    house.now = NOON + 48 * HOUR
    assert (await house.post("sms", {"mobile": "13800000000", "text": "1"}))["result"] == "unknown_number"


async def test_a_number_that_is_none_goes_on_to_the_next_channel_and_is_there_to_be_mended(house: House) -> None:
    await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    (row,) = await house.town.rows(notices, person_id="vera")
    receipt = {"key": row["idem_key"], "state": "failed", "code": "empty_number"}
    await house.post("sms", receipt)
    assert {(one["channel"], one["status"]) for one in await house.town.rows(notices, person_id="vera")} == {
        ("sms", "rejected"),
        ("voice", "pending"),
    }
    async with house.town.ctx.db.read() as connection:
        (fault,) = await faults_in(connection, "/hs/")
        assert await faults_in(connection, "/jb/") == []
    assert (fault.person_id, fault.channel, fault.times) == ("vera", "sms", 1)
    assert fault.reason == "sms: not delivered, empty_number"
    # busy is no fault of the number
    (other,) = await house.town.rows(notices, person_id="viktor")
    await house.post("sms", {"key": other["idem_key"], "state": "failed", "code": "busy"})
    # and a number that reaches somebody after all is right
    await house.post("sms", {"key": row["idem_key"], "state": "delivered"})
    async with house.town.ctx.db.read() as connection:
        assert await faults_in(connection, "/hs/") == []


async def test_an_address_that_can_not_be_a_number_is_known_before_a_vendor_is_asked(house: House) -> None:
    ticket_id = await house.town.raise_flag(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    async with house.town.ctx.db.write() as connection:
        await connection.execute(notices.update().where(notices.c.person_id == "vera").values(address="12-ab"))
    await deliver(house.town.ctx, house.channels, NOON)
    await deliver(house.town.ctx, house.channels, NOON)
    states = {(row["channel"], row["status"]) for row in await house.town.rows(notices, person_id="vera")}
    assert states == {("sms", "rejected"), ("voice", "delivered")}, ticket_id


async def test_yunpians_door_takes_receipts_and_text_messages(house: House, tmp_path: Path) -> None:
    examples = Path(ingest.__file__).resolve().parent.parent / "config" / "notify"
    table: dict[str, Any] = tomllib.loads((examples / "yunpian.toml").read_text(encoding="utf-8"))["notify"]
    (tmp_path / table["sms"]["callback"]["secret_file"]).write_text("s3cret")
    app = FastAPI()
    doors = build_callbacks(table, tmp_path)
    app.include_router(vendor_router(doors, house.town.ctx, lambda: house.now, lambda: None))
    ticket_id = await house.call(kind=FlagKind.SMOKE, severity=Severity.CRITICAL)
    (notice,) = await house.town.rows(notices, person_id="vera")
    receipt = {"sid": notice["vendor_id"], "uid": None, "report_status": "SUCCESS", "mobile": "13800000000"}
    reply = {"id": "6a1c", "mobile": "13800000000", "text": "1", "reply_time": "2026-11-23 12:01:00", "extend": "01"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://door") as client:
        for name, said in (("sms_status", [receipt]), ("sms_reply", reply)):
            answer = await client.post(
                "/api/v1/vendor/sms/reply?token=s3cret",
                content=urlencode({name: json.dumps(said)}).encode(),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
            assert (answer.status_code, answer.text) == (200, "SUCCESS"), name
            taken = (await house.town.ticket(ticket_id))["taken_by"]
            assert taken == (None if name == "sms_status" else "vera")
