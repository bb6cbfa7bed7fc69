"""Checks: what must hold between the keys of `gateway.toml`, beyond the type of each. Every finding names its key.

They work on the plain data, so that one wrong type doesn't hide the other mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.presets import located, read_preset
from gateway.config.settings_alarm_checks import check_local_alarm
from models.kit.config_places import Path
from models.kit.config_reader import ConfigError, Reader, dotted
from models.kit.secrets import SecretError, read_key

Table = Mapping[str, Any]

_GATEWAY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_LONGEST_NAME = 64
_NEEDS = {"serial": ("port",), "tcp": ("host", "tcp_port"), "mqtt": ("host",)}
_OWN_KEYS = {
    "serial": {"port", "baud", "parity"},
    "tcp": {"host", "tcp_port", "modbus"},
    "mqtt": {"host", "mqtt_port", "username", "password_file", "password_env", "tls"},
}
_ALL_OWN = set().union(*_OWN_KEYS.values())


class Papers(Protocol):
    """What the checks must know of device documents."""

    def names(self) -> list[str]:
        """Return the names of all documents."""

    def is_polled(self, name: str) -> bool:
        """Whether such devices hang on a bus; otherwise they publish at a broker."""

    def line_fault(self, name: str, kind: str) -> str | None:
        """Return why such a device can't hang on a line of this kind, None if it can."""

    def address_fault(self, name: str, address: str, kind: str | None) -> str | None:
        """Return what is wrong with a bus address for such a device on such a line, None if it can be right."""


def check(data: Table, reader: Reader, papers: Papers) -> None:
    """Note everything in `data` that contradicts itself or points at nothing."""
    _gateway(data, reader)
    _uplink(data, reader)
    _detection(data, reader)
    check_local_alarm(data, reader)
    for name, key in (("lines", "name"), ("homes", "id"), ("devices", "id")):
        _unique(data, name, key, reader)
    _buildings(data, reader)
    _lines(data, reader)
    _devices(data, reader)
    _documents(data, reader, papers)


def _tables(data: Table, name: str) -> Iterator[tuple[Path, Table]]:
    entries = data.get(name)
    for index, one in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(one, Mapping):
            yield (name, index), one


def _gateway(data: Table, reader: Reader) -> None:
    table = data.get("gateway")
    if not isinstance(table, Mapping):
        return
    name = table.get("id")
    if isinstance(name, str) and not _GATEWAY_ID.fullmatch(name):
        reader.complain(("gateway", "id"), "may have 1 to 64 letters, digits, '.', '_' and '-'")
    zone = table.get("timezone")
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            reader.complain(("gateway", "timezone"), f"{zone!r} is not a zone; write one such as Asia/Shanghai")


def _detection(data: Table, reader: Reader) -> None:
    table = data.get("detection")
    preset = table.get("preset") if isinstance(table, Mapping) else None
    if not isinstance(preset, str):
        return
    try:
        read_preset(located(preset, reader.base))
    except ConfigError as error:
        for one in error.problems:
            if one.key in ("", "the file"):
                reader.complain(("detection", "preset"), str(one))
            else:
                reader.problems.append(one)


def _uplink(data: Table, reader: Reader) -> None:
    table = data.get("uplink")
    if not isinstance(table, Mapping):
        return
    if not {"key_file", "key_env"} <= set(table):
        file, env = table.get("key_file"), table.get("key_env")
        try:
            read_key(reader.base / file if isinstance(file, str) else None, env if isinstance(env, str) else None)
        except SecretError as error:
            reader.complain(("uplink", "key_env" if env else "key_file"), str(error))
    _password(table, ("uplink",), reader)
    _tls(table, ("uplink",), reader)
    url = table.get("http_url")
    if isinstance(url, str) and not re.match(r"https?://[^/]+", url):
        reader.complain(("uplink", "http_url"), "must start with https:// (or http:// on this machine)")


def _password(table: Table, path: Path, reader: Reader) -> None:
    if reader.secret(table, "password", path) is not None and "username" not in table:
        reader.complain((*path, "username"), "is missing; a password needs a username")


def _tls(table: Table, path: Path, reader: Reader) -> None:
    tls = table.get("tls")
    if not isinstance(tls, Mapping):
        return
    for key in ("ca_file", "cert_file", "key_file"):
        reader.named_file(tls, key, (*path, "tls"))
    if ("cert_file" in tls) != ("key_file" in tls):
        reader.complain((*path, "tls"), "cert_file and key_file go together; give both or neither")


def _unique(data: Table, name: str, key: str, reader: Reader) -> None:
    seen: dict[str, Path] = {}
    for path, table in _tables(data, name):
        _once(seen, table.get(key), (*path, key), reader)


def _once(seen: dict[str, Path], value: object, path: Path, reader: Reader) -> None:
    if not isinstance(value, str):
        return
    if value in seen:
        first = seen[value]
        reader.complain(path, f"{value!r} is taken already, by {dotted(first)} on line {reader.line(first)}")
    else:
        seen[value] = path


def _buildings(data: Table, reader: Reader) -> None:
    for path, table in _tables(data, "homes"):
        for key in ("building", "door"):
            name = table.get(key)
            if isinstance(name, str) and not (len(name) <= _LONGEST_NAME and name.isprintable()):
                reader.complain((*path, key), f"may have {_LONGEST_NAME} printable characters; shorten it")


def _lines(data: Table, reader: Reader) -> None:
    ports: dict[str, Path] = {}
    for path, table in _tables(data, "lines"):
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _NEEDS:
            continue
        for key in _NEEDS[kind]:
            if key not in table:
                reader.complain((*path, key), f"is missing; a line of kind {kind} needs it")
        for key in sorted((_ALL_OWN - _OWN_KEYS[kind]) & set(table)):
            reader.complain((*path, key), f"does not belong to a line of kind {kind}; remove it")
        if kind == "serial":
            _once(ports, table.get("port"), (*path, "port"), reader)
        if kind == "mqtt":
            _password(table, path, reader)
            _tls(table, path, reader)


def _kinds(data: Table) -> dict[str, str]:
    named = (table for _, table in _tables(data, "lines") if isinstance(table.get("name"), str))
    return {table["name"]: str(table.get("kind")) for table in named}


def _devices(data: Table, reader: Reader) -> None:
    kinds = _kinds(data)
    homes = {table["id"] for _, table in _tables(data, "homes") if isinstance(table.get("id"), str)}
    places: dict[str, dict[str, Path]] = {}
    for path, table in _tables(data, "devices"):
        line, home = table.get("line"), table.get("home")
        if isinstance(home, str) and home not in homes:
            reader.complain((*path, "home"), f"{home!r} is not declared; add [[homes]] with id = {home!r}")
        if not isinstance(line, str):
            continue
        if line not in kinds:
            reader.complain((*path, "line"), f"{line!r} is not declared; add [[lines]] with name = {line!r}")
            continue
        if kinds[line] not in _NEEDS:
            continue
        needed = "topic" if kinds[line] == "mqtt" else "address"
        if needed not in table:
            reader.complain((*path, needed), f"is missing; a device on the {kinds[line]} line {line!r} needs it")
        for key, own in (("topic", "mqtt"), ("baud", "serial"), ("parity", "serial")):
            if key in table and kinds[line] != own:
                reader.complain((*path, key), f"does not belong to a device on a {kinds[line]} line; remove it")
        _once(places.setdefault(line, {}), table.get(needed), (*path, needed), reader)


def _documents(data: Table, reader: Reader, papers: Papers) -> None:
    kinds = _kinds(data)
    names = papers.names()
    for path, table in _tables(data, "devices"):
        name, address = table.get("document"), table.get("address")
        if not isinstance(name, str):
            continue
        if name not in names:
            advice = f"there are {', '.join(names)}; or add config/devices/{name}.toml"
            reader.complain((*path, "document"), f"{name!r} is not a device document; {advice}")
            continue
        line = table.get("line")
        kind = kinds.get(line) if isinstance(line, str) else None
        fault = papers.line_fault(name, kind) if kind in _NEEDS and kind is not None else None
        if fault is not None:
            reader.complain((*path, "line"), f"{line!r} is of kind {kind}, but a {name} {fault}")
        elif isinstance(address, str) and papers.is_polled(name):
            fault = papers.address_fault(name, address, kind)
            if fault is not None:
                reader.complain((*path, "address"), fault)
