"""Settings of the forwarders: a typed table each, unknown keys are errors, secrets are named by file or environment."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from ingest.channels.settings import ChannelConfigError, Port, Seconds, Signed

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
FIRE_KINDS = frozenset({"smoke", "device_trouble", "device_silent"})
"""Kinds of tickets that a fire centre's frames can say."""


def read_forwarder(name: str, table: Any) -> ForwarderSettings:
    """Return the settings of the forwarder `name`; raises `ChannelConfigError` that names the key."""
    try:
        settings: ForwarderSettings = msgspec.convert(table, ForwarderSettings)
    except msgspec.ValidationError as error:
        raise ChannelConfigError(f"[forward] {name}: {error}") from error
    if isinstance(settings, ScaipSettings):
        for key in ("target", "sender"):
            if not _SIP_URI.fullmatch(getattr(settings, key)):
                raise ChannelConfigError(f"[forward] {name}: {key} must be a SIP URI such as sip:alarm@centre.example")
        if not _CONTROLLER.fullmatch(settings.controller_id):
            raise ChannelConfigError(f"[forward] {name}: controller_id must be 1 to 16 digits")
    if isinstance(settings, FireSettings):
        if strange := set(settings.wants.kinds or ("all",)) - FIRE_KINDS:
            raise ChannelConfigError(
                f"[forward] {name}: wants.kinds has {min(strange)}; a fire centre can be told {sorted(FIRE_KINDS)}"
            )
        try:
            ZoneInfo(settings.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ChannelConfigError(f"[forward] {name}: timezone {settings.timezone!r} is no time zone") from error
    if isinstance(settings, Peer):
        _check_peer(name, settings, settings.transport)
    return settings


def _check_peer(name: str, peer: Peer, transport: str) -> None:
    if not peer.host:
        raise ChannelConfigError(f"[forward] {name}: host is empty")
    if transport != "tls" and not peer.plain and not _is_loopback(peer.host):
        raise ChannelConfigError(
            f"[forward] {name}: transport {transport} to {peer.host} can be read by all on the way;"
            ' use transport = "tls", or set plain = true if that way is yours'
        )
    if peer.ca_file is not None and transport != "tls":
        raise ChannelConfigError(f'[forward] {name}: ca_file needs transport = "tls"')


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


def line_to(name: str, peer: ScaipSettings | FireSettings, base_dir: Path) -> Line:
    """Return where to connect, with its TLS; raises `ChannelConfigError` for a file that can't be read."""
    if peer.transport != "tls":
        return Line(peer.host, peer.port)
    tls = ssl.create_default_context()
    if peer.ca_file is not None:
        try:
            tls.load_verify_locations(base_dir / peer.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ChannelConfigError(f"[forward] {name}: ca_file {peer.ca_file} can't be read as PEM") from error
    return Line(peer.host, peer.port, tls)


def check_table(table: Any) -> Mapping[str, Any]:
    """Return the [forward] table; raises `ChannelConfigError` if it is none."""
    if not isinstance(table, Mapping):
        raise ChannelConfigError("[forward] must be a table of forwarders")
    return table
