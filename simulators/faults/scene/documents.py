"""Papers: the configuration of every program of a run. Text only: it starts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import simulators
from simulators.demo.ports import HOST
from simulators.faults.scene.alarm_source import topic_of

COMPOUND, QUIET_COMPOUND = "hx-nanqiao-liuting-fuming", "hx-nanqiao-liuting-fuyuan"
_DISTRICT = Path(simulators.__file__).resolve().parent.parent / "config" / "demo" / "district.toml"
_MORE = f"""
[[areas]]
id = "{QUIET_COMPOUND}"
parent = "hx-nanqiao-liuting"
level = "compound"
name_zh = "福源苑"
name_en = "Fuyuan Court"

[[plans]]
id = "patient"
area = "{COMPOUND}"
severities = ["critical", "urgent"]
steps = [
    {{ level = "compound", to = "volunteers", after_s = 0, answer_s = 60 }},
    {{ level = "community", to = "social_workers", after_s = 0, answer_s = 180 }},
    {{ level = "street", to = "dispatchers", after_s = 0, answer_s = 1800 }},
]

[[plans]]
id = "one-asking"
area = "{QUIET_COMPOUND}"
severities = ["critical", "urgent"]
steps = [{{ level = "street", to = "dispatchers", after_s = 0, answer_s = 86400 }}]
"""
"""Answer times as people have them, and one asking for each of the thousand tickets of `sixteen`: with the seconds of
the demonstration's story, the escalation of tickets that nobody takes would be all that is measured."""


@dataclass(frozen=True, slots=True)
class ScenePorts:
    """Who listens where."""

    radio: int
    broker: int
    vendor: int
    to_ingest: int
    webs: tuple[int, int]
    postgres: int
    to_gateways: tuple[int, ...]
    spare: tuple[int, int]

    @property
    def doors(self) -> list[str]:
        """The webs' addresses."""
        return [f"http://{HOST}:{port}" for port in self.webs]

    @property
    def vendor_url(self) -> str:
        """The SMS company's address."""
        return f"http://{HOST}:{self.vendor}"


def ingest_toml(ports: ScenePorts, database: str, web_port: int, *, broker: bool = True) -> str:
    """Return the settings of one ingest program; they are the same for workers and webs."""
    url = ports.vendor_url
    door = f'[broker]\nhost = "{HOST}"\nport = {ports.to_ingest}\n' if broker else ""
    return f"""\
[ingest]
database = "{database}"
master_key_file = "../master.key"
public_url = "{ports.doors[0]}"
[web]
host = "{HOST}"
port = {web_port}
{door}[notify]
sms = {{ kind = "sms_http", url = "{url}/sms/send", token_file = "../vendor.token", timeout_s = 2.0 }}
voice = {{ kind = "voice_http", url = "{url}/voice/call", token_file = "../vendor.token", timeout_s = 2.0 }}
"""


def places_toml(gateways: Sequence[tuple[str, Sequence[str]]], quiet: tuple[str, Sequence[str]]) -> str:
    """Return the district with these gateways and their homes; `quiet` is one whose tickets wait."""
    text = _DISTRICT.read_text(encoding="utf-8") + _MORE
    number = 0
    for area, (gateway, homes) in [*((COMPOUND, one) for one in gateways), (QUIET_COMPOUND, quiet)]:
        text += f'\n[[gateways]]\nid = "{gateway}"\narea = "{area}"\n'
        for home in homes:
            number += 1
            text += f'\n[[homes]]\nid = "{home}"\narea = "{area}"\ngateway = "{gateway}"\nlabel = "{number}"\n'
    return text


@dataclass(frozen=True, slots=True)
class GatewayPaper:
    """What one gateway's configuration says."""

    name: str
    zone: str
    state: str
    uplink_port: int
    radio: Sequence[str]
    wired: Sequence[str] = ()
    line: Path | None = None


def gateway_toml(paper: GatewayPaper, ports: ScenePorts) -> str:
    """Return the configuration: detectors on the radio, and those that hang on a serial line."""
    text = f"""\
[gateway]
id = "{paper.name}"
state = "{paper.state}"
timezone = "{paper.zone}"
heartbeat_s = 5
save_s = 5.0
[uplink]
host = "{HOST}"
port = {paper.uplink_port}
key_file = "{paper.name}.key"
receipt_s = 3.0
http_url = "{ports.doors[0]}/api/v1/envelopes"
[detection]
preset = "drill"
[[lines]]
name = "radio"
kind = "mqtt"
host = "{HOST}"
mqtt_port = {ports.radio}
"""
    if paper.line is not None:
        text += (
            f'[[lines]]\nname = "wire"\nkind = "serial"\nport = "{paper.line}"\nbaud = 9600\nparity = "N"\npoll_s = 1\n'
        )
    for home in paper.radio:
        text += f'[[homes]]\nid = "{home}"\n[[devices]]\nid = "{home}-s"\nhome = "{home}"\nline = "radio"\n'
        text += f'document = "zigbee2mqtt-smoke"\ntopic = "{topic_of(home)}"\n'
    for unit, home in enumerate(paper.wired, 1):
        text += f'[[homes]]\nid = "{home}"\n[[devices]]\nid = "{home}-s"\nhome = "{home}"\nline = "wire"\n'
        text += f'document = "modbus-smoke-relay"\naddress = "{unit}"\n'
    return text


def mosquitto_conf(port: int, folder: Path) -> str:
    """Return the settings of a broker that writes down what it holds every five seconds, as one would set it up."""
    return f"""\
listener {port} {HOST}
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 100000
max_inflight_messages 500
log_type error
user root
"""
