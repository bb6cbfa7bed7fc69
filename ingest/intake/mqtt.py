"""The MQTT door: a shared subscription, so that any number of ingesters divide the work. Decides nothing.

paho runs its own thread; messages cross into the loop by a `LoopBridge`. A message is acknowledged to the
broker only after the commit, and the gateway gets its sealed receipt after that. What could not be stored is tried
again here, for the broker sends a message once in a connection and stops when too many are not acknowledged. After
`GIVE_UP_AFTER_S` it is let go: the gateway keeps it until its receipt and brings it again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, Denied
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.domain.incoming.flag_limits import one_line
from ingest.intake.batching import Answer, Batcher, Unavailable
from ingest.settings import Broker
from models.kit.lasting_client import LastingClient
from models.kit.loop_bridge import LoopBridge
from models.wire.envelope import UPLINK_FILTER, downlink_topic, gateway_of_topic

log = logging.getLogger(__name__)

SHARED_FILTER = f"$share/ingest/{UPLINK_FILTER}"
SESSION_EXPIRY_S = 24 * 3600
_KEEPALIVE_S = 30
RECEIVE_MAXIMUM = 512
"""How many messages the broker may have under way to us: the back-pressure of this door."""
GIVE_UP_AFTER_S = 120.0
_LONGEST_PAUSE_S = 5.0


class MqttIntake:
    """Construct, then `start` inside the running loop, and `stop`."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        batcher: Batcher,
        receipts: ReceiptWriter,
        clock: Callable[[], datetime],
    ) -> None:
        """`client_id` must stay the same over restarts, so that the broker keeps our session, and be ours alone."""
        self._broker = broker
        self._batcher = batcher
        self._receipts = receipts
        self._clock = clock
        self._bridge: LoopBridge | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._parted = asyncio.Event()
        self._client = self._build_client(client_id)
        self.connected = asyncio.Event()

    def start(self) -> None:
        """Connect as soon as the broker is there; comes back by itself whenever it is lost."""
        self._bridge = LoopBridge(asyncio.get_running_loop())
        self._client.connect_lasting(
            self._broker.host, self._broker.port, _KEEPALIVE_S, SESSION_EXPIRY_S, RECEIVE_MAXIMUM
        )

    async def stop(self) -> None:
        """Finish what is under way, then leave; the broker keeps what comes meanwhile."""
        self._parted.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def publish_down(self, gateway_id: str, sealed: bytes) -> None:
        """Send sealed bytes to a gateway if the broker is there; who sends sees to it that they are sent again."""
        if self._client.is_connected():
            self._client.publish(downlink_topic(gateway_id), sealed, qos=1)

    def _build_client(self, client_id: str) -> LastingClient:
        client = LastingClient(client_id, self._tripped, manual_ack=True)
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls is not None:
            tls = self._broker.tls
            client.tls_set(tls.ca_file, tls.cert_file, tls.key_file, cert_reqs=ssl.CERT_REQUIRED)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    # paho's thread: an exception here would end it silently, so these do nothing that can fail

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: paho.ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if reason.is_failure:
            log.error("broker %s:%s refuses us: %s", self._broker.host, self._broker.port, reason)
            return
        client.subscribe(SHARED_FILTER, qos=1)
        log.info("connected to broker %s:%s", self._broker.host, self._broker.port)
        self._in_loop(self.connected.set)

    def _on_disconnect(
        self,
        _client: paho.Client,
        _data: Any,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        log.warning("broker %s:%s lost: %s", self._broker.host, self._broker.port, reason)
        self._in_loop(self._part)

    def _tripped(self, _error: str) -> None:
        self._in_loop(self._part)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._in_loop(self._receive, message)

    def _in_loop(self, call: Callable[..., object], *args: object) -> None:
        if self._bridge is not None:
            self._bridge.call(call, *args)

    # the loop

    def _part(self) -> None:
        """The connection is over: the broker brings again what it has no acknowledgement for, under new numbers."""
        self.connected.clear()
        self._parted.set()
        self._parted = asyncio.Event()

    def _receive(self, message: paho.MQTTMessage) -> None:
        arrival = Arrival(bytes(message.payload), gateway_of_topic(message.topic) or "")
        task = asyncio.get_running_loop().create_task(self._answer(message, arrival, self._parted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: paho.MQTTMessage, arrival: Arrival, parted: asyncio.Event) -> None:
        answer = await self._stored(arrival, parted)
        if not parted.is_set():
            self._client.ack(message.mid, message.qos)
        if isinstance(answer, Accepted):
            sealed = self._receipts.write([answer], self._clock())[answer.gateway_id]
            self.publish_down(answer.gateway_id, sealed)
        elif isinstance(answer, Denied):
            topic = one_line(message.topic, 100)
            log.warning("message on %s denied: %s (%s)", topic, answer.kind.value, answer.reason)

    async def _stored(self, arrival: Arrival, parted: asyncio.Event) -> Answer:
        """Try until there is an answer; `Unavailable` only when the connection is over or it has taken too long."""
        waited, pause = 0.0, 0.5
        while True:
            answer = await self._batcher.submit(arrival)
            if not isinstance(answer, Unavailable) or answer.let_go or parted.is_set() or waited >= GIVE_UP_AFTER_S:
                return answer
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await parted.wait()
                    return answer
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE_S)
