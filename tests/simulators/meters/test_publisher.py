"""Detectors on a real broker: they say how they are, and a broker that dies in between hides no alarm."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators.street.meters_and_lines import Fleet
from simulators.street.street import read_street
from tests.ports import own_port

SMOKE_NOW = """
[street]
homes = 2
lines = 1
[broker]
port = {port}
[[incidents]]
home = "h-002"
kind = "smoke"
at = {at}
hours = 1
"""


@asynccontextmanager
async def broker(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "broker", "--port", str(port), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def heard(port: int, enough: Callable[[dict[str, dict[str, object]]], bool]) -> dict[str, dict[str, object]]:
    """Listen with a client of our own until enough was said; the last state of each topic."""
    states: dict[str, dict[str, object]] = {}
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("zigbee2mqtt/#", 1)
    client.on_message = lambda _c, _u, message: states.update({message.topic: json.loads(message.payload)})
    try:
        async with asyncio.timeout(120):
            while True:
                try:
                    client.connect("127.0.0.1", port)
                    break
                except OSError:
                    await asyncio.sleep(0.1)
            client.loop_start()
            while not enough(states):
                await asyncio.sleep(0.05)
    finally:
        client.disconnect()
        client.loop_stop()
    return states


async def test_detectors_come_back_to_a_broker_that_was_killed_and_go_on_howling(tmp_path: Path) -> None:
    port, now = own_port(), datetime.now(UTC)
    at = (now - timedelta(minutes=1)).isoformat()
    fleet = Fleet(read_street(SMOKE_NOW.format(port=port, at=at), now), tmp_path)
    playing = asyncio.create_task(fleet.play())
    try:
        for _ in range(2):
            async with broker(port):
                states = await heard(port, lambda states: len(states) == 2)
                assert states["zigbee2mqtt/h-001-smoke"]["smoke"] is False
                assert states["zigbee2mqtt/h-002-smoke"]["smoke"] is True
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
