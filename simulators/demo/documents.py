"""Papers: writes what the programs are started with: keys, settings, the homes, the street. No program is known but by
its configuration's format."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import simulators
from models.pace import Pace
from models.wire.seal import derive_key
from simulators.demo.actors import RESIDENTS, home_labels
from simulators.demo.folder import DemoFolder
from simulators.demo.ports import HOST, Ports
from simulators.street.street import Street, read_street
from simulators.street.wiring import UplinkPlan, gateway_toml

CONFIG = Path(simulators.__file__).resolve().parent.parent / "config" / "demo"
GATEWAY = "gw-fuming"
DISTRICT = "hx"
COMPOUND = "hx-nanqiao-liuting-fuming"
LOGIN = "duty"


@dataclass(frozen=True, slots=True)
class IngestPapers:
    """What the ingester is started with, and the key its one gateway has from it."""

    config: Path
    password_file: Path
    password: str
    gateway_key: str


def write_ingest(folder: DemoFolder, ports: Ports) -> IngestPapers:
    """Write keys, password and the ingester's settings."""
    master = secrets.token_bytes(32)
    folder.write("master.key", master.hex(), secret=True)
    folder.write("vendor.token", secrets.token_urlsafe(24), secret=True)
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    password_file = folder.write("console.password", password + "\n", secret=True)
    vendor = f"http://{HOST}:{ports.vendor}"
    text = f"""\
[ingest]
database = "sqlite:///ingest.sqlite"
master_key_file = "master.key"
timezone = "Asia/Shanghai"
public_url = "http://{HOST}:{ports.web}"

[web]
host = "{HOST}"
port = {ports.web}

[broker]
host = "{HOST}"
port = {ports.broker}

[notify]
sms = {{ kind = "sms_http", url = "{vendor}/sms/send", token_file = "vendor.token" }}
voice = {{ kind = "voice_http", url = "{vendor}/voice/call", token_file = "vendor.token" }}
"""
    key = derive_key(master, GATEWAY).hex()  # what `linshe-ingest gateway add --print-key` would print
    return IngestPapers(folder.write("ingest.toml", text), password_file, password, key)


def write_places(folder: DemoFolder, count: int) -> Path:
    """Write the place file: the district with its people, and `count` homes."""
    parts = [(CONFIG / "district.toml").read_text(encoding="utf-8")]
    for number, (home, label) in enumerate(home_labels(count).items()):
        parts.append(
            f'[[homes]]\nid = "{home}"\narea = "{COMPOUND}"\ngateway = "{GATEWAY}"\nlabel = "{label}"\n'
            f'resident = "{RESIDENTS[number % len(RESIDENTS)]}"\nphone = "+86574550{number:05}"\n'
        )
    return folder.write("places.toml", "\n".join(parts))


def story() -> str:
    """Return the scenario of the demonstration, without clock, broker and number of homes."""
    return (CONFIG / "street.toml").read_text(encoding="utf-8")


def write_street(folder: DemoFolder, ports: Ports, scenario: str, pace: Pace) -> tuple[Path, Street]:
    """Write what is played: `scenario` with this run's clock and broker."""
    text = f"""{scenario}
[clock]
wall_start = {_moment(pace.wall_start)}
virtual_start = {_moment(pace.virtual_start)}
rate = {pace.rate}
catch_up = {str(pace.catch_up).lower()}

[broker]
host = "{HOST}"
port = {ports.broker}
"""
    return folder.write("street.toml", text), read_street(text, pace.wall_start, "street.toml")


def write_gateway(folder: DemoFolder, ports: Ports, street: Street, key: str, poll_s: float) -> Path:
    """Write the gateway's key and settings."""
    folder.write("gateway.key", key, secret=True)
    http_url = f"http://{HOST}:{ports.web}/api/v1/envelopes"
    uplink = UplinkPlan(HOST, ports.broker, "gateway.key", http_url)
    return folder.write("gateway.toml", gateway_toml(street, folder.lines, poll_s, uplink=uplink, lively=True))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
