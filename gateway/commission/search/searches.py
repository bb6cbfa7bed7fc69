"""Searches: who is on a line, one way per protocol. They ask through a wire and yield every meter that they find.

Several meters that answer at once give rubbish; then the question is narrowed until each answers alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.commission.search.proof import Fit, Fitting, prove
from gateway.commission.search.wire import ProbeWire, WireReply, WireSpeed
from gateway.drivers.document import Document
from gateway.drivers.mbus import VAGUE_MEDIA
from gateway.drivers.registry import Framing, driver_for, is_modbus
from gateway.protocols import bcd, cjt188, dlt645, mbus, mbus_data, modbus
from gateway.protocols.dlt645 import EDITION_1997, EDITION_2007
from gateway.protocols.mbus_search import SearchHearing, SecondarySearch

DLT_WAIT_S = 0.55
"""DL/T 645 and CJ/T 188 allow a meter 500 ms."""
MODBUS_WAIT_S = 0.25
_NOBODY = (b"\x0a", b"\x0b")
"""What a gateway says of units that are not there."""
_FAILURE = b"\x04"
"""What some servers say of units that are not there, and a device of a register that it can't read just now."""
_UNLIKELY = (243, 229, 211)
"""Units that hardly any line has, and not all three."""
_MBUS_WAIT_BITS = 330
_MBUS_WAIT_S = 0.05


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """One meter: its address as a configuration says it, and the one document that is proven to read it, if any is.

    `candidates` are documents that may read it, for a person to choose from.
    """

    protocol: str
    address: str
    document: str | None
    speed: WireSpeed
    note: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchStep:
    """Progress: what is being asked, and how many questions are known to be left in this search."""

    text: str
    left: int = 0


Event = FoundMeter | SearchStep
Search = AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """How a protocol with wildcards asks who is there: `size` of an address in bytes, the question, and its answer.

    `reading` asks the same meters for what they measure: where two answers of who they are make one sound frame
    together (on the wires a 0 beats a 1), what they measure does not.
    """

    name: str
    size: int
    framer: Callable[[], Any]
    question: Callable[[str], bytes]
    meter: Callable[[Any], FoundMeter | None]
    reading: Callable[[str, Any], bytes]

    async def is_alone(self, wire: ProbeWire, mask: str, found: FoundMeter, frame: Any) -> bool:
        """Whether the meter that answered to a mask is there at all, and nobody else hides behind it."""
        if mask == found.address:
            return True
        own = await wire.ask(self.question(found.address), self.framer(), DLT_WAIT_S)
        if not any(one is not None and one.address == found.address for one in map(self.meter, own.frames)):
            return False
        all_of_them = await wire.ask(self.reading(mask, frame), self.framer(), DLT_WAIT_S)
        return not all_of_them.troubles and all(one.address == found.address for one in all_of_them.frames)


EDITIONS = {"dlt645-2007": (EDITION_2007, "00010000"), "dlt645-1997": (EDITION_1997, "9010")}


def _dlt645(wire: ProbeWire, documents: Mapping[str, Document], name: str) -> SearchQuestion:
    """Read-address with the wildcard in the newer edition; the older one by reads alone."""
    edition, di = EDITIONS[name]

    def question(address: str) -> bytes:
        if address == dlt645.WILDCARD and edition is EDITION_2007:
            return dlt645.WAKE_UP + dlt645.read_address_request()
        return dlt645.WAKE_UP + dlt645.read_request(address, di, edition)

    def meter(frame: Any) -> FoundMeter | None:
        own = {edition.read} | ({dlt645.READ_ADDRESS} if edition is EDITION_2007 else set())
        # a meter of one edition may refuse the questions of the other
        if not frame.is_answer or frame.is_error or frame.function not in own:
            return None
        said = bcd.digits(frame.data) if frame.function == dlt645.READ_ADDRESS else None
        return FoundMeter(name, said or frame.address, _fitting(documents, name, frame), wire.speed)

    def reading(mask: str, _: Any) -> bytes:
        return dlt645.WAKE_UP + dlt645.read_request(mask, di, edition)

    return SearchQuestion(name, 6, dlt645.framer, question, meter, reading)


def _cjt188(wire: ProbeWire, documents: Mapping[str, Document]) -> SearchQuestion:
    """Read-address with the wildcard for any type of meter."""

    def question(address: str) -> bytes:
        return cjt188.WAKE_UP + cjt188.read_address_request(cjt188.ANY_TYPE, address)

    def meter(frame: Any) -> FoundMeter | None:
        if not frame.is_answer or frame.function != cjt188.READ_ADDRESS:
            return None
        note = f"type {frame.meter_type:02X}"
        return FoundMeter("cjt188", frame.address, _fitting(documents, "cjt188", frame), wire.speed, note)

    def reading(mask: str, frame: Any) -> bytes:
        return cjt188.WAKE_UP + cjt188.read_request(frame.meter_type, mask)

    return SearchQuestion("cjt188", 7, cjt188.framer, question, meter, reading)


def asking(protocol: str, wire: ProbeWire, documents: Mapping[str, Document]) -> SearchQuestion:
    """Return how a protocol with wildcards asks: dlt645-2007, dlt645-1997 or cjt188."""
    return _dlt645(wire, documents, protocol) if protocol in EDITIONS else _cjt188(wire, documents)


async def is_anybody_there(protocol: str, wire: ProbeWire, documents: Mapping[str, Document]) -> bool:
    """Ask everybody at once, and once more where nobody answered: all hangs on this answer."""
    if protocol == "mbus":
        return await _MbusLine(wire, documents).is_anybody_there()
    how = asking(protocol, wire, documents)
    for _ in range(2):
        reply = await wire.ask(how.question("A" * 2 * how.size), how.framer(), DLT_WAIT_S)
        if not reply.silent:
            return True
    return False


async def wildcard_meters(how: SearchQuestion, wire: ProbeWire, others: Collection[str] = ()) -> Search:
    """Ask all; where several answer at once, ask by the last two digits, then the last four, and so on.

    `others` are meters known by another edition of the protocol, which may refuse these questions: where two of them
    share an ending, what they say at once is no reason to look further. Who says who he is and answers to nothing else
    is told only where nobody else is found: several at once can look like one that is not there.
    """
    known: set[str] = set()
    doubtful: list[FoundMeter] = []
    open_endings = [""]
    while open_endings:
        ending = open_endings.pop()
        address = ending.rjust(2 * how.size, "A")
        yield SearchStep(f"{how.name} {address}", len(open_endings) + 1)
        reply = await wire.ask(how.question(address), how.framer(), DLT_WAIT_S)
        if reply.silent and not ending:
            reply = await wire.ask(how.question(address), how.framer(), DLT_WAIT_S)
        found = [(one, frame) for frame in reply.frames if (one := how.meter(frame)) is not None]
        is_mixed = bool(reply.troubles) or len(found) > 1
        for one, frame in found:
            is_mixed = not await how.is_alone(wire, address, one, frame) or is_mixed
            if is_mixed and len(ending) < 2 * how.size:
                doubtful.append(one)
            elif one.address not in known:
                known.add(one.address)
                yield one
        is_explained = bool(ending) and not found and sum(other.endswith(ending) for other in others) > 1
        if is_mixed and len(ending) < 2 * how.size and not is_explained:
            open_endings += [f"{number:02d}{ending}" for number in reversed(range(100))]
    if doubtful and not known:
        yield doubtful[0]


async def mbus_meters(wire: ProbeWire, documents: Mapping[str, Document]) -> Search:
    """Search the secondary addresses."""
    line = _MbusLine(wire, documents)
    search = SecondarySearch()
    while (mask := search.mask) is not None:
        yield SearchStep(f"mbus {mask}", search.left)
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
        if is_new:
            yield found
    for number in search.unresolved:
        yield SearchStep(f"mbus {number}: two meters of one number, or a line too noisy to tell")


async def mbus_primaries(wire: ProbeWire, documents: Mapping[str, Document], known: Collection[str]) -> Search:
    """Ask each primary address; a meter whose number is `known` already is not told again."""
    line = _MbusLine(wire, documents)
    for primary in range(mbus.HIGHEST_PRIMARY + 1):
        yield SearchStep(f"mbus primary {primary}", mbus.HIGHEST_PRIMARY + 1 - primary)
        reply = await line.called(primary)
        if reply is None:
            continue
        found = line.meter(reply)
        if found is None:
            yield SearchStep(
                f"mbus primary {primary}: somebody answers, but not to be read: two meters of one address?"
            )
        elif not found.address or found.address not in known:
            yield await line.best_named(found, primary)


@dataclass(frozen=True, slots=True)
class _MbusLine:
    """The few exchanges of a search on M-Bus."""

    wire: ProbeWire
    documents: Mapping[str, Document]

    async def is_anybody_there(self) -> bool:
        """Reset all by the address that everybody answers to, then select any number, twice."""
        if not (await self._ask(mbus.reset_request(mbus.BROADCAST))).silent:
            return True
        everybody = mbus.secondary_mask("F" * 8)
        return any([not (await self._ask(mbus.select_request(everybody))).silent for _ in range(2)])

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
        vague = telegram.medium in VAGUE_MEDIA
        candidates = (
            tuple(sorted(name for name, one in self.documents.items() if one.protocol == "mbus")) if vague else ()
        )
        return FoundMeter("mbus", telegram.number, document, self.wire.speed, note, candidates)

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


async def proven(wire: ProbeWire, found: FoundMeter, documents: Mapping[str, Document]) -> FoundMeter:
    """Read the meter by its document, or by its candidates, and keep only what makes sense."""
    names = [found.document] if found.document is not None else list(found.candidates)
    proofs = [await prove(wire, documents[name], found.address) for name in names]
    if found.document is not None and proofs[0].fit is Fit.NO:
        return replace(found, document=None, candidates=(found.document,), note=_noted(found.note, proofs[0].why))
    return replace(
        found, candidates=tuple(one.document for one in proofs if one.fit is not Fit.NO and not found.document)
    )


async def modbus_devices(
    wire: ProbeWire, documents: Mapping[str, Document], units: range, *, over_tcp: bool = False
) -> Search:
    """Ask each unit for one register, and who answers by the questions of every document."""
    line = _ModbusLine(wire, [one for one in documents.values() if is_modbus(one) and not one.is_template], over_tcp)
    if over_tcp and await line.answers_to_any_unit():
        yield SearchStep(f"{line.protocol}: one device that answers to every unit number; asked as unit 1", 1)
        units = range(1, 2)
    for unit in units:
        yield SearchStep(f"{line.protocol} unit {unit}", len(units) - (unit - units.start))
        presence = await line.presence(unit)
        if presence is None:
            continue
        proofs = [await prove(wire, paper, str(unit), line.framing) for paper in line.documents]
        if presence or any(one.fit is Fit.FITS for one in proofs):
            yield line.found(unit, proofs)


@dataclass(frozen=True, slots=True)
class _ModbusLine:
    """The few exchanges of a search for Modbus units."""

    wire: ProbeWire
    documents: list[Document]
    over_tcp: bool

    @property
    def framing(self) -> Framing:
        return "tcp" if self.over_tcp else "rtu"

    @property
    def protocol(self) -> str:
        return f"modbus-{self.framing}"

    async def presence(self, unit: int) -> bool | None:
        """Whether a unit answers; None where nobody does, False where only a doubtful exception comes."""
        doubtful = False
        for function in (modbus.READ_HOLDING, modbus.READ_INPUT):
            said = await self._asked(unit, function)
            if said is None or (said.is_error and said.data[:1] in _NOBODY):
                return None
            if not said.is_error or said.data[:1] != _FAILURE:
                return True
            doubtful = True
        return False if doubtful else None

    async def answers_to_any_unit(self) -> bool:
        """Whether units that nobody has answer: the peer does not look at the number."""
        for unit in _UNLIKELY:
            said = await self._asked(unit, modbus.READ_HOLDING)
            if said is None or (said.is_error and said.data[:1] in (*_NOBODY, _FAILURE)):
                return False
        return True

    async def _asked(self, unit: int, function: int) -> modbus.Frame | None:
        data = modbus.read_data(0, 1)
        if self.over_tcp:
            payload, framer = modbus.encode_tcp(unit, unit, function, data), modbus.tcp_framer()
        else:
            payload, framer = modbus.encode_rtu(unit, function, data), modbus.rtu_framer()
        reply = await self.wire.ask(payload, framer, MODBUS_WAIT_S)
        ours = (one for one in reply.frames if one.unit == unit and not one.is_request)
        return next((one for one in ours if one.function & ~modbus.ERROR_BIT == function), None)

    def found(self, unit: int, proofs: Sequence[Fitting]) -> FoundMeter:
        """Name the one document that fits; where several do, or none is proven, a person must choose."""
        fitting = [one.document for one in proofs if one.fit is Fit.FITS]
        if len(fitting) == 1:
            return FoundMeter(self.protocol, str(unit), fitting[0], self.wire.speed)
        maybe = tuple(fitting or (one.document for one in proofs if one.fit is Fit.EMPTY))
        note = "no device document reads it: write one with its register map"
        if maybe:
            why = "several documents read it" if fitting else "what it shows proves no document"
            note = f"{why}: {', '.join(maybe)}; look at its label"
        return FoundMeter(self.protocol, str(unit), None, self.wire.speed, note, maybe)


def _noted(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _fitting(documents: Mapping[str, Document], protocol: str, frame: Any) -> str | None:
    """Return the document of this protocol that is about the sort of meter the frame is from, the closest first."""
    fitting = [
        paper
        for paper in documents.values()
        if paper.protocol.startswith(protocol) and not paper.is_template and driver_for(paper).fits(paper, frame)
    ]
    said = getattr(frame, "meter_type", None)
    exact = [paper for paper in fitting if said == getattr(paper.options, "meter_type", None)]
    return next((paper.name for paper in exact or fitting), None)
