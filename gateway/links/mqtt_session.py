"""MQTT session: paho's network thread on one side, the event loop on the other. MQTT 5, QoS 1, a session that lasts.

Nothing is published while the broker is away (paho would keep it in memory and send it later, unasked), and no
exception may leave a callback (it would kill paho's thread while it still says that it is connected).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from models.kit.lasting_client import LastingClient
from models.kit.loop_bridge import LoopBridge

log = logging.getLogger(__name__)

_KEEPALIVE_S = 20
_SESSION_S = 7 * 86400
_INFLIGHT = 20
_START_SPREAD_S = 0.5


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates; without `ca_file` the system's list decides. The broker is always verified."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, who we are there, and what we want to hear. `password` is kept out of every text."""

    host: str
    port: int
    client_id: str
    topics: tuple[str, ...]
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None

    def __repr__(self) -> str:
        return f"Broker({self.host}:{self.port} as {self.client_id})"


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """One message as it came."""

    topic: str
    payload: bytes
    retained: bool


def _text(file: Path | None) -> str | None:
    return None if file is None else str(file)


class MqttSession:
    """One client at one broker. The callbacks given are called in the event loop, never in paho's thread."""

    def __init__(
        self,
        broker: BrokerAddress,
        on_message: Callable[[MqttMessage], None],
        on_change: Callable[[str | None], None],
        on_ack: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        """`on_change` is told None when the broker is reached, and otherwise why it is not.

        `on_ack` is told of every message that the broker took: None, or why nobody will get it.
        """
        self._broker = broker
        self._on_message = on_message
        self._on_change = on_change
        self._on_ack = on_ack
        self._bridge: LoopBridge | None = None
        self._client: paho.Client | None = None
        self.connected = False
        self._down: str | None = ""

    async def start(self) -> None:
        """Begin to connect; returns at once, whether or not there is a broker. Raises OSError for bad TLS files."""
        self._bridge = LoopBridge(asyncio.get_running_loop())
        client = self._client = self._make_client()
        # many gateways come back at once after a power cut: they should not all knock in the same instant
        await asyncio.sleep(random.uniform(0, _START_SPREAD_S))  # noqa: S311
        client.connect_lasting(self._broker.host, self._broker.port, _KEEPALIVE_S, _SESSION_S)

    def _make_client(self) -> LastingClient:
        client = LastingClient(self._broker.client_id, self._tripped)
        client.suppress_exceptions = True
        client.max_inflight_messages_set(_INFLIGHT)
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        tls = self._broker.tls
        if tls is not None:
            client.tls_set(_text(tls.ca_file), _text(tls.cert_file), _text(tls.key_file))
        client.on_connect = self._connected
        client.on_connect_fail = self._connect_failed
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        client.on_publish = self._published
        return client

    def publish(self, topic: str, payload: bytes) -> bool:
        """Hand a message to the broker's connection; False when there is none, and then nothing is kept."""
        if not self.connected or self._client is None:
            return False
        return self._client.publish(topic, payload, qos=1).rc == paho.MQTT_ERR_SUCCESS

    async def stop(self) -> None:
        """Say goodbye to the broker and end paho's thread."""
        client, self._client = self._client, None
        if client is not None:
            client.on_disconnect = None  # we go by ourselves: that is no trouble
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)
        self.connected = False

    # ---- in paho's thread ----

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if self._bridge is not None:
            self._bridge.call(function, *arguments)

    def _connected(
        self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._call(self._changed, f"{self._broker.host}:{self._broker.port} refused us: {reason}")
            return
        if self._broker.topics:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._broker.topics])
        self._call(self._changed, None)

    def _connect_failed(self, _client: paho.Client, _data: Any) -> None:
        self._call(self._changed, f"{self._broker.host}:{self._broker.port} can't be reached")

    def _disconnected(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._call(self._changed, f"{self._broker.host}:{self._broker.port} is gone: {reason}")

    def _tripped(self, error: str) -> None:
        self._call(self._changed, f"{self._broker.host}:{self._broker.port} left behind: {error} in the client")

    def _message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._call(self._on_message, MqttMessage(message.topic, bytes(message.payload), message.retain))

    def _published(
        self, _client: paho.Client, _data: Any, _mid: int, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._call(self._note_ack, str(reason))

    # ---- in the event loop ----

    def _changed(self, reason: str | None) -> None:
        self.connected = reason is None
        if reason == self._down:
            return
        if reason is None:
            log.info("broker %s:%d reached", self._broker.host, self._broker.port)
        elif not self._down:
            log.warning("broker: %s", reason)
        self._down = reason
        self._on_change(reason)

    def _note_ack(self, reason: str) -> None:
        """A broker that takes a message but has nobody for it says so."""
        if reason == "No matching subscribers":
            self._on_ack("nobody listens at the broker")
        else:
            self._on_ack(None if reason == "Success" else f"the broker does not take our messages: {reason}")
