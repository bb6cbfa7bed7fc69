"""Injuries: what is done to the house, each by a function that returns when the cause is over."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.codec import encode, flag_body, write_body
from models.wire.envelope import UPLINK_FILTER, Envelope
from models.wire.seal import Direction, seal
from simulators.demo.ports import HOST
from simulators.faults.house import INGESTERS, SECOND, SINGLE_HOMES, House
from simulators.faults.proxy import Proxy, Weather

_DOOR = "/api/v1/envelopes"
_AT_ONCE = 16
_KEPT = 3000
_STORY = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(slots=True)
class Ward:
    """What an injury may use: the house, the seed, and what was overheard on the way to ingest."""

    house: House
    rng: Random
    overheard: deque[tuple[str, bytes]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    singles: int = 0

    async def a_while(self, least: float, most: float) -> None:
        """Let a random time pass."""
        await asyncio.sleep(self.rng.uniform(least, most))


Injury = Callable[[Ward], Awaitable[None]]


def _kill(*names: str, how: signal.Signals = signal.SIGKILL) -> Injury:
    async def kill(ward: Ward) -> None:
        for name in names:
            ward.house.supervisor.kill(name, how)

    return kill


async def _kill_one_ingester(ward: Ward) -> None:
    ward.house.supervisor.kill(ward.rng.choice(INGESTERS))


def _network(side: Callable[[House], Proxy], weather: Weather) -> Injury:
    async def spoil(ward: Ward) -> None:
        proxy = side(ward.house)
        proxy.turn(weather)
        await ward.a_while(0.5, 4.0)
        proxy.turn(Weather.FAIR)

    return spoil


async def _replay(ward: Ward) -> None:
    """Say again what was said long ago, three times and in any order."""
    old = list(ward.overheard)
    again = [one for one in ward.rng.sample(old, min(200, len(old))) for _ in range(3)]
    ward.rng.shuffle(again)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="replayer", protocol=mqtt.MQTTv5)
    with suppress(OSError):  # the broker may be coming up
        await asyncio.to_thread(client.connect, HOST, ward.house.broker_port)
    client.loop_start()
    for topic, sealed in again:
        client.publish(topic, sealed, qos=1)
    await ward.a_while(0.5, 1.0)
    await asyncio.to_thread(_leave, client)


def _leave(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


async def _sixteen_at_once(ward: Ward) -> None:
    """One flag, posted sixteen times in the same moment at both doors: each gets a receipt, and there is one ticket."""
    if ward.singles >= SINGLE_HOMES:
        return
    home = f"single-{ward.singles}"
    ward.singles += 1
    evidence = Evidence({"device": home}, "烟雾探测器正在报警。", "The smoke detector is sounding its alarm.")
    flag = Flag(
        home, FlagKind.SMOKE, Severity.CRITICAL, FlagEvent.RAISED, _STORY, _STORY, 1.0, "smoke_bit", evidence, home
    )
    envelope = Envelope(home, SECOND, "boot", ward.singles, _STORY, "flag", write_body(flag_body(flag)))
    sealed = seal(ward.house.key(SECOND), SECOND, Direction.UP, encode(envelope))
    doors = ward.house.doors
    await asyncio.gather(*(_post_until_taken(doors[n % len(doors)], sealed) for n in range(_AT_ONCE)))


async def _post_until_taken(door: str, sealed: bytes) -> None:
    """Post as a gateway does: again and again until there is a receipt."""
    while True:
        try:
            await asyncio.to_thread(_post, door + _DOOR, sealed)
        except OSError:
            await asyncio.sleep(0.2)
        else:
            return


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(url, body, timeout=10) as answer:  # noqa: S310 - our own ingester
        answer.read()


async def _fill_disk(ward: Ward) -> None:
    """Leave the gateway no byte to write, for a while."""
    ballast = ward.house.state / "ballast"
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(65536))
    free = shutil.disk_usage(ward.house.state).free
    with suppress(OSError), (ward.house.state / "ballast-2").open("wb") as file:
        file.write(bytes(free))
    await ward.a_while(1.0, 4.0)
    for name in ("ballast", "ballast-2"):
        (ward.house.state / name).unlink(missing_ok=True)


async def _second_of_the_name(ward: Ward) -> None:
    """Another machine with the same name and key connects: a copied card, a spare that was not given its own name."""
    house = ward.house
    path = house.folder.write("twin.toml", house.gateway_toml("twin.sqlite", []))
    await house.supervisor.start("twin", "gateway", "run", "--config", str(path))
    await ward.a_while(3.0, 6.0)
    await house.supervisor.stop("twin")


def _vendor(mode: str) -> Injury:
    async def order(ward: Ward) -> None:
        await asyncio.to_thread(_order, ward.house.vendor, {"mode": mode, "delay_s": 3.0})
        await ward.a_while(2.0, 5.0)
        await asyncio.to_thread(_order, ward.house.vendor, {"mode": "none"})

    return order


def _order(vendor: str, order: dict[str, object]) -> None:
    request = urllib.request.Request(f"{vendor}/api/faults", json.dumps(order).encode())  # noqa: S310 - our own vendor
    with suppress(urllib.error.URLError), urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        answer.read()


TABLE: dict[str, tuple[str, Injury]] = {
    "gateway": ("kill -9 of the gateway", _kill("gateway")),
    "ingest": ("kill -9 of one of two ingesters", _kill_one_ingester),
    "ingest-all": ("kill -9 of both ingesters", _kill(*INGESTERS)),
    "broker": ("kill -9 of the broker, which forgets all it holds", _kill("broker")),
    "postgres": ("PostgreSQL crashes (SIGQUIT: no shutdown, recovery at start)", _kill("postgres", how=signal.SIGQUIT)),
    "power": ("gateway, broker and both ingesters at once", _kill("gateway", "broker", *INGESTERS)),
    "cut": ("network gateway-broker cut for 0.5-4 s", _network(lambda house: house.to_gateway, Weather.CUT)),
    "half-open": (
        "the same, half open: what is sent is lost",
        _network(lambda house: house.to_gateway, Weather.HALF_OPEN),
    ),
    "slow": ("the same, 4 kB a second", _network(lambda house: house.to_gateway, Weather.SLOW)),
    "cut-ingest": ("network broker-ingesters cut for 0.5-4 s", _network(lambda house: house.to_ingest, Weather.CUT)),
    "deaf-ingest": ("the same, half open", _network(lambda house: house.to_ingest, Weather.HALF_OPEN)),
    "replay": ("200 old envelopes, three times each, in any order", _replay),
    "sixteen": ("one flag 16 times in the same moment, at two doors", _sixteen_at_once),
    "disk": ("the gateway's disk full for 1-4 s", _fill_disk),
    "twin": ("a second gateway of the same name for 3-6 s", _second_of_the_name),
    "vendor-timeout": ("the SMS company takes messages and never answers", _vendor("timeout")),
    "vendor-nonsense": ("it answers with a page of HTML", _vendor("nonsense")),
    "vendor-500": ("it answers HTTP 500", _vendor("500")),
    "vendor-slow": ("it answers after 3 s, which is too late", _vendor("slow")),
}
"""Name → what it is, what is done."""


def possible(house: House) -> list[str]:
    """Return what can be done to this house."""
    missing = {"postgres"} if house.postgres is None else set()
    if not house.has_small_disk:
        missing.add("disk")
    return [name for name in TABLE if name not in missing]


class Listener:
    """Overhears what goes up, for `replay`."""

    def __init__(self, house: House, ward: Ward) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=mqtt.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(UPLINK_FILTER, qos=0)
        self._client.on_message = lambda _c, _u, said: ward.overheard.append((said.topic, bytes(said.payload)))
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(HOST, house.broker_port)
        self._client.loop_start()

    def close(self) -> None:
        """Leave."""
        _leave(self._client)
