"""Settings of the forwarders: a typed table each, unknown keys are errors, secrets are named by file or environment."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from ingest.channels.settings import Seconds, Signed, fault
from models.kit.config_declared import Port
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Problem, Reader

TABLE = "forward"
_SIP_URI = re.compile(r"sips?:(?:[A-Za-z0-9_.!~*'()%&=+$,;?/-]{1,64}@)?[A-Za-z0-9.\-\[\]:]{1,200}")
_CONTROLLER = re.compile(r"[0-9]{1,16}")
Severity = Literal["info", "maintenance", "visit", "urgent", "critical"]
Address = Annotated[int, Meta(ge=0, lt=2**48)]
Byte = Annotated[int, Meta(ge=0, le=255)]


class Wish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a centre is told of: events and kinds by their words (none: all), from a severity on, below an area."""

    events: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    severity_from: Severity = "info"
    area: str = ""


class WebhookSettings(Signed, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="webhook"):
    """Events as JSON, always signed."""

    wants: Wish = Wish()


class Peer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a centre listens. Over TLS, except to this machine or with `plain`."""

    host: str
    plain: bool = False
    """The network up to the centre is yours, or the centre's line is protected otherwise: a tunnel, a leased line."""
    ca_file: str | None = None


class ScaipSettings(Peer, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="scaip"):
    """Alarms as SCAIP over SIP MESSAGE."""

    port: Port = 5061
    transport: Literal["udp", "tcp", "tls"] = "tls"
    target: str
    """The centre's SIP URI."""
    sender: str
    """Ours, as the centre knows it."""
    controller_id: str
    """Our number at the centre: 1 to 16 digits."""
    local_host: str = "0.0.0.0"  # noqa: S104  # a centre answers to wherever a message came from
    local_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    language: Literal["zh", "en"] = "en"
    answer: Literal["message", "accepted"] = "message"
    """What ends the exchange: the centre's own message with its status, or that it took ours."""
    answer_within_s: Seconds = 20.0
    t1_s: Annotated[float, Meta(gt=0, le=2)] = 0.5
    """SIP's guess of a round trip: an unanswered request is given up after 64 of them."""
    wants: Wish = Wish(events=("opened", "condition_cleared", "resolve", "merge"), severity_from="urgent")


class FireSettings(Peer, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="gbt26875"):
    """Smoke alarms as GB/T 26875.3 frames over TCP."""

    port: Port
    transport: Literal["tcp", "tls"] = "tcp"
    source: Address
    """Our address at the centre."""
    target: Address
    user_version: Byte = 0
    system_address: Byte = 1
    timezone: str = "Asia/Shanghai"
    confirm_within_s: Annotated[float, Meta(gt=0, le=10)] = 10.0
    resends: Annotated[int, Meta(ge=0, le=9)] = 3
    addresses: dict[str, Annotated[int, Meta(ge=0, lt=2**32)]] = {}
    """Component addresses of homes by their id, as agreed with the centre; the others' are made from the id."""
    wants: Wish = Wish(events=("opened", "new_flag", "condition_cleared"), kinds=("smoke",))


ForwarderSettings = WebhookSettings | ScaipSettings | FireSettings
ANY_FORWARDER: Any = ForwarderSettings
"""The same for the reader: a union is no type."""
FIRE_KINDS = frozenset({"smoke", "device_trouble", "device_silent"})
"""Kinds of tickets that a fire centre's frames can say."""


def read_forwarder(name: str, table: Any) -> ForwarderSettings:
    """Return the settings of the forwarder `name`; raises `ConfigError` that names the keys."""
    reader = Reader(f"[forward] {name}")
    settings: ForwarderSettings | None = reader.read(table, ANY_FORWARDER)
    if settings is not None:
        check_forwarder(reader, settings, ())
    reader.raise_problems()
    assert settings is not None
    return settings


def check_forwarder(reader: Reader, settings: ForwarderSettings, path: Path) -> None:
    """Note what the type of each key can't say."""
    if isinstance(settings, ScaipSettings):
        for key in ("target", "sender"):
            if not _SIP_URI.fullmatch(getattr(settings, key)):
                reader.complain((*path, key), "must be a SIP URI such as sip:alarm@centre.example")
        if not _CONTROLLER.fullmatch(settings.controller_id):
            reader.complain((*path, "controller_id"), "must be 1 to 16 digits")
    if isinstance(settings, FireSettings):
        if strange := set(settings.wants.kinds or ("all",)) - FIRE_KINDS:
            told = f"has {min(strange)}; a fire centre can be told {sorted(FIRE_KINDS)}"
            reader.complain((*path, "wants", "kinds"), told)
        try:
            ZoneInfo(settings.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            reader.complain((*path, "timezone"), f"{settings.timezone!r} is no time zone")
    if isinstance(settings, Peer):
        _check_peer(reader, settings, settings.transport, path)


def _check_peer(reader: Reader, peer: Peer, transport: str, path: Path) -> None:
    if not peer.host:
        reader.complain((*path, "host"), "is empty; write the centre's name or address")
    elif transport != "tls" and not peer.plain and not _is_loopback(peer.host):
        told = (
            f"{transport} to {peer.host} can be read by all on the way;"
            ' use transport = "tls", or set plain = true if that way is yours'
        )
        reader.complain((*path, "transport"), told)
    if peer.ca_file is not None and transport != "tls":
        reader.complain((*path, "ca_file"), 'needs transport = "tls"')


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Line:
    """A peer to connect to; `tls` None is a plain line."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


def line_to(name: str, peer: ScaipSettings | FireSettings, base_dir: FilePath) -> Line:
    """Return where to connect, with its TLS; raises `ConfigError` for a file that can't be read."""
    if peer.transport != "tls":
        return Line(peer.host, peer.port)
    tls = ssl.create_default_context()
    if peer.ca_file is not None:
        try:
            tls.load_verify_locations(base_dir / peer.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise fault("forward", name, f"ca_file {peer.ca_file} can't be read as PEM") from error
    return Line(peer.host, peer.port, tls)


def check_table(table: Any) -> Mapping[str, Any]:
    """Return the [forward] table; raises `ConfigError` if it is none."""
    if not isinstance(table, Mapping):
        raise ConfigError([Problem("[forward]", 0, "", "must be a table of forwarders")])
    return table
