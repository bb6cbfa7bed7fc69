"""Driver for CJ/T 188 meters of both editions: one question gives the register, the clock and the status word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, cast

import msgspec

from gateway.drivers.contract import Device, DeviceAnswer, Fact, Ignored, Overheard, Request, make_reading
from gateway.drivers.document import Document, Register
from gateway.protocols import cjt188, cjt188_data
from gateway.protocols.cjt188_data import MeasuredValue, MeterClock, MeterStatus, Part, Unread
from gateway.protocols.framing import Code, Diagnostic, Framer
from models.kit.config_declared import about
from models.quantity import Unit, UnitError
from models.reading import Reading

Field = Literal[
    "total", "power", "flow", "volume", "supply_temperature", "return_temperature",
    "clock", "status", "valve_open", "battery_low",
]  # fmt: skip


class CjtRegister(Register, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the answer. The frame says the unit; the document's unit is that of its range and step."""

    field: Annotated[Field, about("the part of the answer")]


class CjtOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`meter_type` is the byte after 68; with `high_first` DI 901F is sent as 90 1F.

    With `any_serial` the answer need not repeat the question's number: some meters always send 0. `absent_unit` is that
    of a meter which sends 00 where its unit code belongs.
    """

    meter_type: Annotated[int, about("the byte after 68")] = cjt188.COLD_WATER
    high_first: Annotated[bool, about("whether DI 901F is sent as 90 1F")] = False
    any_serial: Annotated[bool, about("whether the answer need not repeat the question's number")] = False
    absent_unit: Annotated[
        Literal["", "m3", "L", "kWh"], about("the unit of a meter which sends 00 where its unit code belongs")
    ] = ""


class Cjt188Driver:
    """See `contract.Driver`."""

    def framer(self) -> Framer[cjt188.Frame]:
        """See `contract.Driver.framer`."""
        return cjt188.framer()

    def requests(self, device: Device, serial: int = 0) -> Sequence[Request]:
        """See `contract.Driver.requests`; the serial goes out modulo 256 and the answer must repeat it."""
        if not _is_address(device.address):
            raise ValueError(f"address {device.address!r}: a CJ/T 188 meter has 14 digits")
        options = _options(device)
        number = serial % 256
        frame = cjt188.read_request(options.meter_type, device.address, number, high_first=options.high_first)
        asks = tuple((row.quantity, row.unit) for row in _registers(device) if row.poll)
        return [Request(cjt188.WAKE_UP + frame, cjt188.DI_NOW, asks, number)]

    def fits(self, document: Document, frame: cjt188.Frame) -> bool:
        """See `contract.Driver.fits`: water, heat and gas differ in the tens of the meter type."""
        options = document.options
        return isinstance(options, CjtOptions) and options.meter_type >> 4 == frame.meter_type >> 4

    def overheard(self, document: Document, frame: cjt188.Frame, at: datetime) -> Overheard:
        """See `contract.Driver.overheard`."""
        if not frame.is_answer:
            return Overheard(frame.address, f"request {frame.control:02X} {frame.di}".strip())
        if frame.is_error:
            said = frame.content.hex().upper() or "not told"
            trouble = Diagnostic(Code.REFUSED, 11, frame.raw, f"the meter refuses, status {said}")
            return Overheard(frame.address, "error answer", DeviceAnswer(troubles=(trouble,)))
        if frame.function == cjt188.READ_ADDRESS:
            return Overheard(frame.address, "address answer")
        if not cjt188_data.is_readable(frame):
            return Overheard(frame.address, f"answer {frame.control:02X} {frame.di}".strip(), data=frame.content)
        if not self.fits(document, frame):
            detail = f"meter type {frame.meter_type:02X} is not that of {document.name}"
            trouble = Diagnostic(Code.UNSUPPORTED, 1, frame.raw, detail)
            return Overheard(frame.address, "answer of another sort of meter", DeviceAnswer(troubles=(trouble,)))
        answer = read_answer(Device("", document, frame.address), frame, at)
        return Overheard(frame.address, f"answer to {frame.di}", answer, facts=_facts(document, frame))

    def interpret(self, device: Device, request: Request, frame: cjt188.Frame, at: datetime) -> DeviceAnswer | Ignored:
        """See `contract.Driver.interpret`."""
        stranger = _not_ours(device, request, frame)
        if stranger:
            return Ignored(stranger)
        if frame.is_error:
            detail = f"the meter refuses {request.key}, status {frame.content.hex().upper() or 'not told'}"
            return DeviceAnswer(troubles=(Diagnostic(Code.REFUSED, 9, frame.raw, detail),))
        return read_answer(device, frame, at)


def read_answer(device: Device, frame: cjt188.Frame, at: datetime) -> DeviceAnswer:
    """Read an answer by the device's document.

    Where one unit code is none, the bytes are laid out in another way, and no number of the answer can be believed.
    """
    readings: list[Reading] = []
    troubles: list[Diagnostic] = []
    by_field = {register.field: register for register in _registers(device)}
    parts = cjt188_data.read(frame, _options(device).absent_unit)
    if strange := _strange_units(parts):
        return DeviceAnswer(
            troubles=tuple(
                Diagnostic(Code.DATA, one.offset, frame.raw, f"{one.field}: {one.detail}") for one in strange
            )
        )
    for part in parts:
        if isinstance(part, Unread) and part.field == "clock":
            continue  # many meters keep no true clock; what they sent is shown to people who look at the frame
        if isinstance(part, Unread):
            code = Code.DATA if part.field else Code.UNSUPPORTED
            troubles.append(Diagnostic(code, part.offset, frame.raw, f"{part.field or 'answer'}: {part.detail}"))
            continue
        for field, value, unit, step in _values(part):
            register = by_field.get(field)
            if register is None:
                continue
            try:
                readings.append(make_reading(device, register, value, at, frame.raw, unit=unit, step=step))
            except UnitError as error:
                troubles.append(Diagnostic(Code.DATA, cjt188_data.HEADER_LENGTH, frame.raw, f"{field}: {error}"))
    return DeviceAnswer(tuple(readings), tuple(troubles))


def _strange_units(parts: Sequence[Part]) -> list[Unread]:
    """Return the parts whose unit code is none, or at the settlement is not of the sort that the total's is."""
    strange = [part for part in parts if isinstance(part, Unread) and part.is_unit]
    volumes = {part.field: part.unit in _VOLUMES for part in parts if isinstance(part, MeasuredValue)}
    if {"total", "settlement"} <= volumes.keys() and volumes["total"] != volumes["settlement"]:
        strange.append(Unread("settlement", cjt188_data.HEADER_LENGTH, "its unit is not of the total's sort"))
    return strange


def _facts(document: Document, frame: cjt188.Frame) -> tuple[Fact, ...]:
    """Show what the document has no register for, and a clock that is no time as it came."""
    known = {register.field for register in document.registers if isinstance(register, CjtRegister)}
    facts: list[Fact] = []
    for part in cjt188_data.read(frame):
        if isinstance(part, Unread) and part.field == "clock":
            facts.append(Fact("meter_clock", part.detail))
        elif isinstance(part, MeasuredValue) and part.field not in known:
            facts.append(Fact(part.field, f"{part.value:f}", part.unit))
        elif isinstance(part, MeterClock) and part.field not in known:
            facts.append(Fact("meter_clock", part.local.isoformat()))
    return tuple(facts)


_VOLUMES = frozenset({"L", "m3"})
_UNITS = {unit.value: unit for unit in Unit}
_Value = tuple[Field, Decimal, Unit | None, Decimal | None]


def _values(part: Part) -> list[_Value]:
    if isinstance(part, MeasuredValue):
        unit = _UNITS.get(part.unit)
        return [(cast(Field, part.field), part.value, unit, part.step)] if unit else []
    if isinstance(part, MeterClock):
        return [("clock", Decimal(int(part.local.replace(tzinfo=UTC).timestamp())), None, None)]
    if isinstance(part, MeterStatus):
        values: list[_Value] = [("status", Decimal(part.word), None, None)]
        if part.valve in (cjt188_data.VALVE_OPEN, cjt188_data.VALVE_CLOSED):
            values.append(("valve_open", Decimal(part.valve == cjt188_data.VALVE_OPEN), None, None))
        values.append(("battery_low", Decimal(part.battery_low), None, None))
        return values
    return []


def _not_ours(device: Device, request: Request, frame: cjt188.Frame) -> Diagnostic | None:
    """Say why `frame` is not the answer to `request`, or None where it is."""
    if not frame.is_answer:
        return Diagnostic(Code.ECHO, 9, frame.raw, "a request, not an answer")
    if not cjt188.address_answers_to(device.address, frame.address):
        detail = f"meter {frame.address} answered, {device.address} was asked"
        return Diagnostic(Code.OTHER_DEVICE, 2, frame.raw, detail)
    if frame.meter_type >> 4 != _options(device).meter_type >> 4:
        detail = f"a meter of type {frame.meter_type:02X} answered, {_options(device).meter_type:02X} was asked"
        return Diagnostic(Code.OTHER_DEVICE, 1, frame.raw, detail)
    return _other_data(request, frame, any_serial=_options(device).any_serial)


def _other_data(request: Request, frame: cjt188.Frame, *, any_serial: bool) -> Diagnostic | None:
    if frame.function != cjt188.READ:
        return Diagnostic(Code.OTHER_DATA, 9, frame.raw, f"answers function {frame.function:02X}, not 01")
    if not any_serial and frame.serial is not None and frame.serial != request.serial:
        return Diagnostic(Code.OTHER_DATA, 13, frame.raw, f"answers question {frame.serial}, not {request.serial}")
    if not frame.is_error and frame.di != request.key:
        said = frame.di or "nothing"
        return Diagnostic(Code.OTHER_DATA, 11, frame.raw, f"answers {said}, {request.key} was asked")
    return None


def _is_address(text: str) -> bool:
    return len(text) == 14 and all(sign in "0123456789ABCDEF" for sign in text)


def _registers(device: Device) -> list[CjtRegister]:
    return [register for register in device.document.registers if isinstance(register, CjtRegister)]


def _options(device: Device) -> CjtOptions:
    options = device.document.options
    return options if isinstance(options, CjtOptions) else CjtOptions()
