"""Checks of `[local_alarm]`: what must hold between its keys, and numbers, bytes and files that can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.protocols.sms_pdu import is_number
from models.kit.config_places import Path
from models.kit.config_reader import Reader

Table = Mapping[str, Any]
_WAYS = ("modem", "webhook", "siren")
_PIN = re.compile(r"[0-9]{4,8}")


def check_local_alarm(data: Table, reader: Reader) -> None:
    """Note everything in `[local_alarm]` that contradicts itself or can't be right."""
    table = data.get("local_alarm")
    if not isinstance(table, Mapping):
        return
    at: Path = ("local_alarm",)
    if not any(way in table for way in _WAYS):
        reader.complain(
            at, f"names no way to tell anybody; add one of {', '.join(f'[local_alarm.{w}]' for w in _WAYS)}"
        )
    _on_call(table, at, reader)
    ports: dict[str, Path] = {}
    for index, line in enumerate(data.get("lines") or ()):
        if isinstance(line, Mapping) and isinstance(line.get("port"), str):
            ports[line["port"]] = ("lines", index)
    for way in ("modem", "siren"):
        one = table.get(way)
        port = one.get("port") if isinstance(one, Mapping) else None
        if isinstance(port, str) and port in ports:
            first = reader.line(ports[port])
            reader.complain((*at, way, "port"), f"{port} is taken already, on line {first}; it needs a port of its own")
        elif isinstance(port, str):
            ports[port] = (*at, way)
    _modem(table.get("modem"), (*at, "modem"), reader)
    _webhook(table.get("webhook"), (*at, "webhook"), reader)
    _siren(table.get("siren"), (*at, "siren"), reader)


def _on_call(table: Table, at: Path, reader: Reader) -> None:
    entries = table.get("on_call")
    people = [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
    if "modem" in table and not people:
        reader.complain((*at, "on_call"), "is missing; a modem needs somebody to write to: add [[local_alarm.on_call]]")
    if people and "modem" not in table:
        reader.complain((*at, "modem"), "is missing; without it nobody in on_call can be written to")
    seen: set[str] = set()
    for index, one in enumerate(people):
        phone, person = one.get("phone"), one.get("person")
        if isinstance(phone, str) and not is_number(phone):
            reader.complain((*at, "on_call", index, "phone"), "is no telephone number; write it as +8613800000000")
        if isinstance(person, str) and person in seen:
            reader.complain((*at, "on_call", index, "person"), f"{person!r} is there already; one number for each")
        seen.add(str(person))


def _modem(table: object, at: Path, reader: Reader) -> None:
    if not isinstance(table, Mapping):
        return
    pin = reader.secret(table, "pin", at)
    if pin is not None and not _PIN.fullmatch(pin):
        reader.complain((*at, "pin_file" if "pin_file" in table else "pin_env"), "must hold 4 to 8 digits")


def _webhook(table: object, at: Path, reader: Reader) -> None:
    if not isinstance(table, Mapping):
        return
    url = table.get("url")
    if isinstance(url, str) and not re.match(r"https?://[^/\s]+", url):
        reader.complain((*at, "url"), "must start with https:// (or http:// in the building's own network)")
    reader.secret(table, "token", at)


def _siren(table: object, at: Path, reader: Reader) -> None:
    if not isinstance(table, Mapping):
        return
    for key in ("on", "off"):
        value = table.get(key)
        if isinstance(value, str):
            try:
                bytes.fromhex(value)
            except ValueError:
                reader.complain((*at, key), f"{value!r} is not hexadecimal; write it as A0 01 01 A2")
