"""A real mosquitto of our own, and a paho client that plays the gateway's side of the wire."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from models.wire.envelope import downlink_topic, uplink_topic
from tests.ports import own_port


class Mosquitto:
    """A broker on a port of its own; can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = own_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        assert Path(program).exists(), "mosquitto is missing: sh tests/packages.sh tests/packages.txt"
        self._process = subprocess.Popen(
            [program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("mosquitto does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(60)
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker."""
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


class Uplink:
    """A gateway's connection: publishes sealed bytes and collects what comes down."""

    def __init__(self, port: int, gateway_id: str) -> None:
        self.received: queue.Queue[bytes] = queue.Queue()
        self._gateway_id = gateway_id
        # without a name of its own: of two clients of one name the broker throws out the first
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = lambda _client, _data, message: self.received.put(bytes(message.payload))
        subscribed: queue.Queue[bool] = queue.Queue()
        self._client.on_subscribe = lambda *_: subscribed.put(True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(downlink_topic(gateway_id), qos=1)
        subscribed.get(timeout=60)

    def publish(self, sealed: bytes, topic_gateway: str | None = None) -> None:
        self._client.publish(uplink_topic(topic_gateway or self._gateway_id), sealed, qos=1).wait_for_publish(60)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def uplink(mosquitto: Mosquitto) -> Iterator[Uplink]:
    """Gateway gw-1's connection."""
    connection = Uplink(mosquitto.port, "gw-1")
    yield connection
    connection.close()
