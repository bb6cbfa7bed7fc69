"""Stage: all programs of the demonstration, started in order, with their papers. For the story and for measuring."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException

from models.pace import Pace
from simulators.demo.children import Supervisor
from simulators.demo.counts import read_gateway
from simulators.demo.documents import DISTRICT, LOGIN, write_gateway, write_ingest, write_places, write_street
from simulators.demo.folder import DemoFolder
from simulators.demo.ports import HOST, Ports, answers

_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a person on this machine can look, and with which word."""

    console: str
    phones: str
    login: str
    password: str


class DemoStage:
    """Builds the house on this machine; `supervisor` keeps it standing."""

    def __init__(self, folder: DemoFolder, ports: Ports, supervisor: Supervisor) -> None:
        self.folder = folder
        self.ports = ports
        self.supervisor = supervisor
        self._key = ""
        self.start_s = 0.0
        """How long a program takes here to come up and go: the machine's own measure of patience."""

    async def open(self, homes: int) -> Doors:
        """Start broker, vendor and ingester, with the district and its people in it."""
        folder, ports, start = self.folder, self.ports, self.supervisor.start
        papers = write_ingest(folder, ports)
        self._key = papers.gateway_key
        places = str(write_places(folder, homes))
        await start("broker", "simulators", "broker", "--host", HOST, "--port", str(ports.broker))
        token = str(folder.root / "vendor.token")
        await start("vendor", "simulators", "vendor", "--port", str(ports.vendor), "--sms-token-file", token)
        call = ("ingest", "--config", str(papers.config))
        run = self.supervisor.run_once
        await run("migrate", *call, "migrate")
        begin = time.monotonic()
        await run("load", *call, "load", places)
        self.start_s = time.monotonic() - begin
        user = ("--login", LOGIN, "--role", "dispatcher", "--area", DISTRICT)
        await run("user add", *call, "user", "add", *user, "--password-file", str(papers.password_file))
        await start("ingest", *call, "serve")
        await self.supervisor.until(lambda: answers(ports.broker), "broker", _START_S)
        await self.supervisor.until(lambda: answers(ports.vendor), "vendor", _START_S)
        await self.supervisor.until(lambda: is_ready(ports.web), "ingest", _START_S)
        return Doors(f"http://{HOST}:{ports.web}/", f"http://{HOST}:{ports.vendor}/", LOGIN, papers.password)

    async def light(self, scenario: str, pace: Pace, poll_s: float) -> None:
        """Start the street of `scenario` and its gateway on the clock `pace`."""
        path, street = write_street(self.folder, self.ports, scenario, pace)
        gateway = write_gateway(self.folder, self.ports, street, self._key, poll_s)
        lines = str(self.folder.lines)
        await self.supervisor.start(
            "street", "simulators", "street", "--scenario", str(path), "--folder", lines, "--no-config"
        )
        await self.supervisor.until(lambda: len(list(self.folder.lines.iterdir())) == street.lines, "street", _START_S)
        await self.supervisor.start("gateway", "gateway", "run", "--config", str(gateway))
        await self.supervisor.until(lambda: read_gateway(self.folder.gateway_state) is not None, "gateway", _START_S)


def is_ready(port: int) -> bool:
    """Whether the ingester at `port` says that it is ready."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, HTTPException, ValueError, KeyError):
        return False
