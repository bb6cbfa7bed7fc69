"""The scan subcommand: finds the meters on a line, shows them as they turn up, and writes a configuration to review.

It owns the line while it runs; stop the gateway first. Interrupted, it still writes what it has found.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.clock import Clock
from gateway.commission import fragment, searches
from gateway.commission.fragment import FragmentPlace
from gateway.commission.searches import FoundMeter, Search
from gateway.commission.wire import ProbeWire, WireSpeed
from gateway.drivers.document import Document
from gateway.drivers.registry import load_documents
from gateway.links.contract import Link, LinkDownError
from gateway.links.serial_port import SerialLink
from gateway.links.tcp import TcpLink

PROTOCOLS = ("dlt645", "cjt188", "mbus", "modbus")
USUAL = {
    "dlt645": ("2400E", "1200E", "9600E", "4800E"),
    "cjt188": ("2400E", "1200E", "9600E", "4800E"),
    "mbus": ("2400E", "300E", "9600E"),
    "modbus": ("9600N", "9600E", "2400E", "4800N", "19200N"),
}
"""Speeds to try, the likeliest first."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to look for, how, and how far."""

    protocols: tuple[str, ...]
    speeds: tuple[WireSpeed, ...]
    units: int
    primaries: bool
    over_tcp: bool = False
    answer_s: float | None = None

    def passes(self) -> Iterator[tuple[str, WireSpeed]]:
        """Yield each protocol with each speed to try."""
        for protocol in self.protocols:
            for speed in self.speeds or tuple(_speed(text) for text in USUAL[protocol]):
                yield protocol, speed


def add_scan_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway scan`."""
    parser.add_argument("--line", required=True, help="a serial port, or tcp://host:port of an RS-485 server")
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS, help="only this one; may be repeated")
    parser.add_argument("--baud", action="append", type=int, help="only this speed; may be repeated")
    parser.add_argument("--parity", action="append", choices=("E", "N", "O"), help="with --baud; default: E and N")
    parser.add_argument("--units", type=int, default=247, help="the highest Modbus unit to ask; default 247")
    parser.add_argument("--answer-ms", type=int, help="how long meters may take, instead of what standards say")
    parser.add_argument("--no-primary", action="store_true", help="M-Bus: search secondary addresses only")
    parser.add_argument("--modbus-tcp", action="store_true", help="tcp://: Modbus TCP instead of bytes passed through")
    parser.add_argument("--out", type=Path, help="write the configuration here instead of to standard output")


def run_scan(args: argparse.Namespace) -> int:
    """Scan; 0 when something was found, 1 when nothing was, 2 when the line can't be used."""
    try:
        place = _place(args.line)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if args.out is not None and args.out.exists():
        print(f"--out {args.out}: is there already; name a file that is not", file=sys.stderr)
        return 2
    found: list[FoundMeter] = []
    try:
        asyncio.run(_scan(place, _wanted(args, place), load_documents(), found))
    except LinkDownError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted: this is what was found so far", file=sys.stderr)
    text = fragment.write(place, found)
    if args.out is None:
        sys.stdout.write(text)
    else:
        args.out.write_text(text, encoding="utf-8")
        print(f"{args.out}: {len(found)} devices; review it, then linshe-gateway check-config", file=sys.stderr)
    return 0 if found else 1


def _wanted(args: argparse.Namespace, place: FragmentPlace) -> ScanRequest:
    parities = args.parity or ["E", "N"]
    speeds = tuple(WireSpeed(baud, parity) for baud in args.baud or () for parity in parities)
    if place.port is None:
        # the server sets the speed; the slowest usual one decides how long to wait
        speeds = (WireSpeed((args.baud or [2400])[0], "E"),)
    protocols = ("modbus",) if args.modbus_tcp else tuple(args.protocol or PROTOCOLS)
    answer_s = None if args.answer_ms is None else args.answer_ms / 1000
    return ScanRequest(protocols, speeds, args.units, not args.no_primary, args.modbus_tcp, answer_s)


async def _scan(
    place: FragmentPlace, wanted: ScanRequest, documents: dict[str, Document], found: list[FoundMeter]
) -> None:
    passes = list(wanted.passes())
    for number, (protocol, speed) in enumerate(passes, start=1):
        link = _link(place, speed)
        await link.open()
        try:
            wire = ProbeWire(link, speed, Clock(), wanted.answer_s)
            async with aclosing(_search(protocol, wire, wanted, documents)) as events:
                async for event in events:
                    _take(event, found, f"[{number}/{len(passes)}] {speed}")
        finally:
            link.close()
    _show("")


def _search(protocol: str, wire: ProbeWire, wanted: ScanRequest, documents: dict[str, Document]) -> Search:
    if protocol == "dlt645":
        return searches.dlt645_meters(wire, documents)
    if protocol == "cjt188":
        return searches.cjt188_meters(wire, documents)
    if protocol == "mbus":
        return searches.mbus_meters(wire, documents, primaries=wanted.primaries)
    return searches.modbus_devices(wire, documents, units=wanted.units, over_tcp=wanted.over_tcp)


def _take(event: searches.Event, found: list[FoundMeter], where: str) -> None:
    if isinstance(event, searches.SearchStep):
        _show(f"{where}: {event.text} … {len(found)} found")
        return
    if any((one.protocol, one.address) == (event.protocol, event.address) for one in found):
        return
    found.append(event)
    _show("")
    detail = f" ({event.note})" if event.note else ""
    print(f"found: {event.protocol} {event.address} at {event.speed}{detail}", file=sys.stderr)


def _show(text: str) -> None:
    """Show progress in one line of a terminal; elsewhere it would fill a log."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _link(place: FragmentPlace, speed: WireSpeed) -> Link:
    if place.port is None:
        return TcpLink("scan", place.host, place.tcp_port)
    return SerialLink("scan", place.port, speed.baud, speed.parity)


def _speed(text: str) -> WireSpeed:
    return WireSpeed(int(text[:-1]), text[-1])


def _place(line: str) -> FragmentPlace:
    if not line.startswith("tcp://"):
        return FragmentPlace(port=line)
    parts = urlsplit(line)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise ValueError(f"--line {line}: write tcp://host:port")
    return FragmentPlace(host=host, tcp_port=port)
