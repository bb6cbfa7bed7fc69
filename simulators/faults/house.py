"""House: all programs of a run, with the networks between them that can be cut.

    detectors' broker ─▶ gateway ─▶ proxy ─▶ broker ◀─ proxy ◀─ two ingesters ─▶ database, vendor

The detectors' broker stands for the radio in the building and is never killed: what a fault there costs is the demo's
business. Everything else is.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import simulators
from models.wire.seal import derive_key
from simulators.demo.children import ChildError, Supervisor
from simulators.demo.folder import DemoFolder
from simulators.demo.ports import HOST, answers, claim_ports
from simulators.demo.stage import is_ready
from simulators.faults.ends import Database, SqliteEnd
from simulators.faults.howling import topic_of
from simulators.faults.proxy import Proxy
from simulators.faults.server import PostgresServer, find_postgres

GATEWAY, SECOND = "gw-faults", "gw-sixteen"
INGESTERS = ("ingest-a", "ingest-b")
SINGLE_HOMES = 500
"""Homes of the second gateway: each is used for one flag."""
_COMPOUND = "hx-nanqiao-liuting-fuming"
_DISTRICT = Path(simulators.__file__).resolve().parent.parent / "config" / "demo" / "district.toml"
_START_S = 120.0
_OFTEN = 1_000_000
_DISK = "size=24m"


@dataclass(slots=True)
class House:
    """One run's programs. `open`, hurt it, `close`."""

    folder: DemoFolder
    steady: Callable[[], float]
    homes: list[str]
    use_postgres: bool
    supervisor: Supervisor = field(init=False)
    postgres: PostgresServer | None = field(init=False)
    master: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    has_small_disk: bool = False
    _ports: list[int] = field(init=False)
    _claims: list[socket.socket] = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder.logs, lambda _name: None, _OFTEN)
        self._ports, self._claims = claim_ports(8)
        self.postgres = find_postgres(self._ports[7]) if self.use_postgres else None
        self.to_gateway = Proxy(HOST, self._ports[2], self.broker_port)
        self.to_ingest = Proxy(HOST, self._ports[3], self.broker_port)

    to_gateway: Proxy = field(init=False)
    to_ingest: Proxy = field(init=False)

    @property
    def radio_port(self) -> int:
        """Where detectors publish."""
        return self._ports[0]

    @property
    def broker_port(self) -> int:
        """The broker between gateway and ingesters, without a proxy."""
        return self._ports[1]

    @property
    def vendor(self) -> str:
        """The SMS company's address."""
        return f"http://{HOST}:{self._ports[4]}"

    @property
    def doors(self) -> list[str]:
        """The ingesters' addresses."""
        return [f"http://{HOST}:{port}" for port in self._ports[5:7]]

    @property
    def database(self) -> Database:
        """What the ingesters write into."""
        return SqliteEnd(self.folder.database) if self.postgres is None else self.postgres.end

    @property
    def state(self) -> Path:
        """The folder of the gateway's state file."""
        return self.folder.root / "state"

    async def open(self) -> None:
        """Start everything; raises `ChildError`."""
        start, run = self.supervisor.start, self.supervisor.run_once
        if self.postgres is not None:
            await self.postgres.start(self.supervisor)
            await self._until(self.postgres.is_up, "postgres")
            await asyncio.to_thread(self.postgres.make_database)
        self._write_papers()
        for name, port in (("radio", self.radio_port), ("broker", self.broker_port)):
            await start(name, "simulators", "broker", "--host", HOST, "--port", str(port))
        token = str(self.folder.root / "vendor.token")
        await start("vendor", "simulators", "vendor", "--port", str(self._ports[4]), "--sms-token-file", token)
        settings = [str(self.folder.root / name / "ingest.toml") for name in INGESTERS]
        await run("migrate", "ingest", "--config", settings[0], "migrate")
        await run("load", "ingest", "--config", settings[0], "load", str(self.folder.root / "places.toml"))
        await self.to_gateway.open()
        await self.to_ingest.open()
        for name, path in zip(INGESTERS, settings, strict=True):
            await start(name, "ingest", "--config", path, "serve")
        for port in (self.radio_port, self.broker_port, self._ports[4]):
            await self._until(partial(answers, port), f"the server at {port}")
        for port in self._ports[5:7]:
            await self._until(partial(is_ready, port), f"the ingester at {port}")
        await self._make_small_disk()
        await start("gateway", "gateway", "run", "--config", str(self.folder.root / "gateway.toml"))
        await self._until((self.state / "gateway.sqlite").exists, "gateway")

    async def close(self) -> None:
        """End everything and leave only the logs and the SQLite files."""
        await self.supervisor.stop()
        for proxy in (self.to_gateway, self.to_ingest):
            await proxy.close()
        if self.has_small_disk:
            await self.supervisor.run_command("umount", ["umount", str(self.state)])
        if self.postgres is not None:
            self.postgres.remove()
        for claim in self._claims:
            claim.close()

    def key(self, gateway: str) -> bytes:
        """Return a gateway's key."""
        return derive_key(self.master, gateway)

    async def _make_small_disk(self) -> None:
        """Give the gateway a disk of its own that can be filled, where we may mount one."""
        self.state.mkdir()
        if os.geteuid() != 0:
            return
        try:
            await self.supervisor.run_command("mount", ["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", str(self.state)])
        except ChildError:
            return
        self.has_small_disk = True

    def _write_papers(self) -> None:
        write = self.folder.write
        write("vendor.token", secrets.token_urlsafe(24), secret=True)
        write("gateway.key", self.key(GATEWAY).hex(), secret=True)
        url = "sqlite:///../ingest.sqlite" if self.postgres is None else self.postgres.url
        for name, port in zip(INGESTERS, self._ports[5:7], strict=True):
            (self.folder.root / name).mkdir()
            write(f"{name}/master.key", self.master.hex(), secret=True)
            write(f"{name}/ingest.toml", self._ingest_toml(url, port))
        homes = [(home, GATEWAY) for home in self.homes]
        homes += [(f"single-{number}", SECOND) for number in range(SINGLE_HOMES)]
        places = _DISTRICT.read_text(encoding="utf-8")
        for gateway in (GATEWAY, SECOND):
            places += f'\n[[gateways]]\nid = "{gateway}"\narea = "{_COMPOUND}"\n'
        for number, (home, gateway) in enumerate(homes):
            places += f'\n[[homes]]\nid = "{home}"\narea = "{_COMPOUND}"\ngateway = "{gateway}"\nlabel = "{number}"\n'
        write("places.toml", places)
        write("gateway.toml", self.gateway_toml("state/gateway.sqlite", self.homes))

    def _ingest_toml(self, url: str, port: int) -> str:
        return f"""\
[ingest]
database = "{url}"
master_key_file = "master.key"
public_url = "{self.doors[0]}"
[web]
host = "{HOST}"
port = {port}
[broker]
host = "{HOST}"
port = {self._ports[3]}
[notify]
sms = {{ kind = "sms_http", url = "{self.vendor}/sms/send", token_file = "../vendor.token", timeout_s = 2.0 }}
voice = {{ kind = "voice_http", url = "{self.vendor}/voice/call", token_file = "../vendor.token", timeout_s = 2.0 }}
"""

    def gateway_toml(self, state: str, homes: list[str]) -> str:
        """Return the configuration of a gateway of our one name, for these homes."""
        text = f"""\
[gateway]
id = "{GATEWAY}"
state = "{state}"
heartbeat_s = 5
save_s = 5.0
[uplink]
host = "{HOST}"
port = {self._ports[2]}
key_file = "gateway.key"
receipt_s = 3.0
http_url = "{self.doors[0]}/api/v1/envelopes"
[[lines]]
name = "radio"
kind = "mqtt"
host = "{HOST}"
mqtt_port = {self.radio_port}
"""
        for home in homes:
            text += f'[[homes]]\nid = "{home}"\n[[devices]]\nid = "{home}-s"\nhome = "{home}"\nline = "radio"\n'
            text += f'document = "zigbee2mqtt-smoke"\ntopic = "{topic_of(home)}"\n'
        return text

    async def _until(self, good: Callable[[], bool], name: str) -> None:
        deadline = self.steady() + _START_S
        while not await asyncio.to_thread(good):
            failure = self.supervisor.failed()
            if failure is not None:
                raise failure
            if self.steady() > deadline:
                raise ChildError(f"{name} did not come up within {_START_S:g} s; see {self.folder.logs}")
            await asyncio.sleep(0.05)
