"""Settings of the forwarders: a typed table each, unknown keys are errors, secrets are named by file or environment."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Protocol, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from ingest.channels.plugins import FORWARDERS, Plugins, find_plugins
from ingest.channels.settings import Signed, fault
from models.kit.config_declared import Port, about
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Problem, Reader

TABLE = "forward"
Severity = Literal["info", "maintenance", "visit", "urgent", "critical"]
Address = Annotated[int, Meta(ge=0, lt=2**48)]
Byte = Annotated[int, Meta(ge=0, le=255)]


class WantedEvents(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a centre is told of: events and kinds by their words (none: all), from a severity on, below an area."""

    events: Annotated[tuple[str, ...], about("events by their words; none: all")] = ()
    kinds: Annotated[tuple[str, ...], about("kinds of tickets by their words; none: all")] = ()
    severity_from: Annotated[Severity, about("the least severity")] = "info"
    area: Annotated[str, about("only below this area; empty: everywhere")] = ""


class WebhookSettings(Signed, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="webhook"):
    """Events as JSON, always signed."""

    wants: Annotated[WantedEvents, about("what the centre is told of")] = WantedEvents()


class Peer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a centre listens. Over TLS, except to this machine or with `plain`."""

    host: Annotated[str, about("the centre's name or address")]
    port: Annotated[Port, about("the centre's port")]
    plain: Annotated[
        bool,
        about(
            "The network up to the centre is yours, or the centre's line is protected otherwise: a "
            "tunnel, a leased line"
        ),
    ] = False
    ca_file: Annotated[str | None, about("PEM of a private certificate authority, beside the public ones")] = None


class FireSettings(Peer, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="gbt26875"):
    """Smoke alarms as GB/T 26875.3 frames over TCP."""

    transport: Annotated[Literal["tcp", "tls"], about("how the connection is made")] = "tcp"
    source: Annotated[Address, about("Our address at the centre")]
    target: Annotated[Address, about("the centre's address")]
    user_version: Annotated[Byte, about("the protocol's user version")] = 0
    system_address: Annotated[Byte, about("our system's address")] = 1
    timezone: Annotated[str, about("zone of the times in frames")] = "Asia/Shanghai"
    confirm_within_s: Annotated[Annotated[float, Meta(gt=0, le=10)], about("how long a confirmation may take")] = 10.0
    resends: Annotated[Annotated[int, Meta(ge=0, le=9)], about("how often an unconfirmed frame is sent again")] = 3
    addresses: Annotated[
        dict[str, Annotated[int, Meta(ge=0, lt=2**32)]],
        about("Component addresses of homes by their id, as agreed with the centre; the others' are made from the id"),
    ] = {}
    wants: Annotated[WantedEvents, about("what the centre is told of")] = WantedEvents(
        events=("opened", "new_flag", "condition_cleared"), kinds=("smoke",)
    )


OURS: tuple[type[Struct], ...] = (WebhookSettings, FireSettings)
"""The kinds that are no plug-ins."""
FIRE_KINDS = frozenset({"smoke", "device_trouble", "device_silent"})
"""Kinds of tickets that a fire centre's frames can say."""


class AnySettings(Protocol):
    """Settings of any forwarder."""

    @property
    def wants(self) -> WantedEvents:
        """Return what the centre is told of."""
        ...


def forwarder_plugins() -> Plugins:
    """Return the kinds of forwarders that are installed besides ours; raises `ConfigError` where two have one kind."""
    return find_plugins(FORWARDERS, OURS)


def any_forwarder(plugins: Plugins) -> Any:
    """Return the type of a [forward.NAME] table: one of all kinds that can be used."""
    return Union[(*OURS, *(one.settings for one in plugins.good.values()))]


def read_forwarder(name: str, table: Any, plugins: Plugins) -> AnySettings:
    """Return the settings of the forwarder `name`; raises `ConfigError` that names the keys."""
    reader = Reader(f"[forward] {name}")
    settings: AnySettings | None = reader.read(table, any_forwarder(plugins))
    if settings is not None:
        check_forwarder(reader, settings, (), plugins)
    reader.raise_problems()
    assert settings is not None
    return settings


def check_forwarder(reader: Reader, settings: object, path: Path, plugins: Plugins) -> None:
    """Note what the type of each key can't say."""
    plugin = plugins.of(settings)
    if plugin is not None:
        plugin.check(reader, settings, path)
    elif isinstance(settings, FireSettings):
        if strange := set(settings.wants.kinds or ("all",)) - FIRE_KINDS:
            told = f"has {min(strange)}; a fire centre can be told {sorted(FIRE_KINDS)}"
            reader.complain((*path, "wants", "kinds"), told)
        try:
            ZoneInfo(settings.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            reader.complain((*path, "timezone"), f"{settings.timezone!r} is no time zone")
        check_peer(reader, settings, settings.transport, path)


def check_peer(reader: Reader, peer: Peer, transport: str, path: Path) -> None:
    """Note a peer that can't be reached, or whose way others could read."""
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
class PeerAddress:
    """A peer to connect to; `tls` None is a plain line."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


def line_to(name: str, peer: Peer, transport: str, base_dir: FilePath) -> PeerAddress:
    """Return where to connect, with its TLS; raises `ConfigError` for a file that can't be read."""
    if transport != "tls":
        return PeerAddress(peer.host, peer.port)
    tls = ssl.create_default_context()
    if peer.ca_file is not None:
        try:
            tls.load_verify_locations(base_dir / peer.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise fault("forward", name, f"ca_file {peer.ca_file} can't be read as PEM") from error
    return PeerAddress(peer.host, peer.port, tls)


def check_table(table: Any) -> Mapping[str, Any]:
    """Return the [forward] table; raises `ConfigError` if it is none."""
    if not isinstance(table, Mapping):
        raise ConfigError([Problem("[forward]", 0, "", "must be a table of forwarders")])
    return table
