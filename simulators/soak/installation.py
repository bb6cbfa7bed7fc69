"""House: the programs of a soak and their papers: broker, ingest, one gateway on a fast clock."""

from __future__ import annotations

import secrets
import shutil
import socket
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from models.pace import Pace
from models.wire.seal import derive_key
from simulators.demo.children import Supervisor
from simulators.demo.documents import COMPOUND, CONFIG, DISTRICT, LOGIN
from simulators.demo.folder import DemoFolder
from simulators.demo.ports import HOST, answers, claim_ports
from simulators.demo.stage import is_ready
from simulators.faults.scene.documents import mosquitto_conf
from simulators.soak.readings import home_names

GATEWAY = "gw-soak"
_START_S = 180.0
_WARM_S, _WARM_S_A_HOME = 8.0, 0.02
"""So long the gateway's clock stands: it has come up by then, and no home is silent before its first reading."""
_SAVED = timedelta(hours=12)
"""So often quiet homes are saved, in their time: more would be all that a gateway on a fast clock does."""
_LONGEST_SAVE_S = 60.0


@dataclass(slots=True)
class SoakInstallation:
    """`open`, let it live, `close`."""

    folder: DemoFolder
    homes: int
    virtual_start: datetime
    rate: float
    now: Callable[[], datetime]
    steady: Callable[[], float]
    pace: Pace = field(init=False)
    """The clock of the gateway and of its homes; it is set when all other programs stand."""
    supervisor: Supervisor = field(init=False)
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    """Of the dispatcher, who logs in as `LOGIN`."""
    broker: int = field(init=False)
    _web: int = field(init=False)
    _claims: list[socket.socket] = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder.logs, lambda _name: None)
        (self.broker, self._web), self._claims = claim_ports(2)

    @property
    def state(self) -> Path:
        """The gateway's state file."""
        return self.folder.gateway_state

    @property
    def web(self) -> str:
        """The console's address."""
        return f"http://{HOST}:{self._web}"

    async def open(self) -> None:
        """Start everything; raises `ChildError`."""
        start = self.supervisor.start
        self._write_papers()
        ingest = ["ingest", "--config", str(self.folder.root / "ingest.toml")]
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        if Path(mosquitto).exists():
            conf = self.folder.write("broker.conf", mosquitto_conf(self.broker, self.folder.root))
            await self.supervisor.start_command("broker", [mosquitto, "-c", str(conf)])
        else:
            await start("broker", "simulators", "broker", "--host", HOST, "--port", str(self.broker))
        await self.supervisor.run_once("migrate", *ingest, "migrate")
        await self.supervisor.run_once("load", *ingest, "load", str(self.folder.root / "places.toml"))
        paper = self.folder.write("console.password", self.password + "\n", secret=True)
        user = ("--login", LOGIN, "--role", "dispatcher", "--area", DISTRICT, "--password-file", str(paper))
        await self.supervisor.run_once("user", *ingest, "user", "add", *user)
        await start("ingest", *ingest, "serve")
        await self.supervisor.until(partial(answers, self.broker), "broker", _START_S)
        await self.supervisor.until(partial(is_ready, self._web), "ingest", _START_S)
        warm = timedelta(seconds=_WARM_S + _WARM_S_A_HOME * self.homes)
        self.pace = Pace(self.now() + warm, self.virtual_start, self.rate)
        self.folder.write("gateway.toml", self._gateway())
        await start("gateway", "gateway", "run", "--config", str(self.folder.root / "gateway.toml"))
        await self.supervisor.until(lambda: self.status() is not None, "gateway", _START_S)

    async def close(self) -> None:
        """End everything."""
        await self.supervisor.stop()
        for claim in self._claims:
            claim.close()

    def status(self) -> str | None:
        """Return what the gateway has written about itself, as JSON text."""
        rows = self.ask(self.state, "SELECT packed FROM snapshots WHERE name = 'status'")
        packed = rows[0][0] if rows else None
        return zlib.decompress(packed).decode() if isinstance(packed, bytes) else None

    def ask(self, path: Path, question: str) -> list[tuple[object, ...]]:
        """Return rows of a state file or database; none while it can't be read."""
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as db:
                return list(db.execute(question))
        except sqlite3.Error:
            return []

    def _write_papers(self) -> None:
        master = secrets.token_bytes(32)
        write = self.folder.write
        write("master.key", master.hex(), secret=True)
        write("gateway.key", derive_key(master, GATEWAY).hex(), secret=True)
        places = (CONFIG / "district.toml").read_text(encoding="utf-8")
        places += f'\n[[gateways]]\nid = "{GATEWAY}"\narea = "{COMPOUND}"\n'
        for number, home in enumerate(home_names(self.homes)):
            places += f'[[homes]]\nid = "{home}"\narea = "{COMPOUND}"\ngateway = "{GATEWAY}"\nlabel = "{number}"\n'
        write("places.toml", places)
        write("ingest.toml", self._ingest())

    def _ingest(self) -> str:
        return f"""\
[ingest]
database = "sqlite:///ingest.sqlite"
master_key_file = "master.key"
public_url = "{self.web}"
calm_per_gateway_s = 0
[web]
host = "{HOST}"
port = {self._web}
[broker]
host = "{HOST}"
port = {self.broker}
"""

    def _gateway(self) -> str:
        pace = self.pace
        text = f"""\
[gateway]
id = "{GATEWAY}"
state = "gateway.sqlite"
heartbeat_s = 10
save_s = {min(_LONGEST_SAVE_S, _SAVED.total_seconds() / pace.rate):.1f}
[clock]
wall_start = {pace.wall_start.astimezone(UTC).isoformat()}
virtual_start = {pace.virtual_start.astimezone(UTC).isoformat()}
rate = {pace.rate}
[uplink]
host = "{HOST}"
port = {self.broker}
key_file = "gateway.key"
[[lines]]
name = "radio"
kind = "mqtt"
host = "{HOST}"
mqtt_port = {self.broker}
"""
        for home in home_names(self.homes):
            text += f'[[homes]]\nid = "{home}"\n'
            for letter, document, place in (
                ("s", "zigbee2mqtt-smoke", f'topic = "zigbee2mqtt/{home}-smoke"'),
                ("e", "tasmota-energy", f'topic = "tele/{home}/SENSOR"'),
                ("w", "wmbusmeters-water", f'topic = "wmbusmeters/{home}"'),
            ):
                text += f'[[devices]]\nid = "{home}-{letter}"\nhome = "{home}"\nline = "radio"\n'
                text += f'document = "{document}"\n{place}\n'
        return text
