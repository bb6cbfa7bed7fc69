"""Publisher: sends the detectors' states to a real MQTT broker, as one Zigbee2MQTT does for all detectors of a house.

States are retained, sent again after every new connection, and repeated while a detector alarms: a broker that dies
between two of them hides no alarm.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import uuid
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.clock import VirtualClock
from simulators.meters.smoke import SmokeDetector

log = logging.getLogger(__name__)

ALARM_REPEAT_S = 2.0
"""Wall seconds between two messages of a howling detector."""


class Publisher:
    """One MQTT 5 client for all detectors of a street."""

    def __init__(self, host: str, port: int, detectors: Sequence[SmokeDetector], clock: VirtualClock) -> None:
        self._host = host
        self._port = port
        self._detectors = detectors
        self._clock = clock
        self._connected = asyncio.Event()
        # a name of its own: a nameless MQTT 5 client can't come back to a broker that lost its memory
        name = f"linshe-sim-{uuid.uuid4().hex[:12]}"
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        self._client.suppress_exceptions = True  # an exception would kill the network thread without a word
        self._client.reconnect_delay_set(min_delay=1, max_delay=2)

    async def run(self) -> None:
        """Publish until cancelled; a broker that is away is waited for."""
        loop = asyncio.get_running_loop()

        def on_connect(_c: mqtt.Client, _u: Any, _f: Any, reason: ReasonCode, _p: Properties | None) -> None:
            if not reason.is_failure:
                loop.call_soon_threadsafe(self._on_line)

        def on_disconnect(*_: object) -> None:
            loop.call_soon_threadsafe(self._connected.clear)

        self._client.on_connect = on_connect
        self._client.on_disconnect = on_disconnect
        self._client.connect_async(self._host, self._port, keepalive=20, clean_start=True)
        self._client.loop_start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._report())
                tasks.create_task(self._repeat_alarms())
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _on_line(self) -> None:
        log.info("detectors: connected to the broker at %s:%d", self._host, self._port)
        self._connected.set()
        now = self._clock.now()
        for detector in self._detectors:
            self._publish(detector, now)

    async def _report(self) -> None:
        begin = self._clock.now()
        due = [(detector.next_report(begin), index) for index, detector in enumerate(self._detectors)]
        heapq.heapify(due)
        while due:
            at, index = due[0]
            await self._clock.sleep_until(at)
            detector = self._detectors[index]
            # the state of the moment it was due: a short press of the button is not missed by a fast clock
            self._publish(detector, at)
            heapq.heapreplace(due, (detector.next_report(at), index))

    async def _repeat_alarms(self) -> None:
        while True:
            await asyncio.sleep(ALARM_REPEAT_S)
            now = self._clock.now()
            for detector in self._detectors:
                if detector.alarms(now):
                    self._publish(detector, now)

    def _publish(self, detector: SmokeDetector, at: float) -> None:
        """Say the state, if anybody listens; what is said to a dead broker comes again after the next connection."""
        if self._connected.is_set():
            self._client.publish(detector.topic, detector.payload(at), qos=1, retain=True)
