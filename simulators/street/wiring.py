"""Wiring: a gateway.toml for a street, so that a gateway can be started on it without writing one by hand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulators.street.street import HomeSpec, Street

_FAST = 60.0
"""From this rate on a machine that stops for a second stops the street for minutes."""


@dataclass(frozen=True, slots=True)
class UplinkPlan:
    """What the gateway is told about the way to ingest."""

    host: str
    port: int
    key_file: str
    http_url: str | None = None


def line_path(folder: Path, number: int) -> Path:
    """Return the stable name of the serial line `number` (from 1)."""
    return folder / f"line-{number}"


def gateway_toml(
    street: Street,
    lines: Path,
    poll_s: float,
    *,
    uplink: UplinkPlan | None = None,
    lively: bool = False,
) -> str:
    """Return the text of a gateway.toml that reads every device of `street`; `lines` is the folder of the ports.

    `lively` makes the gateway save and say how it is every second or so, for somebody who watches.
    """
    parts = [_head(street, uplink, lively)]
    parts += [_serial_line(lines, number, poll_s, lively) for number in range(1, street.lines + 1)]
    parts.append(
        f'[[lines]]\nname = "detectors"\nkind = "mqtt"\n'
        f'host = "{street.broker_host}"\nmqtt_port = {street.broker_port}\n'
    )
    parts += [_home(home) for home in street.homes]
    return "\n".join(parts)


def _head(street: Street, uplink: UplinkPlan | None, lively: bool) -> str:
    text = f'[gateway]\nid = "{street.gateway}"\nstate = "gateway.sqlite"\ntimezone = "{street.zone.key}"\n'
    if lively:
        text += "heartbeat_s = 5\nsave_s = 1.0\n"
    pace = street.pace
    if pace.rate != 1 or pace.virtual_start != pace.wall_start:
        text += (
            f"\n[clock]\nwall_start = {_moment(pace.wall_start)}\nvirtual_start = {_moment(pace.virtual_start)}\n"
            f"rate = {pace.rate}\ncatch_up = {str(pace.catch_up).lower()}\n"
        )
    if pace.rate >= _FAST:
        text += '\n[detection]\npreset = "demo"\n'
    if uplink:
        text += f'\n[uplink]\nhost = "{uplink.host}"\nport = {uplink.port}\nkey_file = "{uplink.key_file}"\n'
        if lively:
            text += "receipt_s = 3.0\n"
        if uplink.http_url:
            text += f'http_url = "{uplink.http_url}"\n'
    return text


def _serial_line(folder: Path, number: int, poll_s: float, lively: bool) -> str:
    # with a fast clock a second of waiting for a dead meter is a quarter of an hour for all others on its line
    answer_s = 0.25 if lively else 1.0
    return (
        f'[[lines]]\nname = "line-{number}"\nkind = "serial"\nport = "{line_path(folder, number)}"\n'
        f'baud = 2400\nparity = "E"\npoll_s = {poll_s}\nanswer_s = {answer_s}\n'
    )


def _home(home: HomeSpec) -> str:
    return (
        f'[[homes]]\nid = "{home.id}"\n\n'
        + _device(home, "e", "dlt645-2007", f"line-{home.line}", f'address = "{home.electricity_address}"')
        + _device(home, "w", "cjt188-2004", f"line-{home.line}", f'address = "{home.water_address}"')
        + _device(home, "s", "zigbee2mqtt-smoke", "detectors", f'topic = "{home.smoke_topic}"')
    )


def _device(home: HomeSpec, letter: str, document: str, line: str, place: str) -> str:
    return (
        f'[[devices]]\nid = "{home.id}-{letter}"\nhome = "{home.id}"\nline = "{line}"\n'
        f'document = "{document}"\n{place}\n\n'
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
