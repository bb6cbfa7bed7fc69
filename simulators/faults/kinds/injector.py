"""Ward: what a fault may use, and what a fault is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from models.wire.envelope import UPLINK_FILTER
from simulators.demo.ports import HOST
from simulators.faults.scene.installation import Building, Installation

_KEPT = 3000


@dataclass(slots=True)
class Injector:
    """The house, the seed, and what was overheard on the way to ingest."""

    installation: Installation
    rng: Random
    now: Callable[[], datetime]
    overheard: deque[tuple[str, bytes]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    first_starts: int = 0
    in_transaction: int = 0
    """How many workers were killed while the database was seen to wait for them in the middle of a transaction."""

    async def a_while(self, least: float, most: float) -> None:
        """Let a random time pass."""
        await asyncio.sleep(self.rng.uniform(least, most))


Hurt = Callable[[Injector, Building], Awaitable[None]]
"""Does it, in or around one building, and returns when the cause is over."""

BUILDING, WIRE, BROKER, INGEST, VENDOR, BESIDE = "building", "wire", "broker", "ingest", "vendor", "beside"
"""What is hurt: in each place only one fault at a time, at each of the buildings too."""


class InjectedFault(NamedTuple):
    """One kind of fault: what it is, where, how it is done, and how often it comes among the others."""

    words: str
    place: str
    hurt: Hurt
    weight: int = 1


class UplinkListener:
    """Overhears what goes up, for `replay`."""

    def __init__(self, injector: Injector) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=mqtt.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(UPLINK_FILTER, qos=0)
        self._client.on_message = lambda _c, _u, said: injector.overheard.append((said.topic, bytes(said.payload)))
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(HOST, injector.installation.ports.broker)
        self._client.loop_start()

    def close(self) -> None:
        """Leave."""
        leave(self._client)


def leave(client: mqtt.Client) -> None:
    """Disconnect, and end the client's thread."""
    client.disconnect()
    client.loop_stop()
