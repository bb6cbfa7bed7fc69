"""Settings: what `gateway.toml` may say. Typed and bounded; a key that is not declared here stops the program.

`load` gives a whole and checked `Settings` or raises `SettingsError` with every problem: file, line, key, what to do.
Relative paths are relative to the file. Secrets are named (a file or an environment variable), never written here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

from gateway.config.presets import located
from gateway.config.settings_alarm import LocalAlarmSettings
from gateway.config.settings_checks import Papers, check
from gateway.config.settings_lines import locate
from gateway.config.settings_reader import About, Problem, Reader
from models.pace import Pace

LINE_KINDS = ("serial", "tcp", "mqtt")


class SettingsError(ValueError):
    """The file can't be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`[gateway]`."""

    id: Annotated[str, About("the gateway's name, as ingest knows it")]
    state: Annotated[Path, About("the file that holds everything the gateway must not forget")] = Path("gateway.sqlite")
    timezone: Annotated[str, About("zone of the homes, such as Asia/Shanghai")] = "Asia/Shanghai"
    heartbeat_s: Annotated[int, About("how often it says that it lives", low=1, high=90, unit="s")] = 60
    save_s: Annotated[float, About("how often quiet homes are saved", low=0.1, high=3600, unit="s")] = 300.0
    canary: Annotated[bool, About("whether a synthetic alarm goes the whole way to a phone once a day")] = True
    canary_hour: Annotated[int, About("the hour of the day in which it does", low=0, high=23)] = 10
    max_waiting: Annotated[int, About("summaries kept while the cloud is away", low=10, high=1_000_000)] = 20_000


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """`[clock]`: a virtual clock, for simulators only."""

    wall_start: Annotated[datetime, About("system time until which the virtual clock stands at virtual_start")]
    virtual_start: Annotated[datetime, About("where the virtual clock starts")]
    rate: Annotated[float, About("how many times as fast it runs", low=0.001, high=100_000)] = 1.0
    catch_up: Annotated[bool, About("fall into step with the wall once it is reached")] = False

    def pace(self) -> Pace:
        """Return the arithmetic of this clock."""
        return Pace(self.wall_start, self.virtual_start, self.rate, self.catch_up)


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """`tls = {...}`. The peer's certificate is always verified; there is no key to turn that off."""

    ca_file: Annotated[Path | None, About("who signs the peer's certificate; without it the system's list")] = None
    cert_file: Annotated[Path | None, About("our own certificate")] = None
    key_file: Annotated[Path | None, About("our own private key")] = None


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """`[uplink]`: the way to ingest."""

    host: Annotated[str, About("the MQTT broker")]
    port: Annotated[int, About("the broker's port", low=1, high=65535)] = 8883
    key_file: Annotated[Path | None, About("file with the gateway's key: 64 hex digits")] = None
    key_env: Annotated[str | None, About("environment variable with the gateway's key")] = None
    username: Annotated[str | None, About("the broker's user")] = None
    password_file: Annotated[Path | None, About("file with the broker's password")] = None
    password_env: Annotated[str | None, About("environment variable with the broker's password")] = None
    tls: Annotated[TlsSettings | None, About("TLS to the broker and to http_url")] = None
    http_url: Annotated[str | None, About("ingest's HTTP door, used while the broker is away")] = None
    receipt_s: Annotated[float, About("send again without a receipt after this", low=0.1, high=3600, unit="s")] = 10.0


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`[[lines]]`: one bus, or one broker's messages."""

    name: Annotated[str, About("what devices call it by")]
    kind: Annotated[str, About("serial, tcp or mqtt", choices=LINE_KINDS)]
    port: Annotated[
        str | None, About("serial: device file, best under /dev/serial/by-id; * and ? may stand for parts")
    ] = None
    baud: Annotated[int, About("serial: speed", low=75, high=4_000_000, unit="baud")] = 2400
    parity: Annotated[str, About("serial: E, N or O", choices=("E", "N", "O"))] = "E"
    host: Annotated[str | None, About("tcp: the RS-485 server; mqtt: the broker")] = None
    tcp_port: Annotated[int | None, About("tcp: the server's port", low=1, high=65535)] = None
    mqtt_port: Annotated[int, About("mqtt: the broker's port", low=1, high=65535)] = 1883
    poll_s: Annotated[float, About("how often each device is asked, in the readings' time", low=1, unit="s")] = 300.0
    answer_s: Annotated[
        float | None, About("how long an answer may take, in real time, instead of the document's", low=0.02, high=30)
    ] = None
    retries: Annotated[int, About("how often a poll is repeated", low=0, high=10)] = 2
    username: Annotated[str | None, About("mqtt: the broker's user")] = None
    password_file: Annotated[Path | None, About("mqtt: file with the password")] = None
    password_env: Annotated[str | None, About("mqtt: environment variable with the password")] = None
    tls: Annotated[TlsSettings | None, About("mqtt: TLS to the broker")] = None


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """`[[homes]]`: one watched home. Names and addresses of people have no place here."""

    id: Annotated[str, About("the home's name, as ingest knows it")]
    door: Annotated[
        str | None, About("what the door is called on the spot, for a local alarm: 3-502, never a person's name")
    ] = None
    building: Annotated[
        str | None, About("what it shares walls, water and power with: homes of one building have one cause at once")
    ] = None


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """`[[devices]]`: one meter or detector."""

    id: Annotated[str, About("unique within this gateway")]
    home: Annotated[str, About("the home it belongs to")]
    line: Annotated[str, About("the line it hangs on")]
    document: Annotated[str, About("what it is: the name of a file in config/devices")]
    address: Annotated[str | None, About("its address on a bus")] = None
    topic: Annotated[str | None, About("its topic on a broker")] = None
    poll_s: Annotated[float | None, About("instead of the line's", low=1, unit="s")] = None
    baud: Annotated[int | None, About("serial: instead of the line's", low=75, high=4_000_000, unit="baud")] = None
    parity: Annotated[str | None, About("serial: instead of the line's", choices=("E", "N", "O"))] = None


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """`[detection]`."""

    budget: Annotated[float, About("false alarms allowed per home and 30 days", low=0.01, high=100)] = 1.0
    ledger: Annotated[
        bool, About("whether long absences are told to the away ledger; if not, long silences mean less")
    ] = True
    preset: Annotated[
        str | None, About("thresholds: the name of a file in config/presets, or the path of a .toml file of one's own")
    ] = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file."""

    gateway: Annotated[GatewaySettings, About("the gateway itself")]
    uplink: Annotated[UplinkSettings | None, About("without it flags are kept and nobody hears of them")] = None
    clock: Annotated[ClockSettings | None, About("a virtual clock, for simulators")] = None
    local_alarm: Annotated[LocalAlarmSettings | None, About("whom the gateway tells while ingest is silent")] = None
    detection: Annotated[DetectionSettings, About("how the homes are watched")] = DetectionSettings()
    lines: Annotated[tuple[LineSettings, ...], About("buses and brokers")] = ()
    homes: Annotated[tuple[HomeSettings, ...], About("watched homes")] = ()
    devices: Annotated[tuple[DeviceSettings, ...], About("meters and detectors")] = ()


def load(path: Path, papers: Papers) -> Settings:
    """Return the settings of the file at `path`, checked against the device documents; raises `SettingsError`."""
    path = path.absolute()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([Problem(path, 1, "the file", f"can't be read: {_reason(error)}")]) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _line_of_syntax(str(error), text)
        raise SettingsError([Problem(path, line, "the file", f"is not TOML: {error}")]) from error
    reader = Reader(path, locate(text))
    settings = reader.read(data, Settings, ())
    check(data, reader, papers)
    if settings is None or reader.problems:
        raise SettingsError(sorted(reader.problems, key=lambda problem: (problem.line, problem.key)))
    detection = settings.detection
    if detection.preset is not None:
        detection = replace(detection, preset=located(detection.preset, path.parent))
    state = path.parent / settings.gateway.state
    return replace(settings, gateway=replace(settings.gateway, state=state), detection=detection)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}; give --config the path of a gateway.toml"
    return f"it is not UTF-8 at byte {error.start}; save it as UTF-8"


def _line_of_syntax(message: str, text: str) -> int:
    _, found, rest = message.partition("(at line ")
    return int(rest.split(",")[0]) if found else len(text.splitlines())
