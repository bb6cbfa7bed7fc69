"""The scan subcommand: finds the meters on a line, shows them as they turn up, and writes a configuration to review.

It owns the line while it runs; stop the gateway first. However it ends, it writes what it has found.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.clock import Clock
from gateway.commission.search import fragment, proof, searches
from gateway.commission.search.fragment import FragmentPlace
from gateway.commission.search.plan import Kind, Pass, ScanPlan
from gateway.commission.search.progress import Progress
from gateway.commission.search.searches import FoundMeter, Search, SearchStep
from gateway.commission.search.wire import ProbeWire, WireSpeed
from gateway.drivers.document import Document
from gateway.drivers.registry import Framing, load_documents
from gateway.links.contract import Link, LinkDownError
from gateway.links.serial_port import SerialLink
from gateway.links.tcp import TcpLink

PROTOCOLS = ("dlt645", "cjt188", "mbus", "modbus")
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to look for, how, and how far."""

    protocols: tuple[str, ...]
    speeds: tuple[WireSpeed, ...]
    units: int
    primaries: bool
    over_tcp: bool = False
    thorough: bool = False
    answer_s: float | None = None

    def plan(self) -> ScanPlan:
        """Return what is to be done."""
        return ScanPlan(self.protocols, self.speeds, self.units, primaries=self.primaries, thorough=self.thorough)


@dataclass(slots=True)
class Harvest:
    """What was found, and what was not asked. `keep` writes it down at each step, so that no end loses it."""

    place: FragmentPlace
    out: Path | None
    found: list[FoundMeter] = field(default_factory=list)
    not_asked: list[Pass] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The configuration."""
        return fragment.write(self.place, self.found, [str(one) for one in self.not_asked])

    def keep(self) -> None:
        """Write it down, where a file was named."""
        if self.out is not None:
            self.out.write_text(self.text, encoding="utf-8")

    def knows(self, one: FoundMeter) -> bool:
        """Whether this meter was found before, at whatever speed."""
        return any((one.protocol, one.address) == (known.protocol, known.address) for known in self.found)


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
    parser.add_argument("--thorough", action="store_true", help="ask all units and addresses at every speed")
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
    harvest = Harvest(place, args.out)
    has_failed = False
    try:
        asyncio.run(_scan(harvest, _wanted(args, place), load_documents()))
    except LinkDownError as error:
        print(error, file=sys.stderr)
        if not harvest.found:
            return 2
        has_failed = True
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\ninterrupted: this is what was found so far", file=sys.stderr)
    if args.out is None:
        sys.stdout.write(harvest.text)
    else:
        harvest.keep()
        print(f"{args.out}: {len(harvest.found)} devices; review it, then linshe-gateway check-config", file=sys.stderr)
    return 2 if has_failed else 0 if harvest.found else 1


def _wanted(args: argparse.Namespace, place: FragmentPlace) -> ScanRequest:
    parities = args.parity or ["E", "N"]
    speeds = tuple(WireSpeed(baud, parity) for baud in args.baud or () for parity in parities)
    if place.port is None:
        # the server sets the speed; the slowest usual one decides how long to wait
        speeds = (WireSpeed((args.baud or [2400])[0], "E"),)
    protocols = ("modbus",) if args.modbus_tcp else tuple(args.protocol or PROTOCOLS)
    answer_s = None if args.answer_ms is None else args.answer_ms / 1000
    return ScanRequest(protocols, speeds, args.units, not args.no_primary, args.modbus_tcp, args.thorough, answer_s)


async def _scan(harvest: Harvest, wanted: ScanRequest, documents: dict[str, Document]) -> None:
    clock = Clock()
    scan = _Scan(harvest, wanted, documents, wanted.plan(), Progress(clock.monotonic))
    with _stopped_by_signals():
        try:
            while (one := scan.plan.take()) is not None:
                await scan.do(one, clock)
        finally:
            scan.end()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let the signals that end a program end the scan in order."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for one in _STOPPING:
        loop.add_signal_handler(one, task.cancel)
    try:
        yield
    finally:
        for one in _STOPPING:
            loop.remove_signal_handler(one)


@dataclass(slots=True)
class _Scan:
    """One scan under way: the link stays open while the speed does not change."""

    harvest: Harvest
    wanted: ScanRequest
    documents: dict[str, Document]
    plan: ScanPlan
    progress: Progress
    link: Link | None = None
    speed: WireSpeed | None = None

    async def do(self, one: Pass, clock: Clock) -> None:
        """Do one pass; raises `LinkDownError`."""
        self.harvest.not_asked = [one, *self.plan.left, *self.plan.left_out]
        self.progress.show(str(one), len(self.harvest.found), one.seconds + self.plan.left_s)
        wire = ProbeWire(await self._tuned(one.speed), one.speed, clock, self.wanted.answer_s)
        if one.kind is Kind.KNOCK:
            if await searches.is_anybody_there(one.protocol, wire, self.documents) and await self._is_real(one, wire):
                self.plan.heard(one)
            return
        async with aclosing(self._search(one, wire)) as events:
            async for event in events:
                if isinstance(event, SearchStep):
                    left_s = event.left * one.question_s + self.plan.left_s
                    self.progress.show(f"{one.speed} {event.text}", len(self.harvest.found), left_s)
                elif not self.harvest.knows(event) and not await self._take(event, one, wire):
                    break

    async def _take(self, event: FoundMeter, one: Pass, wire: ProbeWire) -> bool:
        """Keep what was found; False where it was found at another speed already, and so will be all others."""
        if not await self._is_real(one, wire):
            return False
        if one.protocol != "modbus":
            event = await searches.proven(wire, event, self.documents)
        self.plan.heard(one)
        self.harvest.found.append(event)
        self.harvest.keep()
        detail = f" ({event.note})" if event.note else ""
        speed = f" at {event.speed}" if self.harvest.place.port is not None else ""
        self.progress.tell(f"found: {event.protocol} {event.address}{speed}{detail}")
        return True

    async def _is_real(self, one: Pass, wire: ProbeWire) -> bool:
        """Whether an answer at a new speed says anything.

        Where a meter that was found at one speed answers at another, the line has one whatever is set (a server, a
        pseudo terminal): then nobody new is there.
        """
        if not self.plan.is_new_speed(one.speed):
            return True
        for known in self.harvest.found:
            if known.document is not None and known.speed != one.speed:
                framing: Framing | None = "rtu" if known.protocol.startswith("modbus") else None
                if await proof.answers(wire, self.documents[known.document], known.address, framing):
                    self.progress.tell(f"{known.speed} and {one.speed} are one on this line: asked once")
                    self.plan.drop(one.speed)
                    return False
                return True
        return True

    def _search(self, one: Pass, wire: ProbeWire) -> Search:
        known = [found.address for found in self.harvest.found]
        if one.protocol == "modbus":
            return searches.modbus_devices(wire, self.documents, one.units, over_tcp=self.wanted.over_tcp)
        if one.kind is Kind.PRIMARIES:
            return searches.mbus_primaries(wire, self.documents, known)
        if one.protocol == "mbus":
            return searches.mbus_meters(wire, self.documents)
        others = [found.address for found in self.harvest.found if found.protocol != one.protocol]
        return searches.wildcard_meters(searches.asking(one.protocol, wire, self.documents), wire, others)

    async def _tuned(self, speed: WireSpeed) -> Link:
        if self.link is None or self.speed != speed:
            self._close()
            self.link, self.speed = _link(self.harvest.place, speed), speed
            await self.link.open()
        return self.link

    def _close(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None

    def end(self) -> None:
        """Hang up; whatever the plan still holds was not asked."""
        self._close()
        left = [*self.plan.left, *self.plan.left_out]
        if self.plan.left_out and not self.plan.left:
            self.harvest.not_asked = left
            self.progress.tell(f"not asked: {'; '.join(map(str, left))}; --thorough asks them")
        elif not left:
            self.harvest.not_asked = []


def _link(place: FragmentPlace, speed: WireSpeed) -> Link:
    if place.port is None:
        return TcpLink("scan", place.host, place.tcp_port)
    return SerialLink("scan", place.port, speed.baud, speed.parity)


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
