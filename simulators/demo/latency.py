"""Latency: from a detector's publish to the ticket that a dispatcher can see and the message on a volunteer's phone.

All programs are the real ones, on one machine and at the wall's own speed, while the meters of all homes are polled.
Each alarm is at a home of its own, so that each asks for a ticket of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from models.pace import Pace
from simulators.demo.actors import home_labels
from simulators.demo.children import ChildError, Supervisor
from simulators.demo.counts import read_gateway
from simulators.demo.documents import GATEWAY
from simulators.demo.folder import FolderError, claim
from simulators.demo.phones import read_messages
from simulators.demo.ports import HOST, choose_ports
from simulators.demo.stage import DemoStage, Doors
from simulators.street.street import HomeSpec, read_street

_GIVE_UP_S = 30.0
_LOOK_EVERY_S = 0.005
_SETTLE_S = 3.0
_SCENARIO = '[street]\ngateway = "{gateway}"\nhomes = {homes}\nseed = 3\nlines = {lines}\ntiming = "line"\n'


def add_latency_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--count", type=int, default=200, help="how many alarms, each at a home of its own")
    parser.add_argument("--dir", type=Path, default=Path(".demo"), help="where everything is kept")


def run_latency(args: argparse.Namespace) -> int:
    """Measure and print one line of JSON; exit code 1 if an alarm did not arrive."""
    if not 1 <= args.count <= 500:
        print(f"linshe-sim smoke-latency: --count {args.count}: must be 1 to 500", file=sys.stderr)
        return 2
    try:
        result = asyncio.run(_measure(args.count, args.dir))
    except (FolderError, ChildError) as error:
        print(f"linshe-sim smoke-latency: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 1 if result["unseen"] else 0


async def _measure(count: int, root: Path) -> dict[str, Any]:
    folder = claim(root)
    ports = choose_ports()
    supervisor = Supervisor(folder.logs, lambda name: print(f"{name} died and is started again", file=sys.stderr))
    try:
        stage = DemoStage(folder, ports, supervisor)
        doors = await stage.open(count)
        now = datetime.now(UTC)
        scenario = _SCENARIO.format(gateway=GATEWAY, homes=count, lines=min(64, max(1, count // 5)))
        await stage.light(scenario, Pace(now, now), poll_s=300.0)
        await _until_heard(lambda: _readings(stage) >= count)
        homes = read_street(scenario, now).homes
        return await asyncio.to_thread(_alarms, homes, stage.ports.broker, doors)
    finally:
        await supervisor.stop()
        folder.release()
        ports.release()


def _readings(stage: DemoStage) -> int:
    counts = read_gateway(stage.folder.gateway_state)
    return 0 if counts is None else counts.readings


async def _until_heard(good: Callable[[], bool]) -> None:
    """Wait until every detector has been heard of once, and a little, so that nothing is just starting."""
    deadline = time.monotonic() + 2 * _GIVE_UP_S
    while not good():
        if time.monotonic() > deadline:
            raise ChildError("the gateway did not hear the detectors; see its log")
        await asyncio.sleep(0.2)
    await asyncio.sleep(_SETTLE_S)


def _alarms(homes: Sequence[HomeSpec], broker: int, doors: Doors) -> dict[str, Any]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect(HOST, broker)
    client.loop_start()
    desk = _Desk(doors)
    labels = home_labels(len(homes))
    tickets: list[float] = []
    notices: list[float] = []
    payload = json.dumps({"smoke": True, "test": False, "tamper": False, "battery": 90, "battery_low": False})
    try:
        for home in homes:
            begin = time.perf_counter()
            client.publish(home.smoke_topic, payload, qos=1)
            if _appears(lambda home=home: desk.has_ticket(home.id)):  # type: ignore[misc]
                tickets.append(time.perf_counter() - begin)
            if _appears(lambda home=home: desk.has_message(labels[home.id])):  # type: ignore[misc]
                notices.append(time.perf_counter() - begin)
    finally:
        client.disconnect()
        client.loop_stop()
    unseen = 2 * len(homes) - len(tickets) - len(notices)
    return {"count": len(homes), "ticket_ms": _spread(tickets), "notice_ms": _spread(notices), "unseen": unseen}


def _appears(seen: Callable[[], bool]) -> bool:
    deadline = time.perf_counter() + _GIVE_UP_S
    while not seen():
        if time.perf_counter() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return percentiles in milliseconds: the smallest measured value that at least that share does not exceed."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {
        name: round(ordered[max(0, -(-len(ordered) * share // 100) - 1)] * 1000, 1)
        for name, share in (("p50", 50), ("p90", 90), ("p99", 99), ("max", 100))
    }


class _Desk:
    """A dispatcher's program, logged in, and a look at the phones."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        body = json.dumps({"login": doors.login, "password": doors.password}).encode()
        self._headers = {"Content-Type": "application/json"}
        self._headers["Authorization"] = f"Bearer {self._json('api/v1/login', body)['token']}"

    def has_ticket(self, home: str) -> bool:
        """Whether the newest tickets hold one for `home`."""
        rows = self._json("api/v1/tickets?status=all&limit=3")["tickets"]
        return any(row["home_id"] == home and row["kind"] == "smoke" for row in rows)

    def has_message(self, label: str) -> bool:
        """Whether a phone shows a message about the home of this label."""
        return any(label in message.text for message in read_messages(self._doors.phones.rstrip("/"))[-6:])

    def _json(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(self._doors.console + path, body, self._headers)  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
