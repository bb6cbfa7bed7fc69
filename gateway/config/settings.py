"""Settings: what `gateway.toml` may say. Typed and bounded; a key that is not declared here stops the program.

`load` gives a whole and checked `Settings` or raises `ConfigError` with every problem: file, line, key, what to do.
Relative paths are relative to the file. Secrets are named (a file or an environment variable), never written here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from gateway.config.presets import located
from gateway.config.settings_alarm import LocalAlarmSettings
from gateway.config.settings_checks import Papers, check
from models.kit.config_declared import Text, about
from models.kit.config_reader import Reader, read_document
from models.pace import Pace

HINT = "give --config the path of a gateway.toml"


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`[gateway]`."""

    id: Annotated[Text, about("the gateway's name, as ingest knows it")]
    state: Annotated[Path, about("the file that holds everything the gateway must not forget")] = Path("gateway.sqlite")
    timezone: Annotated[Text, about("zone of the homes, such as Asia/Shanghai")] = "Asia/Shanghai"
    heartbeat_s: Annotated[int, about("how often it says that it lives", ge=1, le=90)] = 60
    save_s: Annotated[float, about("how often quiet homes are saved", ge=0.1, le=3600)] = 300.0
    canary: Annotated[bool, about("whether a synthetic alarm goes the whole way to a phone once a day")] = True
    canary_hour: Annotated[int, about("the hour of the day in which it does", ge=0, le=23)] = 10
    max_waiting: Annotated[int, about("summaries kept while the cloud is away", ge=10, le=1_000_000)] = 20_000


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """`[clock]`: a virtual clock, for simulators only."""

    wall_start: Annotated[datetime, about("system time until which the virtual clock stands at virtual_start", tz=True)]
    virtual_start: Annotated[datetime, about("where the virtual clock starts", tz=True)]
    rate: Annotated[float, about("how many times as fast it runs", ge=0.001, le=100_000)] = 1.0
    catch_up: Annotated[bool, about("fall into step with the wall once it is reached")] = False

    def pace(self) -> Pace:
        """Return the arithmetic of this clock."""
        return Pace(self.wall_start, self.virtual_start, self.rate, self.catch_up)


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """`tls = {...}`. The peer's certificate is always verified; there is no key to turn that off."""

    ca_file: Annotated[Path | None, about("who signs the peer's certificate; without it the system's list")] = None
    cert_file: Annotated[Path | None, about("our own certificate")] = None
    key_file: Annotated[Path | None, about("our own private key")] = None


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """`[uplink]`: the way to ingest."""

    host: Annotated[Text, about("the MQTT broker")]
    port: Annotated[int, about("the broker's port", ge=1, le=65535)] = 8883
    key_file: Annotated[Path | None, about("file with the gateway's key: 64 hex digits")] = None
    key_env: Annotated[Text | None, about("environment variable with the gateway's key")] = None
    username: Annotated[Text | None, about("the broker's user")] = None
    password_file: Annotated[Path | None, about("file with the broker's password")] = None
    password_env: Annotated[Text | None, about("environment variable with the broker's password")] = None
    tls: Annotated[TlsSettings | None, about("TLS to the broker and to http_url")] = None
    http_url: Annotated[Text | None, about("ingest's HTTP door, used while the broker is away")] = None
    receipt_s: Annotated[float, about("send again without a receipt after this", ge=0.1, le=3600)] = 10.0


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`[[lines]]`: one bus, or one broker's messages."""

    name: Annotated[Text, about("what devices call it by")]
    kind: Annotated[Literal["serial", "tcp", "mqtt"], about("serial, tcp or mqtt")]
    port: Annotated[
        Text | None, about("serial: device file, best under /dev/serial/by-id; * and ? may stand for parts")
    ] = None
    baud: Annotated[int, about("serial: speed", ge=75, le=4_000_000)] = 2400
    parity: Annotated[Literal["E", "N", "O"], about("serial: E, N or O")] = "E"
    host: Annotated[Text | None, about("tcp: the RS-485 server; mqtt: the broker")] = None
    tcp_port: Annotated[int, about("tcp: the server's port", ge=1, le=65535)] | None = None
    modbus: Annotated[
        Literal["rtu", "tcp"] | None,
        about("tcp: how the server takes Modbus frames, rtu (bytes passed through) or tcp; else found out by trying"),
    ] = None
    mqtt_port: Annotated[int, about("mqtt: the broker's port", ge=1, le=65535)] = 1883
    poll_s: Annotated[float, about("how often each device is asked, in the readings' time", ge=1)] = 300.0
    answer_s: (
        Annotated[float, about("how long an answer may take, in real time, instead of the document's", ge=0.02, le=30)]
        | None
    ) = None
    retries: Annotated[int, about("how often a poll is repeated", ge=0, le=10)] = 2
    username: Annotated[Text | None, about("mqtt: the broker's user")] = None
    password_file: Annotated[Path | None, about("mqtt: file with the password")] = None
    password_env: Annotated[Text | None, about("mqtt: environment variable with the password")] = None
    tls: Annotated[TlsSettings | None, about("mqtt: TLS to the broker")] = None


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """`[[homes]]`: one watched home. Names and addresses of people have no place here."""

    id: Annotated[Text, about("the home's name, as ingest knows it")]
    door: Annotated[
        Text | None,
        about("what the door is called on the spot, for a local alarm: 3-502, never a person's name"),
    ] = None
    building: Annotated[
        Text | None,
        about("what it shares walls, water and power with: homes of one building have one cause at once"),
    ] = None


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """`[[devices]]`: one meter or detector."""

    id: Annotated[Text, about("unique within this gateway")]
    home: Annotated[Text, about("the home it belongs to")]
    line: Annotated[Text, about("the line it hangs on")]
    document: Annotated[Text, about("what it is: the name of a file in config/devices")]
    address: Annotated[Text | None, about("its address on a bus; on a broker its own number in its messages")] = None
    topic: Annotated[Text | None, about("its topic on a broker")] = None
    poll_s: Annotated[float, about("instead of the line's", ge=1)] | None = None
    baud: Annotated[int, about("serial: instead of the line's", ge=75, le=4_000_000)] | None = None
    parity: Annotated[Literal["E", "N", "O"] | None, about("serial: instead of the line's")] = None


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """`[detection]`."""

    budget: Annotated[float, about("false alarms allowed per home and 30 days", ge=0.01, le=100)] = 1.0
    ledger: Annotated[
        bool, about("whether long absences are told to the away ledger; if not, long silences mean less")
    ] = True
    preset: Annotated[
        Text | None,
        about("thresholds: the name of a file in config/presets, or the path of a .toml file of one's own"),
    ] = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file."""

    gateway: Annotated[GatewaySettings, about("the gateway itself")]
    uplink: Annotated[UplinkSettings | None, about("without it flags are kept and nobody hears of them")] = None
    clock: Annotated[ClockSettings | None, about("a virtual clock, for simulators")] = None
    local_alarm: Annotated[LocalAlarmSettings | None, about("whom the gateway tells while ingest is silent")] = None
    detection: Annotated[DetectionSettings, about("how the homes are watched")] = DetectionSettings()
    lines: Annotated[tuple[LineSettings, ...], about("buses and brokers")] = ()
    homes: Annotated[tuple[HomeSettings, ...], about("watched homes")] = ()
    devices: Annotated[tuple[DeviceSettings, ...], about("meters and detectors")] = ()


def load(path: Path, documents: Papers) -> Settings:
    """Return the settings of the file at `path`, checked against the device documents; raises `ConfigError`."""
    path = path.absolute()
    data, reader = read_document(path, HINT)
    return finished(checked(data, reader, documents), path)


def checked(data: dict[str, Any], reader: Reader, documents: Papers) -> Settings:
    """Return the settings that stand in `data`; raises `ConfigError` with everything that is wrong in them."""
    settings = reader.read(data, Settings)
    check(data, reader, documents)
    reader.raise_problems()
    assert settings is not None  # whatever is missing has been noted
    return settings


def finished(settings: Settings, path: Path) -> Settings:
    """Return the settings with the places of files that are relative to the file at `path`."""
    detection = settings.detection
    if detection.preset is not None:
        detection = replace(detection, preset=located(detection.preset, path.parent))
    state = path.parent / settings.gateway.state
    return replace(settings, gateway=replace(settings.gateway, state=state), detection=detection)
