"""A vendor says back what became of a call: digits act like the link, receipts count once, forgers are turned away."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
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
from sqlalchemy import update

import ingest
from ingest.actions.notices.await_receipt import give_up_waiting
from ingest.actions.notices.deliver import deliver
from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.actions.tickets.check_in import look_after_visitors
from ingest.channels.contract import Channel
from ingest.channels.registry import build_callbacks, build_channels
from ingest.domain.tickets.ticket import Event, EventDetail
from ingest.intake.vendor_http import vendor_router
from ingest.store.base.tables import person_channels
from ingest.store.notices.tables import notices, vendor_events
from ingest.store.tickets.tables import check_ins
from simulators.vendors.server import Vendor
from tests.ingest.town import NOON, Town

EXAMPLES = Path(ingest.__file__).resolve().parent.parent / "config" / "notify"
SECRET = b"callback-secret"
WALL = 1_800_000_000


class House:
    """A town whose people are called by voice first, the vendor that calls them, and the door it answers at."""

    def __init__(self, town: Town, vendor: Vendor, folder: Path) -> None:
        self.town, self.vendor = town, vendor
        table: dict[str, Any] = tomllib.loads((EXAMPLES / "voice.toml").read_text(encoding="utf-8"))["notify"]
        (folder / "voice.token").write_text("t")
        (folder / "voice-callback.secret").write_bytes(SECRET)
        table["voice"]["url"] = f"{vendor.url}/voice/call"
        table["sms"] = {"kind": "sms_http", "url": f"{vendor.url}/sms/send"}
        self.channels: dict[str, Channel] = build_channels(table, folder)
        app = FastAPI()
        doors = build_callbacks(table, folder, wall_seconds=lambda: float(WALL))
        app.include_router(vendor_router(doors, town.ctx, lambda: self.now, lambda: None))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://door")
        self.now = NOON

    async def call(self, now: datetime = NOON) -> str:
        """Raise a smoke alarm, call everybody, return the ticket."""
        ticket_id = await self.town.raise_flag(now=now)
        await deliver(self.town.ctx, self.channels, now)
        return ticket_id

    async def visit(self) -> str:
        """Let vera go inside, and be called 20 minutes later whether all is well; return the ticket."""
        ticket_id = await self.call()
        for event in (Event.TAKE, Event.ARRIVE, Event.INSIDE):
            await act_on_ticket(self.town.ctx, ticket_id, event, self.town.actor("vera"), NOON)
        self.now = NOON + timedelta(minutes=20)
        assert await look_after_visitors(self.town.ctx, self.now) == 1
        await deliver(self.town.ctx, self.channels, self.now)
        return ticket_id

    async def notice(self, person: str, channel: str = "voice", **where: str) -> Any:
        (row,) = await self.town.rows(notices, person_id=person, channel=channel, **where)
        return row

    async def post(
        self, said: Any, message_id: str = "ev-1", *, secret: bytes = SECRET, at: int = WALL, path: str = "voice/reply"
    ) -> httpx2.Response:
        """Send what a vendor would, signed by this file's own arithmetic."""
        body = json.dumps(said).encode()
        mac = hmac.new(secret, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }
        return await self.client.post(f"/api/v1/vendor/{path}", content=body, headers=headers)


@pytest.fixture
async def house(town: Town, tmp_path: Path) -> AsyncIterator[House]:
    async with town.ctx.db.write() as connection:
        for position, channel in ((0, "voice"), (1, "sms")):
            where = person_channels.c.position == position
            await connection.execute(update(person_channels).where(where).values(channel=channel))
    with Vendor() as vendor:
        built = House(town, vendor, tmp_path)
        yield built
        await built.client.aclose()


async def test_one_means_i_go_and_the_call_says_so(house: House) -> None:
    ticket_id = await house.call()
    notice = await house.notice("vera")
    spoken = {message.to: message.text for message in house.vendor.messages()}[notice["address"]]
    assert spoken.endswith("Press 1 if you can go, 2 if you can't.")
    answer = await house.post({"key": notice["idem_key"], "id": notice["vendor_id"], "state": "answered", "digit": "1"})
    assert answer.json() == {"ok": True, "result": "goes", "say": "Thank you, please go.", "again": False}
    ticket = await house.town.ticket(ticket_id)
    assert (ticket["status"], ticket["taken_by"]) == ("taken", "vera")


async def test_two_means_i_cannot_and_the_next_step_is_near_when_all_have_said_so(house: House) -> None:
    ticket_id = await house.call()
    for number, person in enumerate(("vera", "viktor")):
        notice = await house.notice(person)
        answer = await house.post({"id": notice["vendor_id"], "digit": 2}, f"ev-{number}")
        assert answer.json()["result"] == "cannot"
    assert await house.town.history(ticket_id) == ["opened", "call_declined", "call_declined"]
    assert (await house.town.ticket(ticket_id))["due_at"] == NOON


async def test_the_same_no_told_eight_times_at_once_counts_once(house: House) -> None:
    ticket_id = await house.call()
    said = {"key": (await house.notice("vera"))["idem_key"], "digit": "2"}
    answers = await asyncio.gather(*(house.post(said) for _ in range(8)))
    assert {answer.json()["result"] for answer in answers} == {"cannot"}
    assert await house.town.history(ticket_id) == ["opened", "call_declined"]


async def test_who_presses_second_hears_that_somebody_is_going(house: House) -> None:
    ticket_id = await house.call()
    keys = [(await house.notice(person))["idem_key"] for person in ("vera", "viktor")]
    answers = await asyncio.gather(*(house.post({"key": key, "digit": "1"}, f"ev-{key}") for key in keys))
    assert sorted(answer.json()["result"] for answer in answers) == ["goes", "taken_by_other"]
    assert (await house.town.history(ticket_id)).count("take") == 1


async def test_the_same_callback_again_changes_nothing_and_hears_the_same(house: House) -> None:
    ticket_id = await house.call()
    said = {"key": (await house.notice("vera"))["idem_key"], "digit": "1"}
    first = (await house.post(said)).json()
    actor = house.town.actor("vera")
    await act_on_ticket(house.town.ctx, ticket_id, Event.GIVE_BACK, actor, NOON, detail=EventDetail(reason="ill"))
    again = (await house.post(said)).json()
    assert (first["result"], again["result"], again["again"]) == ("goes", "goes", True)
    assert (await house.town.ticket(ticket_id))["status"] == "open", "a repeat must not take it once more"
    assert await house.town.count(vendor_events) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"secret": b"guessed"}, "another secret"),
        ({"at": WALL - 301}, "recorded five minutes ago"),
        ({"at": WALL + 301}, "from the future"),
        ({"message_id": ""}, "no id"),
        ({"message_id": "x" * 201}, "an endless id"),
    ],
)
async def test_a_forged_or_recorded_callback_does_nothing(house: House, changes: dict[str, Any], why: str) -> None:
    ticket_id = await house.call()
    said = {"key": (await house.notice("vera"))["idem_key"], "digit": "1"}
    answer = await house.post(said, **changes)
    assert (answer.status_code, answer.json()) == (401, {"error": "forged"}), why
    assert (await house.town.ticket(ticket_id))["status"] == "open"
    assert await house.town.count(vendor_events) == 0


async def test_without_any_signature_or_with_another_body_nothing_is_believed(house: House) -> None:
    await house.call()
    bare = await house.client.post("/api/v1/vendor/voice/reply", json={"digit": "1"})
    assert bare.status_code == 401
    assert (await house.client.post("/api/v1/vendor/nobody/reply", json={})).status_code == 404
    assert (await house.client.post("/api/v1/vendor/sms/reply", json={})).status_code == 404, "it has no callback"


@pytest.mark.parametrize(
    "said", [{"digit": "1"}, {"key": "t-x.1.vera.0", "digit": "1"}, {"id": "msg-999"}, {"id": 7.5}]
)
async def test_a_notice_that_is_not_there_is_not_found(house: House, said: dict[str, Any]) -> None:
    await house.call()
    assert (await house.post(said)).status_code == 404


@pytest.mark.parametrize("said", [7, "text", [1], [[]], None])
async def test_what_cannot_be_read_is_said_so(house: House, said: Any) -> None:
    answer = await house.post(said)
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_request")


async def test_a_digit_without_a_meaning_is_only_a_receipt(house: House) -> None:
    ticket_id = await house.call()
    answer = await house.post({"key": (await house.notice("vera"))["idem_key"], "state": "answered", "digit": "9"})
    assert answer.json()["result"] == "received"
    assert (await house.town.ticket(ticket_id))["status"] == "open"


async def test_a_wrong_number_goes_to_the_next_channel_and_the_desk_sees_why(house: House) -> None:
    await house.call()
    notice = await house.notice("vera")
    await house.post({"key": notice["idem_key"], "state": "invalid_number", "code": "404"}, path="voice/receipt")
    after = await house.notice("vera")
    assert (after["status"], after["last_error"]) == ("rejected", "voice: not delivered, 404")
    following = await house.notice("vera", "sms")
    assert (following["status"], following["position"]) == ("pending", 1)
    await house.post({"key": notice["idem_key"], "state": "busy"}, "ev-2", path="voice/receipt")
    assert len(await house.town.rows(notices, person_id="vera")) == 2


async def test_without_a_receipt_in_time_the_next_channel_is_tried_and_a_late_one_is_believed(house: House) -> None:
    await house.call()
    heard = await house.notice("viktor")
    await house.post({"key": heard["idem_key"], "state": "answered"})
    assert await give_up_waiting(house.town.ctx, NOON + timedelta(seconds=44)) == 0
    assert await give_up_waiting(house.town.ctx, NOON + timedelta(seconds=45)) == 1
    assert await give_up_waiting(house.town.ctx, NOON + timedelta(seconds=46)) == 0
    assert (await house.notice("vera", "sms"))["status"] == "pending"
    assert await house.town.rows(notices, person_id="viktor", channel="sms") == []
    assert (await house.notice("vera"))["last_error"] == "no receipt from the vendor in time"
    await house.post({"key": (await house.notice("vera"))["idem_key"], "state": "answered"}, "ev-late")
    assert (await house.notice("vera"))["status"] == "delivered"


async def test_what_is_no_longer_true_is_not_sent_on(house: House) -> None:
    ticket_id = await house.call()
    await act_on_ticket(house.town.ctx, ticket_id, Event.TAKE, house.town.actor("viktor"), NOON)
    await give_up_waiting(house.town.ctx, NOON + timedelta(seconds=45))
    assert await house.town.rows(notices, channel="sms") == []


async def test_a_visitor_who_is_called_says_by_a_digit_that_all_is_well(house: House) -> None:
    ticket_id = await house.visit()
    notice = await house.notice("vera", purpose="check_in")
    assert house.vendor.messages()[-1].text.endswith("Press 1 if all is well, 2 for help.")
    answer = await house.post({"key": notice["idem_key"], "digit": "1"})
    assert (answer.json()["result"], answer.json()["say"]) == (
        "inside_well",
        "Thank you, noted that you are well. We ask again in twenty minutes.",
    )
    (timer,) = await house.town.rows(check_ins)
    assert (timer["asked"], timer["due_at"]) == (0, house.now + timedelta(minutes=20))
    assert (await house.town.history(ticket_id))[-1] == "all_well"
    # recorded and played again a visit later, it says nothing of how they are then
    house.now += timedelta(minutes=20)
    await look_after_visitors(house.town.ctx, house.now)
    again = await house.post({"key": notice["idem_key"], "digit": "1"})
    assert again.json()["again"]
    (timer,) = await house.town.rows(check_ins)
    assert timer["asked"] == 1, "the question still stands"


async def test_a_visitor_who_asks_for_help_by_a_digit_is_told_to_the_desk_at_once(house: House) -> None:
    ticket_id = await house.visit()
    notice = await house.notice("vera", purpose="check_in")
    answer = await house.post({"key": notice["idem_key"], "digit": "2"})
    assert answer.json()["result"] == "inside_help"
    assert answer.json()["say"].startswith("The desk has been told that you need help")
    told = await house.town.rows(notices, ticket_id=ticket_id, purpose="check_in_help")
    assert {row["person_id"] for row in told} == {"dong", "ding"}
    assert all(row["urgent"] and row["not_before"] == house.now for row in told)
    assert "asks for help" in told[0]["text"]
    (timer,) = await house.town.rows(check_ins)
    assert (timer["told"], timer["due_at"]) == (True, None), "the desk rings now; the machine need not"
    # whoever has already given it back is heard all the same
    detail = EventDetail(reason="hurt")
    await act_on_ticket(house.town.ctx, ticket_id, Event.GIVE_BACK, house.town.actor("vera"), house.now, detail=detail)
    assert (await house.post({"key": notice["idem_key"], "digit": "2"}, "ev-2")).json()["result"] == "inside_help"
    assert len(await house.town.rows(notices, ticket_id=ticket_id, purpose="check_in_help")) == 4


async def test_a_digit_to_a_call_that_asked_nothing_takes_no_ticket(house: House) -> None:
    ticket_id = await house.call()
    async with house.town.ctx.db.write() as connection:
        changed = update(notices).where(notices.c.person_id == "vera").values(purpose="changed")
        await connection.execute(changed)
    answer = await house.post({"key": (await house.notice("vera"))["idem_key"], "digit": "1"})
    assert answer.json()["result"] == "received"
    assert (await house.town.ticket(ticket_id))["status"] == "open"


@pytest.mark.parametrize(
    ("name", "good", "bad", "answer"),
    [
        (
            "chuanglan",
            {"msgid": "ID", "status": "DELIVRD", "mobile": "13800000000"},
            {"msgid": "ID", "status": "UNDELIV", "mobile": "13800000000"},
            '{"clcode":"000000"}',
        ),
        (
            "yunpian",
            {"sms_status": json.dumps([{"sid": "ID", "uid": None, "report_status": "SUCCESS"}])},
            {"sms_status": json.dumps([{"sid": "ID", "report_status": "FAIL", "error_msg": "DB:0103"}])},
            "SUCCESS",
        ),
    ],
)
async def test_the_chinese_vendors_receipts_are_understood_with_their_token_only(
    town: Town, tmp_path: Path, name: str, good: dict[str, str], bad: dict[str, str], answer: str
) -> None:
    table: dict[str, Any] = tomllib.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))["notify"]
    (tmp_path / table["sms"]["token_file"]).write_text("t")
    (tmp_path / table["sms"]["callback"]["secret_file"]).write_text("s3cret")
    doors = {"yunpian": "/yunpian/v2/sms/single_send.json", "chuanglan": "/chuanglan/msg/v1/send/json"}
    app = FastAPI()
    app.include_router(vendor_router(build_callbacks(table, tmp_path), town.ctx, lambda: NOON, lambda: None))
    with Vendor() as vendor:
        table["sms"]["url"] = vendor.url + doors[name]
        await town.raise_flag()
        async with town.ctx.db.write() as connection:
            await connection.execute(update(notices).values(address="+8613800000000"))
        await deliver(town.ctx, build_channels(table, tmp_path), NOON)
    first, second = sorted(await town.rows(notices), key=lambda row: str(row["person_id"]))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://door") as client:
        for row, said in ((first, good), (second, bad)):
            fields = {key: value.replace("ID", row["vendor_id"]) for key, value in said.items()}
            for token, status in (("guess", 401), ("", 401), ("s3cret", 200)):
                if name == "chuanglan":
                    got = await client.get("/api/v1/vendor/sms/receipt", params=fields | {"token": token})
                else:
                    form = {"content-type": "application/x-www-form-urlencoded"}
                    path = f"/api/v1/vendor/sms/receipt?token={token}"
                    got = await client.post(path, content=urlencode(fields).encode(), headers=form)
                assert got.status_code == status
            assert got.text == answer
    told = {row["notice_id"]: row["status"] for row in await town.rows(notices, channel="sms")}
    assert told == {first["notice_id"]: "delivered", second["notice_id"]: "rejected"}
    assert [row["person_id"] for row in await town.rows(notices, channel="voice")] == [second["person_id"]]
