"""House: all programs of a run, with the networks between them that can be cut.

    detectors' radio ─▶ 3 gateways ─▶ 3 proxies ─▶ broker ◀─ proxy ◀─ 2 workers, 2 webs ─▶ database, vendor

The radio stands for what is in the building and is never killed: what a fault there costs is the demonstration's
business. Everything else is.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from models.wire.seal import derive_key
from simulators.demo.children import ChildError, Supervisor
from simulators.demo.folder import DemoFolder
from simulators.demo.ports import HOST, answers, claim_ports
from simulators.demo.stage import is_ready
from simulators.faults.scene.alarm_source import Detector, DetectorStreet
from simulators.faults.scene.clockwork import Clockwork, build_library
from simulators.faults.scene.documents import (
    GatewayPaper,
    ScenePorts,
    gateway_toml,
    ingest_toml,
    mosquitto_conf,
    places_toml,
)
from simulators.faults.scene.ends import EndDatabase, SqliteEnd
from simulators.faults.scene.proxy import Proxy
from simulators.faults.scene.server import PostgresServer, find_postgres
from simulators.faults.scene.wire import DetectorWire

WORKERS, WEBS = ("worker-a", "worker-b"), ("web-a", "web-b")
SINGLE = "gw-sixteen"
SINGLE_HOMES = 1000
"""Homes of a gateway that is not there: each is used for one flag."""
_ZONES = ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe")
_MOST_WIRED = 12
_START_S = 180.0
_OFTEN = 1_000_000
_DISK = "size=24m"
_MOSQUITTO = Path("/usr/sbin/mosquitto")


def unmount_leftovers(root: Path) -> None:
    """Take away the small disks of a run that was itself killed; raises `OSError`."""
    for place in root.glob("state-*"):
        if place.is_mount():
            done = subprocess.run(["umount", place], capture_output=True, text=True, check=False)  # noqa: S603, S607
            if done.returncode:
                raise OSError(f"{place} is still a disk of an earlier run: {done.stderr.strip()}")


@dataclass(slots=True)
class Building:
    """One gateway, its homes, its disk, its network and its clock."""

    name: str
    zone: str
    state: Path
    network: Proxy
    port: int
    clock: Clockwork
    detectors: list[Detector]
    wired: list[Detector] = field(default_factory=list)
    wire: DetectorWire | None = None
    has_small_disk: bool = False

    @property
    def file(self) -> Path:
        """The state file."""
        return self.state / "gateway.sqlite"

    @property
    def homes(self) -> list[str]:
        """All of them."""
        return [one.home for one in (*self.detectors, *self.wired)]


@dataclass(slots=True)
class Installation:
    """One run's programs. `open`, hurt it, `close`."""

    folder: DemoFolder
    steady: Callable[[], float]
    homes: int
    use_postgres: bool
    rng: Random
    supervisor: Supervisor = field(init=False)
    postgres: PostgresServer | None = field(init=False)
    ports: ScenePorts = field(init=False)
    buildings: list[Building] = field(init=False)
    street: DetectorStreet = field(init=False)
    to_ingest: Proxy = field(init=False)
    clock: Clockwork = field(init=False)
    clockwork: Path | None = field(init=False)
    broker_store: Path | None = None
    """The file in which the broker writes down what it holds; None where it has memory only."""
    _master: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _claims: list[socket.socket] = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder.logs, lambda _name: None, _OFTEN)
        count = min(len(_ZONES), self.homes)
        found, self._claims = claim_ports(9 + count)
        radio, broker, vendor, to_ingest, web_a, web_b, postgres, spare_a, spare_b, *gateways = found
        self.ports = ScenePorts(
            radio, broker, vendor, to_ingest, (web_a, web_b), postgres, tuple(gateways), (spare_a, spare_b)
        )
        self.postgres = find_postgres(postgres) if self.use_postgres else None
        self.to_ingest = self._proxy(to_ingest)
        self.clockwork = build_library(self.folder.root)
        self.clock = Clockwork(self.clockwork, self.folder.root / "ingest.clock")
        self.buildings = [self._building(number, count) for number in range(count)]
        everyone = [one for building in self.buildings for one in (*building.detectors, *building.wired)]
        self.street = DetectorStreet({one.home: one for one in everyone})

    def _proxy(self, port: int) -> Proxy:
        return Proxy(HOST, port, self.ports.broker, Random(self.rng.random()))  # noqa: S311 - a play, not a secret

    def _building(self, number: int, count: int) -> Building:
        homes = [f"h-{number}-{home:03}" for home in range(number, self.homes, count)]
        wired = homes[1 : 1 + _MOST_WIRED] if number == 0 else []
        name = f"gw-{number}"
        building = Building(
            name=name,
            zone=_ZONES[number],
            state=self.folder.root / f"state-{number}",
            network=self._proxy(self.ports.to_gateways[number]),
            port=self.ports.to_gateways[number],
            clock=Clockwork(self.clockwork, self.folder.root / f"{name}.clock"),
            detectors=[Detector(home) for home in homes if home not in wired],
            wired=[Detector(home) for home in wired],
        )
        if wired:
            building.wire = DetectorWire(self.folder.lines / "wire", building.wired, self.steady)
        return building

    @property
    def database(self) -> EndDatabase:
        """What the ingest programs write into."""
        return SqliteEnd(self.folder.database) if self.postgres is None else self.postgres.end

    async def open(self) -> None:
        """Start everything; raises `ChildError`."""
        start, run = self.supervisor.start, self.supervisor.run_once
        if self.postgres is not None:
            await self.postgres.start(self.supervisor)
            await self.supervisor.until(self.postgres.is_up, "postgres", _START_S)
            await asyncio.to_thread(self.postgres.make_database)
        self._write_papers()
        await self._start_broker("radio", self.ports.radio)
        self.broker_store = await self._start_broker("broker", self.ports.broker)
        token = str(self.folder.root / "vendor.token")
        await start("vendor", "simulators", "vendor", "--port", str(self.ports.vendor), "--sms-token-file", token)
        await run("migrate", *self.ingest(WORKERS[0]), "migrate")
        await run("load", *self.ingest(WORKERS[0]), "load", str(self.folder.root / "places.toml"))
        await self.to_ingest.open()
        for name in (*WORKERS, *WEBS):
            alone = "--worker-only" if name in WORKERS else "--web-only"
            await start(name, *self.ingest(name), "serve", alone, env=self.clock.environment)
        for port in (self.ports.radio, self.ports.broker, self.ports.vendor):
            await self.supervisor.until(partial(answers, port), f"the server at {port}", _START_S)
        for port in self.ports.webs:
            await self.supervisor.until(partial(is_ready, port), f"the web at {port}", _START_S)
        for building in self.buildings:
            await building.network.open()
            await self._make_small_disk(building)
            if building.wire is not None:
                building.wire.plug_in()
            paper = str(self.folder.root / f"{building.name}.toml")
            await start(building.name, "gateway", "run", "--config", paper, env=building.clock.environment)
        for building in self.buildings:
            await self.supervisor.until(building.file.exists, building.name, _START_S)

    async def close(self) -> None:
        """End everything and leave only the logs and the SQLite files."""
        await self.supervisor.stop()
        await self.to_ingest.close()
        for building in self.buildings:
            await building.network.close()
            if building.wire is not None:
                await building.wire.pull_out()
            if building.has_small_disk:
                await self._keep_and_unmount(building)
        if self.postgres is not None:
            self.postgres.remove()
        for claim in self._claims:
            claim.close()

    def ingest(self, name: str) -> list[str]:
        """Return how an ingest program of that name is called."""
        return ["ingest", "--config", str(self.folder.root / name / "ingest.toml")]

    def key(self, gateway: str) -> bytes:
        """Return a gateway's key."""
        return derive_key(self._master, gateway)

    def write_twin(self, building: Building) -> Path:
        """Write the configuration of a second gateway of the same name, with no homes."""
        twin = GatewayPaper(building.name, building.zone, f"twin-{building.name}.sqlite", building.port, [])
        return self.folder.write(f"twin-{building.name}.toml", gateway_toml(twin, self.ports))

    def write_ingest(self, name: str, database: str, port: int) -> None:
        """Write the settings of a further ingest program, without a broker."""
        (self.folder.root / name).mkdir(exist_ok=True)
        self.folder.write(f"{name}/ingest.toml", ingest_toml(self.ports, database, port, broker=False))

    async def _start_broker(self, name: str, port: int) -> Path | None:
        """Start Mosquitto where it is installed and may be root, else the embedded broker; return where it writes."""
        if not _MOSQUITTO.exists() or os.geteuid() != 0:
            await self.supervisor.start(name, "simulators", "broker", "--host", HOST, "--port", str(port))
            return None
        place = self.folder.root / name
        place.mkdir()
        conf = self.folder.write(f"{name}.conf", mosquitto_conf(port, place))
        await self.supervisor.start_command(name, [str(_MOSQUITTO), "-c", str(conf)])
        return place / "mosquitto.db"

    async def _make_small_disk(self, building: Building) -> None:
        """Give the gateway a disk of its own that can be filled, where we may mount one."""
        building.state.mkdir()
        if os.geteuid() != 0:
            return
        mount = ["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", str(building.state)]
        try:
            await self.supervisor.run_command("mount", mount)
        except ChildError:
            return
        building.has_small_disk = True

    async def _keep_and_unmount(self, building: Building) -> None:
        kept = self.folder.root / f"kept-{building.name}"
        await asyncio.to_thread(shutil.copytree, building.state, kept)
        await self.supervisor.run_command("umount", ["umount", str(building.state)])

    def _write_papers(self) -> None:
        write, ports = self.folder.write, self.ports
        write("vendor.token", secrets.token_urlsafe(24), secret=True)
        write("master.key", self._master.hex(), secret=True)
        url = "sqlite:///../ingest.sqlite" if self.postgres is None else self.postgres.url
        listens: Mapping[str, int] = dict(zip((*WEBS, *WORKERS), (*ports.webs, *ports.webs), strict=True))
        for name, port in listens.items():
            (self.folder.root / name).mkdir()
            write(f"{name}/ingest.toml", ingest_toml(ports, url, port))
        singles = [f"single-{number}" for number in range(SINGLE_HOMES)]
        write("places.toml", places_toml([(one.name, one.homes) for one in self.buildings], (SINGLE, singles)))
        for building in self.buildings:
            write(f"{building.name}.key", self.key(building.name).hex(), secret=True)
            paper = GatewayPaper(
                name=building.name,
                zone=building.zone,
                state=str(building.file),
                uplink_port=building.port,
                radio=[one.home for one in building.detectors],
                wired=[one.home for one in building.wired],
                line=self.folder.lines / "wire" if building.wired else None,
            )
            write(f"{building.name}.toml", gateway_toml(paper, ports))
