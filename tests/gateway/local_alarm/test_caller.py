"""The caller with the real outbox, a modem and a siren on pseudo terminals, and a web server: nobody hears nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import Clock
from gateway.links.serial_port import SerialLink
from gateway.local_alarm import caller
from gateway.local_alarm.caller import LocalCaller
from gateway.local_alarm.contract import AlarmWay, Recipient
from gateway.local_alarm.memory import FACT, recalled
from gateway.local_alarm.modem import ModemWay, Patience
from gateway.local_alarm.on_call import OnCall
from gateway.local_alarm.siren import SirenWay
from gateway.local_alarm.webhook import WebhookWay
from gateway.outbox.outbox import Outbox
from gateway.outbox.post import Sender
from gateway.outbox.priority import Rank, rank_of
from gateway.state.store import Store
from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.codec import decode, flag_body, read_body
from models.wire.messages import Body, ReceiptLine, ReceiptStatus, ToldLocally
from simulators.lines.pty import PtyLine
from tests.gateway.local_alarm.conftest import Stick

VERA, VIKTOR = Recipient("modem", "vera", "+8613800000001"), Recipient("modem", "viktor", "+8613800000002")


class Desk:
    """The gateway's disk and outbox, with flags put as the pipeline does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder / "gateway.sqlite", "test")
        self.outbox = Outbox(self.store, 10.0, 1000)
        self.sender = Sender("gw-1", "boot")

    def raised(self, episode: str, kind: FlagKind = FlagKind.SMOKE, severity: Severity = Severity.CRITICAL) -> str:
        now = datetime.now(UTC)
        evidence = Evidence({}, "烟雾报警。", "Smoke alarm.")
        flag = Flag("h-1", kind, severity, FlagEvent.RAISED, now, now, 1.0, "smoke", evidence, episode)
        envelope = self.sender.envelope(flag_body(flag), now, self.sender.flag_message_id(flag))
        with self.store.transaction() as db:
            self.outbox.put_flag(db, flag.flag_id, flag.event.value, rank_of(flag), envelope)
        return envelope.message_id

    def put(self, rank: Rank, body: Body, fact: tuple[str, str] | None = None) -> None:
        with self.store.transaction() as db:
            self.outbox.put(db, rank, self.sender.envelope(body, datetime.now(UTC)))
            if fact is not None:
                self.store.remember(*fact)

    def receipt(self, message_id: str) -> None:
        self.outbox.done([ReceiptLine(message_id, ReceiptStatus.STORED)], 0)

    def said(self) -> list[ToldLocally]:
        rows = self.store.db.execute("SELECT envelope FROM outbox WHERE kind = 'told_locally' ORDER BY place")
        return [read_body(decode(row[0]), ToldLocally) for row in rows]

    def caller(self, *ways: AlarmWay) -> LocalCaller:
        memory = recalled(self.store.fact(FACT))
        assert memory is not None
        return LocalCaller(
            gateway="gw-1",
            after_s=0.3,
            ways=ways,
            doors={"h-1": "3-502"},
            zone=ZoneInfo("Asia/Shanghai"),
            outbox=self.outbox,
            writer=self,
            memory=memory,
            clock=Clock(),
            is_trusted=lambda: True,
        )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(caller, "_LOOK_S", 0.05)
    monkeypatch.setattr(caller, "_LISTEN_S", 0.2)
    one = Desk(tmp_path)
    yield one
    one.store.close()


def modem_way(stick: Stick) -> ModemWay:
    link = SerialLink("modem", str(stick.port), 115_200, "N")
    return ModemWay(link, OnCall((VERA, VIKTOR), lambda: None), "zh", None, Patience(2.0, 0.5, 2.0))


@asynccontextmanager
async def running(one: LocalCaller) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(one.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            assert not task.done()
            await asyncio.sleep(0.02)


async def test_smoke_without_a_receipt_is_told_to_everybody_on_call_once(desk: Desk, stick: Stick) -> None:
    desk.raised("ep-1")
    async with running(desk.caller(modem_way(stick))) as task:
        await until(lambda: len(stick.modem.sent) == 2, task)
        await asyncio.sleep(0.3)
    assert [one.number for one in stick.modem.sent] == [VERA.address, VIKTOR.address]
    told = desk.said()[-1]
    assert (told.episode, told.home, [one.person for one in told.tellings]) == ("ep-1", "h-1", ["vera", "viktor"])
    assert desk.outbox.lease(0.0, 1)[0].rank == Rank.TOLD, "ingest hears who was told before it hears the flag"


async def test_with_a_receipt_in_time_nobody_is_told(desk: Desk, stick: Stick) -> None:
    message = desk.raised("ep-1")
    one = desk.caller(modem_way(stick))
    async with running(one) as task:
        await until(lambda: one._seen, task)
        desk.receipt(message)
        await until(lambda: stick.modem.commands, task)  # the modem is looked at, which is all that happens
        await asyncio.sleep(0.6)
    assert stick.modem.sent == []
    assert desk.said() == []


async def test_a_restart_neither_forgets_nor_repeats(desk: Desk, stick: Stick) -> None:
    desk.raised("ep-1")
    stick.modem.refusals = []
    async with running(desk.caller(modem_way(stick))) as task:
        await until(lambda: len(desk.said()) >= 1, task)
    desk.store.close()
    desk.open()
    desk.raised("ep-2")
    async with running(desk.caller(modem_way(stick))) as task:
        await until(lambda: len({one.episode for one in desk.said()}) == 2 and len(desk.said()) == 4, task)
        await asyncio.sleep(0.3)
    told = [(one.episode, [said.person for said in one.tellings]) for one in desk.said()]
    assert told[-1] == ("ep-2", ["vera", "viktor"])
    assert ("ep-1", ["vera", "viktor"]) in told
    assert len(stick.modem.sent) == 4


async def test_a_failure_is_told_and_tried_again_until_it_is_confirmed(
    desk: Desk, stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.local_alarm.decision._FIRST_PAUSE_S", 0.1)
    stick.modem.refusals = [38, 500, 41]
    desk.raised("ep-1")
    one = desk.caller(modem_way(stick))
    async with running(one) as task:
        await until(one.troubles, task)
        assert any("local alarm by modem" in trouble for trouble in one.troubles())
        await until(lambda: len(stick.modem.sent) == 2, task)
        await until(lambda: not one.troubles(), task)
    assert {sent.number for sent in stick.modem.sent} == {VERA.address, VIKTOR.address}


async def test_who_answers_that_they_go_is_told_to_ingest_and_the_other_need_not_go(desk: Desk, stick: Stick) -> None:
    desk.raised("ep-1")
    async with running(desk.caller(modem_way(stick))) as task:
        await until(lambda: len(stick.modem.sent) == 2, task)
        stick.modem.mailbox.append((VIKTOR.address, " 1。"))
        await until(lambda: len(stick.modem.sent) == 3, task)
        await until(lambda: desk.said()[-1].accepted_by, task)
    assert desk.said()[-1].accepted_by == "viktor"
    assert (stick.modem.sent[-1].number, stick.modem.sent[-1].text) == (
        VERA.address,
        "【邻舍】3-502：已有人去，您不用去了。",
    )


class Guard(BaseHTTPRequestHandler):
    """The guard's screen."""

    posted: list[tuple[str | None, dict[str, Any]]]
    answers: list[int]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posted.append((self.headers["Authorization"], body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


async def test_a_modem_that_hangs_holds_up_neither_siren_nor_webhook(
    desk: Desk, stick: Stick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.local_alarm.decision._FIRST_PAUSE_S", 0.1)
    stick.modem.mute = True
    Guard.posted, Guard.answers = [], [503]
    server = HTTPServer(("127.0.0.1", 0), Guard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    relay = PtyLine(tmp_path / "relay")
    heard = bytearray()
    siren = SirenWay(SerialLink("siren", str(relay.path), 9600, "N"), b"ON", b"OFF", 0.2, people_too=False)
    hook = WebhookWay(f"http://127.0.0.1:{server.server_port}/alarm", "s3cret")

    def sounded() -> bool:
        heard.extend(relay.read())
        return heard == b"OFFONOFF"

    desk.raised("ep-1")
    desk.raised("ep-2", FlagKind.INACTIVITY, Severity.URGENT)
    try:
        async with running(desk.caller(modem_way(stick), hook, siren)) as task:
            await until(sounded, task)
            await until(lambda: len(Guard.posted) >= 3, task)
            await asyncio.sleep(0.2)
    finally:
        server.shutdown()
        server.server_close()
        relay.close()
    assert sorted(body["episode"] for _, body in Guard.posted) == ["ep-1", "ep-1", "ep-2"], "a refusal is tried again"
    assert Guard.posted[0][0] == "Bearer s3cret"
    assert (Guard.posted[0][1]["door"], Guard.posted[0][1]["kind"]) == ("3-502", "smoke")
    ways = {(one.episode, said.way) for one in desk.said() for said in one.tellings}
    assert ways == {("ep-1", "siren"), ("ep-1", "webhook"), ("ep-2", "webhook")}, "the siren is for smoke alone"
