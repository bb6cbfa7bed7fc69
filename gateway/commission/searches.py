"""Searches: who is on a line, one way per protocol. They ask through a wire and yield every meter that they find.

Several meters that answer at once give rubbish; then the question is narrowed until each answers alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.clock import EPOCH
from gateway.commission.wire import ProbeWire, WireReply, WireSpeed
from gateway.drivers.contract import Device, DeviceAnswer
from gateway.drivers.document import Document
from gateway.drivers.registry import driver_for
from gateway.protocols import bcd, cjt188, dlt645, mbus, mbus_data, modbus
from gateway.protocols.dlt645 import EDITION_1997, EDITION_2007
from gateway.protocols.mbus_search import SearchHearing, SecondarySearch

DLT_WAIT_S = 0.55
"""DL/T 645 and CJ/T 188 allow a meter 500 ms."""
MODBUS_WAIT_S = 0.25
_MBUS_WAIT_BITS = 330
_MBUS_WAIT_S = 0.05


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """One meter: its address as a configuration says it, and the document that fits what it said, if any does."""

    protocol: str
    address: str
    document: str | None
    speed: WireSpeed
    note: str = ""


@dataclass(frozen=True, slots=True)
class SearchStep:
    """Progress: what is being asked."""

    text: str


Event = FoundMeter | SearchStep
Search = AsyncGenerator[Event, None]


async def dlt645_meters(wire: ProbeWire, documents: dict[str, Document]) -> Search:
    """Read-address with the wildcard, then reads with ever longer endings; the older edition by reads alone."""
    for edition, name, di in ((EDITION_2007, "dlt645-2007", "00010000"), (EDITION_1997, "dlt645-1997", "9010")):

        def question(address: str, edition: Any = edition, di: str = di) -> bytes:
            if address == dlt645.WILDCARD and edition is EDITION_2007:
                return dlt645.WAKE_UP + dlt645.read_address_request()
            return dlt645.WAKE_UP + dlt645.read_request(address, di, edition)

        def meter(frame: Any, name: str = name, edition: Any = edition) -> FoundMeter | None:
            own = {edition.read} | ({dlt645.READ_ADDRESS} if edition is EDITION_2007 else set())
            # a meter of one edition may refuse the questions of the other
            if not frame.is_answer or frame.is_error or frame.function not in own:
                return None
            said = bcd.digits(frame.data) if frame.function == dlt645.READ_ADDRESS else None
            return FoundMeter(name, said or frame.address, _fitting(documents, name, frame), wire.speed)

        async for event in _narrowed(wire, SearchQuestion(name, 6, dlt645.framer, question, meter)):
            yield event


async def cjt188_meters(wire: ProbeWire, documents: dict[str, Document]) -> Search:
    """Read-address with the wildcard for any type of meter."""

    def question(address: str) -> bytes:
        return cjt188.WAKE_UP + cjt188.read_address_request(cjt188.ANY_TYPE, address)

    def meter(frame: Any) -> FoundMeter | None:
        if not frame.is_answer or frame.function != cjt188.READ_ADDRESS:
            return None
        note = f"type {frame.meter_type:02X}"
        return FoundMeter("cjt188", frame.address, _fitting(documents, "cjt188", frame), wire.speed, note)

    async for event in _narrowed(wire, SearchQuestion("cjt188", 7, cjt188.framer, question, meter)):
        yield event


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """How a protocol with wildcards asks who is there: `size` of an address in bytes, the question, and its answer."""

    name: str
    size: int
    framer: Callable[[], Any]
    question: Callable[[str], bytes]
    meter: Callable[[Any], FoundMeter | None]


async def _narrowed(wire: ProbeWire, asking: SearchQuestion) -> Search:
    """Ask all; where several answer at once, ask by the last two digits, then the last four, and so on."""
    known: set[str] = set()
    open_endings = [""]
    while open_endings:
        ending = open_endings.pop()
        address = ending.rjust(2 * asking.size, "A")
        yield SearchStep(f"{asking.name} {address}")
        reply = await wire.ask(asking.question(address), asking.framer(), DLT_WAIT_S)
        if reply.silent and not ending:
            reply = await wire.ask(asking.question(address), asking.framer(), DLT_WAIT_S)  # all hangs on this answer
        found = [one for one in map(asking.meter, reply.frames) if one is not None]
        for one in found:
            if one.address not in known:
                known.add(one.address)
                yield one
        if (reply.troubles or len(found) > 1) and len(ending) < 2 * asking.size:
            open_endings += [f"{number:02d}{ending}" for number in reversed(range(100))]


async def mbus_meters(wire: ProbeWire, documents: dict[str, Document], *, primaries: bool = True) -> Search:
    """Search the secondary addresses, then ask each primary one whose meter is not known by number yet."""
    line = _MbusLine(wire, documents)
    search = SecondarySearch()
    seen: set[int] = set()
    while (mask := search.mask) is not None:
        yield SearchStep(f"mbus {mask}")
        reply = await line.selected(mask)
        if reply is None and search.asked == 0:
            reply = await line.selected(mask)  # one lost answer here would lose every meter
        if reply is None:
            search.heard(SearchHearing.NOTHING)
            continue
        found = line.meter(reply)
        if found is None or not found.address:
            search.heard(SearchHearing.COLLISION)
            continue
        is_new = found.address not in search.found
        search.heard(SearchHearing.ONE, found.address)
        seen |= {frame.address for frame in reply.frames if frame.address is not None}
        if is_new:
            yield found
    for number in search.unresolved:
        yield SearchStep(f"mbus {number}: two meters of one number, or a line too noisy to tell")
    for primary in range(mbus.HIGHEST_PRIMARY + 1) if primaries else ():
        if primary in seen:
            continue
        yield SearchStep(f"mbus primary {primary}")
        reply = await line.called(primary)
        if reply is None:
            continue
        found = line.meter(reply)
        if found is None:
            yield SearchStep(
                f"mbus primary {primary}: somebody answers, but not to be read: two meters of one address?"
            )
        elif not found.address or found.address not in search.found:
            yield await line.best_named(found, primary)


@dataclass(frozen=True, slots=True)
class _MbusLine:
    """The few exchanges of a search on M-Bus."""

    wire: ProbeWire
    documents: dict[str, Document]

    async def selected(self, mask: str) -> WireReply | None:
        """Select by secondary address and read out; None where nobody said that he was meant."""
        await self._ask(mbus.reset_request(mbus.SECONDARY))
        if (await self._ask(mbus.select_request(mbus.secondary_mask(mask)))).silent:
            return None
        return await self._ask(mbus.data_request(mbus.SECONDARY, 0))

    async def called(self, primary: int) -> WireReply | None:
        """Call by primary address and read out; None where nobody answers to it."""
        if (await self._ask(mbus.reset_request(primary))).silent:
            return None
        return await self._ask(mbus.data_request(primary, 0))

    def meter(self, reply: WireReply) -> FoundMeter | None:
        """Return the one meter that a readout is from, by its number."""
        frames = [frame for frame in reply.frames if frame.is_answer and not frame.is_ack]
        if len(frames) != 1 or reply.troubles:
            return None
        telegram = mbus_data.read(frames[0])
        if telegram is None:
            return None
        document = _fitting(self.documents, "mbus", frames[0])
        note = f"medium {telegram.medium:02X}, number {telegram.number}, primary {frames[0].address}"
        return FoundMeter("mbus", telegram.number, document, self.wire.speed, note)

    async def best_named(self, found: FoundMeter, primary: int) -> FoundMeter:
        """Name a meter by its number if it answers to that, and was only missed before; else by its primary address."""
        reply = await self.selected(found.address) if found.address.isdecimal() else None
        again = None if reply is None else self.meter(reply)
        if again is not None and again.address == found.address:
            return again
        return replace(found, address=str(primary))

    async def _ask(self, payload: bytes) -> WireReply:
        wait_s = _MBUS_WAIT_S + _MBUS_WAIT_BITS / self.wire.speed.baud
        return await self.wire.ask(payload, mbus.framer(), wait_s)


async def modbus_devices(
    wire: ProbeWire, documents: dict[str, Document], *, units: int, over_tcp: bool = False
) -> Search:
    """Ask each unit for one register, and who answers by the questions of every document."""
    protocol = "modbus-tcp" if over_tcp else "modbus-rtu"
    for unit in range(1, units + 1):
        yield SearchStep(f"{protocol} unit {unit}")
        data = modbus.read_data(0, 1)
        if over_tcp:
            payload, framer = modbus.encode_tcp(unit, unit, modbus.READ_HOLDING, data), modbus.tcp_framer()
        else:
            payload, framer = modbus.encode_rtu(unit, modbus.READ_HOLDING, data), modbus.rtu_framer()
        reply = await wire.ask(payload, framer, MODBUS_WAIT_S)
        if not any(frame.unit == unit and not frame.is_request for frame in reply.frames):
            continue
        fitting = [paper.name for paper in documents.values() if await _is_read_by(wire, paper, unit, protocol)]
        note = "" if fitting else "no device document reads it: write one with its register map"
        if len(fitting) > 1:
            note = f"could also be {', '.join(fitting[1:])}"
        yield FoundMeter(protocol, str(unit), fitting[0] if fitting else None, wire.speed, note)


async def _is_read_by(wire: ProbeWire, paper: Document, unit: int, protocol: str) -> bool:
    """Whether the device answers all the document's questions with values that such a device can show."""
    if paper.protocol != protocol:
        return False
    driver, device = driver_for(paper), Device("", paper, str(unit))
    for request in driver.requests(device):
        reply = await wire.ask(request.payload, driver.framer(), MODBUS_WAIT_S)
        answers = [driver.interpret(device, request, frame, EPOCH) for frame in reply.frames]
        good = [one for one in answers if isinstance(one, DeviceAnswer) and one.readings and not one.troubles]
        if not good or any(reading.quality != "good" for reading in good[0].readings):
            return False
    return True


def _fitting(documents: dict[str, Document], protocol: str, frame: Any) -> str | None:
    """Return the document of this protocol that is about the sort of meter the frame is from, the closest first."""
    fitting = [
        paper
        for paper in documents.values()
        if paper.protocol.startswith(protocol) and driver_for(paper).fits(paper, frame)
    ]
    said = getattr(frame, "meter_type", None)
    exact = [paper for paper in fitting if said == getattr(paper.options, "meter_type", None)]
    return next((paper.name for paper in exact or fitting), None)
