"""The line to the cloud is cut while a house burns: both real programs, a broker, a modem in its port, a vendor.

The gateway rings who is near; when the line is back ingest learns of it before it asks anybody, and sends nobody twice.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from models.wire.seal import derive_key
from simulators.faults.scene.proxy import Proxy, Weather
from simulators.lines.pty import PtyLine
from simulators.modem.on_pty import answer
from simulators.modem.sms_modem import SmsModem
from simulators.vendors.server import Vendor
from tests.gateway.conftest import Mosquitto
from tests.ports import HOST, own_port

GATEWAY, AFTER_S = "gw-1", 5
MASTER = bytes(range(32))
PHONES = {"vera": "+8613800000001", "viktor": "+8613800000002", "sun": "+8613800000003"}

PLACES = """
areas = [
    { id = "hs", level = "district", name_zh = "区", name_en = "District" },
    { id = "str", parent = "hs", level = "street", name_zh = "街", name_en = "Street" },
    { id = "com", parent = "str", level = "community", name_zh = "社区", name_en = "Community" },
    { id = "c1", parent = "com", level = "compound", name_zh = "小区", name_en = "Compound" },
]
gateways = [{ id = "gw-1", area = "c1" }]
homes = [
    { id = "h-1", area = "c1", gateway = "gw-1", label = "1-1" },
    { id = "h-2", area = "c1", gateway = "gw-1", label = "1-2" },
]
"""
PERSON = """
[[people]]
id = "{id}"
name = "{id}"
role = "{role}"
area = "{area}"
language = "en"
channels = [{{ kind = "sms", address = "{phone}" }}]
"""
PLAN = """
[[plans]]
id = "alarm"
area = "hs"
severities = ["critical", "urgent"]
steps = [
    { level = "compound", to = "volunteers", answer_s = 600 },
    { level = "community", to = "social_workers", answer_s = 600 },
]
"""
ROSTER = """
[[rosters]]
id = "c1-duty"
area = "c1"
name = "duty"
rotations = [{ starts = "2026-01-01", at = "00:00", every_days = 1, turns = [["viktor"]] }]
"""
INGEST = """
[ingest]
database = "sqlite:///ingest.sqlite"
master_key_file = "master.key"
[broker]
host = "127.0.0.1"
port = {broker}
[notify]
sms = {{ kind = "sms_http", url = "{vendor}/sms/send", token_file = "token" }}
"""
GATEWAY_PAPER = """
[gateway]
id = "gw-1"
heartbeat_s = 2
canary = false
[uplink]
host = "127.0.0.1"
port = {uplink}
key_file = "gateway.key"
receipt_s = 1.0
[local_alarm]
after_s = {after_s}
[local_alarm.modem]
port = "{modem}"
[[local_alarm.on_call]]
person = "vera"
phone = "{vera}"
[[lines]]
name = "detectors"
kind = "mqtt"
host = "127.0.0.1"
mqtt_port = {broker}
"""
DETECTOR = """
[[homes]]
id = "{home}"
[[devices]]
id = "{home}-s"
home = "{home}"
line = "detectors"
document = "zigbee2mqtt-smoke"
topic = "zigbee2mqtt/{home}"
"""


UNDER_WAY = "SELECT 1 FROM notices WHERE status IN ('pending', 'leased')"


async def until(condition: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{what} did not happen within 90 s")


@dataclass
class Compound:
    """Everything between the detectors in one compound and the phones of those who look after it."""

    folder: Path
    line: Proxy
    modem: SmsModem
    vendor: Vendor
    radio: paho.Client

    def ask(self, question: str, *what: object) -> list[sqlite3.Row]:
        """Return rows of the ingester's database."""
        with closing(sqlite3.connect(f"{(self.folder / 'ingest.sqlite').as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return list(db.execute(question, what))

    def rung(self) -> list[str]:
        """Return the numbers that the gateway's modem has rung, in order."""
        return [one.number for one in self.modem.sent]

    async def smoke(self, home: str) -> None:
        """Let a detector sound; a gateway that has just started may not have subscribed yet."""
        said: dict[int, str] = {}
        self.radio.on_publish = lambda _client, _data, mid, reason, _more: said.update({mid: str(reason)})

        def is_heard() -> bool:
            sent = self.radio.publish(f"zigbee2mqtt/{home}", json.dumps({"smoke": True, "battery": 99}), qos=1)
            sent.wait_for_publish(60)
            return said.get(sent.mid) == "Success"

        await until(is_heard, f"somebody listening to the detector of {home}")

    def ticket(self, home: str) -> sqlite3.Row | None:
        """Return the home's ticket; more than one fails."""
        rows = self.ask("SELECT * FROM tickets WHERE home_id = ?", home)
        assert len(rows) <= 1, "one fire is one ticket"
        return rows[0] if rows else None

    def history(self, ticket_id: str) -> dict[str, Any]:
        """Return event → detail."""
        rows = self.ask("SELECT event, detail_json FROM ticket_history WHERE ticket_id = ?", ticket_id)
        return {row["event"]: json.loads(row["detail_json"]) for row in rows}


@contextmanager
def _program(folder: Path, *words: str) -> Iterator[None]:
    with (folder / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", *words], cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _write_papers(folder: Path, broker: int, uplink: int, modem: Path, vendor: Vendor) -> None:
    people = [("vera", "volunteer", "c1"), ("viktor", "volunteer", "c1"), ("sun", "social_worker", "com")]
    persons = "".join(PERSON.format(id=id_, role=role, area=area, phone=PHONES[id_]) for id_, role, area in people)
    gateway = GATEWAY_PAPER.format(uplink=uplink, after_s=AFTER_S, modem=modem, vera=PHONES["vera"], broker=broker)
    texts = {
        "master.key": MASTER.hex(),
        "gateway.key": derive_key(MASTER, GATEWAY).hex(),
        "token": "t",
        "places.toml": PLACES + persons + PLAN,
        "ingest.toml": INGEST.format(broker=broker, vendor=vendor.url),
        "gateway.toml": gateway + DETECTOR.format(home="h-1") + DETECTOR.format(home="h-2"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)


@pytest.fixture
async def compound(tmp_path: Path) -> AsyncIterator[Compound]:
    broker, line, modem = Mosquitto(tmp_path), PtyLine(tmp_path / "ttyUSB0"), SmsModem()
    port = own_port()
    proxy = Proxy(HOST, port, broker.port)
    stick = asyncio.create_task(answer(modem, line))
    radio = paho.Client(CallbackAPIVersion.VERSION2, client_id="detectors", protocol=paho.MQTTv5)
    with Vendor() as vendor:
        _write_papers(tmp_path, broker.port, port, line.path, vendor)
        broker.start()
        await proxy.open()
        radio.connect(HOST, broker.port)
        radio.loop_start()
        ingest = ("ingest", "--config", "ingest.toml")
        for command in (["migrate"], ["load", "places.toml"]):
            await asyncio.to_thread(subprocess.run, [sys.executable, "-m", *ingest, *command], cwd=tmp_path, check=True)
        with (
            _program(tmp_path, *ingest, "serve", "--worker-only"),
            _program(tmp_path, "gateway", "run", "--config", "gateway.toml"),
        ):
            yield Compound(tmp_path, proxy, modem, vendor, radio)
        radio.disconnect()
        radio.loop_stop()
    await proxy.close()
    stick.cancel()
    await asyncio.gather(stick, return_exceptions=True)
    line.close()
    broker.kill()


async def test_a_fire_while_the_cloud_is_off_rings_the_modem_s_phones_and_nobody_a_second_time(
    compound: Compound,
) -> None:
    heard = "SELECT 1 FROM gateways WHERE last_heartbeat_at IS NOT NULL"
    await until(lambda: compound.ask(heard), "a gateway that is heard")
    compound.line.turn(Weather.CUT)

    await compound.smoke("h-1")
    await until(compound.rung, "a message by the modem")
    compound.modem.mailbox.append((PHONES["vera"], "1"))
    await until(lambda: _says(compound, "somebody goes"), "the answer, read by the gateway")
    await compound.smoke("h-2")
    await until(lambda: len(compound.rung()) == 2, "a message about the second fire")
    assert compound.rung() == [PHONES["vera"]] * 2
    assert ["h-1" in compound.modem.sent[0].text, "h-2" in compound.modem.sent[1].text] == [True, True]
    assert not compound.ask("SELECT 1 FROM tickets"), "the cloud knows of nothing while the line is cut"
    assert not compound.vendor.messages()

    compound.line.turn(Weather.FAIR)
    await until(lambda: compound.ticket("h-1") and compound.ticket("h-2"), "the tickets")
    await until(compound.vendor.messages, "a message by the cloud's vendor")
    await until(lambda: not compound.ask(UNDER_WAY), "the end of all notices")
    await until(lambda: _waiting(compound.folder) == 0, "all receipts")

    one, other = compound.ticket("h-1"), compound.ticket("h-2")
    assert one is not None
    assert other is not None
    assert (one["status"], one["taken_by"]) == ("taken", "vera"), "who answered the gateway has it"
    assert (other["status"], other["taken_by"]) == ("open", None)
    for ticket in (one, other):
        told = compound.history(ticket["ticket_id"])["told_locally"]["told"]
        assert [[way, person] for way, person, _ in told] == [["modem", "vera"]]
    asked = {message.to for message in compound.vendor.messages()}
    assert asked == {PHONES["viktor"]}, "vera has been asked by the modem; viktor, about the second fire, has not"
    assert len(compound.vendor.messages()) == 1
    assert len(compound.rung()) == 2, "and the modem rings nobody again"
    for waited in _waits(compound):
        assert waited >= AFTER_S, "the way to the cloud has its chance first"
        assert waited <= AFTER_S + 30


async def test_whom_the_roster_names_is_rung_and_not_the_number_in_the_gateways_own_file(compound: Compound) -> None:
    (compound.folder / "roster.toml").write_text(ROSTER)
    load = [sys.executable, "-m", "ingest", "--config", "ingest.toml", "load", "roster.toml"]
    await asyncio.to_thread(subprocess.run, load, cwd=compound.folder, check=True)
    await until(lambda: PHONES["viktor"] in _fact(compound.folder, "on_call"), "the roster's number at the gateway")
    compound.line.turn(Weather.CUT)

    await compound.smoke("h-1")
    await until(compound.rung, "a message by the modem")
    compound.line.turn(Weather.FAIR)
    await until(lambda: compound.ticket("h-1"), "the ticket")
    await until(lambda: not compound.ask(UNDER_WAY) and _waiting(compound.folder) == 0, "the end of all notices")
    ticket = compound.ticket("h-1")
    assert ticket is not None
    told = compound.history(ticket["ticket_id"])["told_locally"]["told"]
    assert [[way, person] for way, person, _ in told] == [["modem", "viktor"]]
    assert compound.rung() == [PHONES["viktor"]]
    assert PHONES["viktor"] not in {message.to for message in compound.vendor.messages()}, "he has been asked"


def _says(compound: Compound, words: str) -> bool:
    return words in (compound.folder / "gateway.log").read_text()


def _waiting(folder: Path) -> int:
    with closing(sqlite3.connect(f"{(folder / 'gateway.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM outbox WHERE kind = 'flag'").fetchone()[0])


def _fact(folder: Path, name: str) -> str:
    with closing(sqlite3.connect(f"{(folder / 'gateway.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchall()
    return str(rows[0][0]) if rows else ""


def _waits(compound: Compound) -> list[float]:
    """Return how long each fire's first telling took from its flag, by the gateway's own clock; in seconds."""
    rows = compound.ask(
        "SELECT f.at, l.tellings_json FROM flags f JOIN local_tellings l"
        " ON l.gateway_id = f.gateway_id AND l.episode = f.episode WHERE f.event = 'raised'"
    )
    assert len(rows) == 2
    return [(json.loads(row["tellings_json"])[0][2] - row["at"]) / 1000 for row in rows]
