"""Fixtures of the gateway's tests: a real broker, a small ingester that seals receipts, meters on pseudo terminals."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.protocols import cjt188, dlt645
from models.wire.codec import decode, encode, write_body
from models.wire.envelope import UPLINK_FILTER, Envelope, downlink_topic
from models.wire.messages import (
    AwayChanged,
    AwayEntry,
    OnCallChanged,
    Receipt,
    ReceiptLine,
    ReceiptStatus,
    SettingsChanged,
)
from models.wire.seal import Direction, seal, unseal
from tests.ports import own_port

KEY = bytes(range(32))
GATEWAY = "gw-test"


def wait_for(condition: Callable[[], object], timeout_s: float = 60.0, what: str = "it") -> None:
    """Wait until `condition` is true; fail the test with `what` otherwise."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {timeout_s:g} s"
        time.sleep(0.02)


@pytest.fixture(name="wait_for")
def _wait_for() -> Callable[..., None]:
    return wait_for


class Mosquitto:
    """A real broker without persistence: what it holds is gone when it dies."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["/usr/sbin/mosquitto", "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._answers, what="the broker's start")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    mosquitto = Mosquitto(folder)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


class Ingester:
    """Takes sealed envelopes and answers with sealed receipts. `deaf` takes without receipts, `ahead` is its clock."""

    def __init__(self, port: int) -> None:
        self.deaf = False
        self.ahead = timedelta()
        self.taken: list[Envelope] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="test-ingest", protocol=paho.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(UPLINK_FILTER, qos=1)
        self._client.on_message = lambda _client, _data, message: self._take(message.payload)
        self._said: dict[int, str] = {}
        self._client.on_publish = lambda _client, _data, mid, reason, _more: self._said.update({mid: str(reason)})
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        wait_for(self._client.is_connected, what="the ingester's connection")

    def _take(self, sealed: bytes) -> None:
        _, data = unseal(lambda name: KEY if name == GATEWAY else None, Direction.UP, sealed)
        envelope = decode(data)
        known = {one.message_id for one in self.taken}
        self.taken.append(envelope)
        if not self.deaf:
            status = ReceiptStatus.DUPLICATE if envelope.message_id in known else ReceiptStatus.STORED
            self.say(Receipt([ReceiptLine(envelope.message_id, status)]), "receipt")

    def say(self, body: Receipt | AwayChanged | SettingsChanged | OnCallChanged, kind: str, key: bytes = KEY) -> None:
        number = f"down-{time.monotonic_ns()}"
        envelope = Envelope(number, GATEWAY, "ingest", 1, datetime.now(UTC) + self.ahead, kind, write_body(body))
        self._client.publish(downlink_topic(GATEWAY), seal(key, GATEWAY, Direction.DOWN, encode(envelope)), qos=1)

    def tell_away(self, home: str, since: datetime) -> None:
        self.say(AwayChanged([AwayEntry("a-1", home, since, None, "daughter")]), "away_changed")

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish to somebody: a gateway that has said hello to the broker may not have subscribed yet."""

        def is_heard() -> bool:
            sent = self._client.publish(topic, payload, qos=1, retain=retain)
            sent.wait_for_publish(60)
            return self._said.pop(sent.mid) != "No matching subscribers"

        wait_for(is_heard, what=f"a subscription to {topic}")

    def flags(self) -> list[Envelope]:
        return [one for one in self.taken if one.kind == "flag"]

    def flag_ids(self) -> list[str]:
        return [str(one.body["flag_id"]) for one in self.flags()]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def ingester(broker: Mosquitto) -> Iterator[Ingester]:
    one = Ingester(broker.port)
    yield one
    one.close()


@dataclass
class PtyMeters:
    """Meters answering on a pseudo terminal, in a thread: energy and power, or water, by address."""

    electricity: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Address → energy in 0.01 kWh, power in 0.0001 kW."""
    water: dict[str, int] = field(default_factory=dict)
    """Address → volume in 0.01 m³."""
    muted: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        electric, water = dlt645.framer(), cjt188.framer()
        while not self._ending.is_set():
            if not select.select([self._master], [], [], 0.01)[0]:
                electric.quiet()
                water.quiet()
                continue
            data = os.read(self._master, 256)
            for frame in electric.feed(data):
                if isinstance(frame, dlt645.Frame):
                    self._say(frame.address, self._electric_answer(frame))
            for wet in water.feed(data):
                if isinstance(wet, cjt188.Frame):
                    self._say(wet.address, self._water_answer(wet))

    def _say(self, address: str, answer: bytes) -> None:
        if answer:
            self.asked.append(address)
            if address not in self.muted:
                os.write(self._master, b"\xfe\xfe" + answer)

    def _electric_answer(self, frame: dlt645.Frame) -> bytes:
        if frame.address not in self.electricity or frame.is_answer:
            return b""
        energy, power = self.electricity[frame.address]
        di = dlt645.identifier_text(frame.data)
        if di == "00010000":
            return dlt645.read_answer(frame.address, di, bytes.fromhex(f"{energy:08d}")[::-1])
        if di == "02030000":
            return dlt645.read_answer(frame.address, di, bytes.fromhex(f"{power:06d}")[::-1])
        return dlt645.error_answer(frame.address, frame.function)

    def _water_answer(self, frame: cjt188.Frame) -> bytes:
        if frame.address not in self.water or frame.is_answer:
            return b""
        volume = bytes.fromhex(f"{self.water[frame.address]:08d}")[::-1] + b"\x2c"
        clock = bytes.fromhex("00000823112620")
        return cjt188.answer(frame, 0x10, frame.address, volume + volume + clock + b"\x00\x00")

    def close(self) -> None:
        self._ending.set()
        self._thread.join(60)
        for descriptor in (self._slave, self._master):
            os.close(descriptor)


@pytest.fixture
def meters() -> Iterator[PtyMeters]:
    one = PtyMeters({"000000000001": (123456, 512)}, {"00000000000001": 4711})
    yield one
    one.close()


@dataclass
class Daemon:
    """The real gateway in a process of its own."""

    config: Path
    process: subprocess.Popen[bytes] | None = None
    tree: Path | None = None
    """Where its code and papers lie, if not here."""

    def start(self) -> None:
        log = (self.config.parent / "gateway.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                cwd=self.tree,
                env=None if self.tree is None else {**os.environ, "PYTHONPATH": str(self.tree)},
            )

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def stop(self) -> int:
        return self.end(signal.SIGTERM)

    def end(self, number: int) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(60)

    def log(self) -> str:
        return (self.config.parent / "gateway.log").read_text()

    @property
    def state(self) -> Path:
        return self.config.parent / "gateway.sqlite"


CONFIG = """
[gateway]
id = "gw-test"
save_s = 0.5
heartbeat_s = 2
{clock}
[uplink]
host = "127.0.0.1"
port = {broker_port}
key_file = "key"
receipt_s = 1.0
{uplink}
[[lines]]
name = "bus-1"
kind = "serial"
port = "{serial_port}"
poll_s = {poll_s}
answer_s = {answer_s}
retries = 1
[[lines]]
name = "detectors"
kind = "mqtt"
host = "127.0.0.1"
mqtt_port = {broker_port}
[[homes]]
id = "h-001"
[[devices]]
id = "h-001-e"
home = "h-001"
line = "bus-1"
document = "dlt645-2007"
address = "000000000001"
[[devices]]
id = "h-001-w"
home = "h-001"
line = "bus-1"
document = "cjt188-2004"
address = "00000000000001"
[[devices]]
id = "h-001-s"
home = "h-001"
line = "detectors"
document = "zigbee2mqtt-smoke"
topic = "zigbee2mqtt/h-001-smoke"
"""
for _number in (2, 3, 4):
    CONFIG += f"""
[[homes]]
id = "h-00{_number}"
[[devices]]
id = "h-00{_number}-s"
home = "h-00{_number}"
line = "detectors"
document = "zigbee2mqtt-smoke"
topic = "zigbee2mqtt/h-00{_number}-smoke"
"""


def write_config(
    folder: Path,
    serial_port: str,
    broker_port: int,
    *,
    poll_s: float = 1,
    answer_s: float = 20,
    clock: str = "",
    uplink: str = "",
) -> Path:
    """Write a gateway.toml with one home, its key beside it, and return its path."""
    (folder / "key").write_text(KEY.hex())
    path = folder / "gateway.toml"
    path.write_text(
        CONFIG.format(
            serial_port=serial_port,
            broker_port=broker_port,
            poll_s=poll_s,
            answer_s=answer_s,
            clock=clock,
            uplink=uplink,
        )
    )
    return path


@pytest.fixture
def daemon(tmp_path: Path, broker: Mosquitto, meters: PtyMeters) -> Iterator[Daemon]:
    one = Daemon(write_config(tmp_path, meters.port, broker.port))
    yield one
    one.kill()
