"""Lines: builds what `gateway.toml` declares as lines and devices, ready to run. Opens nothing.

It is the one place where settings, device documents, drivers and links meet. It knows no home.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.bus import capacity
from gateway.bus.exchange import Timing
from gateway.bus.loop import LineSpeed, PolledDevice
from gateway.config.settings import DeviceSettings, LineSettings, Settings, TlsSettings
from gateway.drivers.contract import Device, Driver
from gateway.drivers.document import Document
from gateway.drivers.registry import Framing, driver_for, is_modbus, protocol_of
from gateway.health.busload import BusPlan
from gateway.links.contract import Link
from gateway.links.mqtt_session import BrokerAddress, Tls
from gateway.links.serial_port import SerialLink, is_pseudo_terminal
from gateway.links.tcp import TcpLink
from models.kit.secrets import read_secret

_SHORTEST_GAP_S = 0.25
"""Operating systems and USB adapters pause in mid-frame; shorter silences than this prove nothing."""
_REST_BITS = {"mbus": 33.0, "modbus-rtu": 38.5}
"""Silence that a standard wants before a question, in bits: EN 13757-2 and Modbus over serial line 1.02."""
_LEAST_REST_BITS = 11.0
_NAMELESS = frozenset({"modbus-rtu"})
"""Protocols whose answers don't say to what: an answer that comes late must not meet another question."""


@dataclass(frozen=True, slots=True)
class PolledLine:
    """A bus and whom to ask on it."""

    settings: LineSettings
    asked: Mapping[str, PolledDevice]
    timing: Timing

    def link(self) -> Link:
        """Make the line's link, not open yet."""
        line = self.settings
        if line.kind == "tcp":
            return TcpLink(line.name, line.host or "", line.tcp_port or 0)
        return SerialLink(line.name, line.port or "", line.baud, line.parity)


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A broker and whose messages to listen to."""

    settings: LineSettings
    devices: tuple[Device, ...]


def build(settings: Settings, documents: Mapping[str, Document]) -> tuple[list[PolledLine], list[HeardLine]]:
    """Return the lines of checked settings."""
    polled: list[PolledLine] = []
    heard: list[HeardLine] = []
    for line in settings.lines:
        declared = [one for one in settings.devices if one.line == line.name]
        devices = {one.id: _device(one, documents) for one in declared}
        if line.kind == "mqtt":
            heard.append(HeardLine(line, tuple(devices.values())))
            continue
        asked = {one.id: _asked(line, one, devices[one.id]) for one in declared}
        polled.append(PolledLine(line, asked, timing_of(line, None)))
    return polled, heard


def _asked(line: LineSettings, declared: DeviceSettings, device: Device) -> PolledDevice:
    baud, parity = declared.baud or line.baud, declared.parity or line.parity
    timing = timing_of(replace(line, baud=baud), device.document)
    speed = LineSpeed(baud, parity) if line.kind == "serial" else None
    paper, framing = device.document, framing_of(line)
    otherwise = _otherwise(device) if framing is None and is_modbus(paper) else None
    return PolledDevice(device, driver_for(paper, framing), declared.poll_s or line.poll_s, timing, speed, otherwise)


def _otherwise(device: Device) -> Driver | None:
    """Return who speaks to a Modbus device the way that its document does not name; None for units without that way."""
    driver = driver_for(device.document, "rtu" if device.document.protocol == "modbus-tcp" else "tcp")
    try:
        driver.requests(device)
    except ValueError:
        return None
    return driver


def framing_of(line: LineSettings) -> Framing | None:
    """Return how the line carries Modbus, None where only trying tells."""
    return "rtu" if line.kind == "serial" else line.modbus


def _device(declared: DeviceSettings, documents: Mapping[str, Document]) -> Device:
    return Device(declared.id, documents[declared.document], declared.address or "", declared.topic or "")


def timing_of(line: LineSettings, document: Document | None) -> Timing:
    """Return how patient to be with a device: as its document says, unless the line says its own."""
    answer_s = line.answer_s or (1.0 if document is None else document.timing.answer_ms / 1000)
    gap_s = 0.0 if document is None else document.timing.gap_ms / 1000
    protocol = "" if document is None else protocol_of(document, framing_of(line))
    is_untold = document is not None and is_modbus(document) and framing_of(line) is None
    bit_s = 1 / line.baud if line.kind == "serial" else 0.0
    return Timing(
        answer_s=answer_s,
        gap_s=max(gap_s, _SHORTEST_GAP_S),
        byte_s=capacity.BITS_PER_BYTE / line.baud,
        retries=line.retries,
        rest_s=_REST_BITS.get(protocol, _LEAST_REST_BITS) * bit_s,
        settle_s=answer_s if protocol in _NAMELESS or is_untold else 0.0,
    )


def round_s(line: PolledLine) -> float:
    """Return how long it takes at least to ask everybody on the line once, in real seconds.

    0 where nobody knows: behind a network server, and on a pseudo terminal, where bytes take no time.
    """
    if line.settings.kind != "serial" or is_pseudo_terminal(Path(line.settings.port or "")):
        return 0.0
    return sum(
        capacity.poll_s(asked.device, asked.driver, asked.timing or line.timing) for asked in line.asked.values()
    )


def bus_plans(lines: Iterable[PolledLine], rate: float = 1.0) -> dict[str, BusPlan]:
    """Return for each polled line what is asked of it; `rate` is how fast the readings' time runs."""
    return {
        line.settings.name: BusPlan(
            {name: one.poll_s for name, one in line.asked.items()},
            {
                name: capacity.poll_s(one.device, one.driver, one.timing or line.timing)
                for name, one in line.asked.items()
            },
            rate,
        )
        for line in lines
    }


def broker_of(line: LineSettings, client: str, topics: tuple[str, ...]) -> BrokerAddress:
    """Return the broker that an MQTT line listens to, as `client`; raises `SecretError`."""
    password = read_secret(line.password_file, line.password_env)
    return BrokerAddress(line.host or "", line.mqtt_port, client, topics, line.username, password, tls_of(line.tls))


def tls_of(settings: TlsSettings | None) -> Tls | None:
    """Return the certificates that a link needs."""
    return None if settings is None else Tls(settings.ca_file, settings.cert_file, settings.key_file)
