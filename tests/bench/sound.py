"""Sound: from a smoke detector's publish to the sound on the desk. Every program is the real one, the desk a Chromium.

    PYTHONPATH=. python tests/bench/sound.py --count 100

Broker, gateway, ingester and a street whose meters are polled run on this machine; each alarm is at a home of its own,
is heard, and is acknowledged by the key A before the next one comes. Prints one line of JSON; an alarm that is not
heard within half a minute ends the run with an error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from models.pace import Pace
from simulators.demo.children import Supervisor
from simulators.demo.counts import read_gateway
from simulators.demo.documents import GATEWAY
from simulators.demo.folder import claim
from simulators.demo.ports import HOST, choose_ports
from simulators.demo.stage import DemoStage, Doors
from simulators.street.street import HomeSpec, read_street
from tests.bench.screens import OBSERVE, percentile
from tests.browser.conftest import CHROMIUM

_PATIENCE_S = 30.0
_SETTLE_S = 5.0
_SCENARIO = '[street]\ngateway = "{gateway}"\nhomes = {homes}\nseed = 3\nlines = {lines}\ntiming = "line"\n'
_SMOKE = json.dumps({"smoke": True, "test": False, "tamper": False, "battery": 90, "battery_low": False})


async def measure(count: int, root: Path) -> list[float]:
    """Return the milliseconds of each alarm that was heard."""
    folder, ports = claim(root), choose_ports()
    supervisor = Supervisor(folder.logs, lambda name: print(f"{name} died and is started again", file=sys.stderr))
    try:
        stage = DemoStage(folder, ports, supervisor)
        doors = await stage.open(count)
        now = datetime.now(UTC)
        scenario = _SCENARIO.format(gateway=GATEWAY, homes=count, lines=max(1, count // 5))
        await stage.light(scenario, Pace(now, now), poll_s=300.0)
        deadline = time.monotonic() + 3 * _PATIENCE_S
        while (counts := read_gateway(folder.gateway_state)) is None or counts.readings < count:
            assert time.monotonic() < deadline, "the gateway did not hear its detectors"
            await asyncio.sleep(0.2)
        await asyncio.sleep(_SETTLE_S)
        return await asyncio.to_thread(listen, read_street(scenario, now).homes, ports.broker, doors)
    finally:
        await supervisor.stop()
        folder.release()
        ports.release()


def listen(homes: Sequence[HomeSpec], broker: int, doors: Doors) -> list[float]:
    """Sit at the desk and let the alarms come one by one."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect(HOST, broker)
    client.loop_start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=doors.console, viewport={"width": 1440, "height": 900}, locale="zh-CN")
        context.add_init_script(OBSERVE)
        page = context.new_page()
        page.goto("/")
        page.fill("#login", doors.login)
        page.fill("#password", doors.password)
        page.click("main form.sheet button")
        page.wait_for_selector("#desk[data-ready]")
        page.keyboard.press("a")
        took = [_alarm(client, page, home) for home in homes]
        browser.close()
    client.disconnect()
    client.loop_stop()
    return took


def _alarm(client: mqtt.Client, page: Page, home: HomeSpec) -> float:
    page.evaluate("window.sounded = 0")
    began = time.time() * 1000
    client.publish(home.smoke_topic, _SMOKE, qos=1)
    page.wait_for_function("() => window.sounded > 0", timeout=_PATIENCE_S * 1000)
    heard: float = page.evaluate("window.sounded") - began
    page.keyboard.press("a")
    page.wait_for_function("() => !document.body.dataset.sounding")
    return heard


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measure(args.count, Path(folder)))
    result: dict[str, Any] = {"count": len(took)}
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)):
        result[f"{name}_ms"] = round(percentile(took, share) or 0)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
