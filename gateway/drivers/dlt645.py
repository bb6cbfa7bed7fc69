"""Driver for DL/T 645 electricity meters of both editions: one question per register of the document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from gateway.drivers import dlt645_shown, dlt645_value
from gateway.drivers.contract import Device, DeviceAnswer, Ignored, Overheard, Request, make_reading
from gateway.drivers.dlt645_shown import ShownValue
from gateway.drivers.document import Document, Register
from gateway.protocols import bcd, dlt645
from gateway.protocols.dlt645 import Edition
from gateway.protocols.framing import Code, Diagnostic, Framer
from models.kit.config_declared import about
from models.reading import Reading

NOT_KEPT = b"\xff"
"""What meters put in a block in the place of what they do not keep."""


class DltRegister(Register, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A register found by its data identifier.

    `format` is written as in the standard: XXXXXX.XX for numbers, YYMMDDWWhhmmss for times. With `signed` the highest
    bit means minus.
    """

    id: Annotated[str, about("the data identifier, as hex")]
    format: Annotated[str, about("as in the standard: XXXXXX.XX for numbers, YYMMDDWWhhmmss for times")]
    signed: Annotated[bool, about("whether the highest bit means minus")] = False


class DltOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a document: `blocks` maps an identifier to those whose values it holds one after another.

    `shown` names what detectors have no word for, by identifier or by family of identifiers.
    """

    blocks: Annotated[
        dict[str, tuple[str, ...]], about("an identifier and those whose values it holds one after another")
    ] = {}
    shown: Annotated[
        dict[str, ShownValue], about("names of what detectors have no word for, by identifier or family")
    ] = {}


class Dlt645Driver:
    """See `contract.Driver`."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    def framer(self) -> Framer[dlt645.Frame]:
        """See `contract.Driver.framer`."""
        return dlt645.framer()

    def requests(self, device: Device, serial: int = 0) -> Sequence[Request]:
        """See `contract.Driver.requests`; the protocol has no serial number."""
        if not dlt645.is_address(device.address):
            raise ValueError(f"address {device.address!r}: a DL/T 645 meter has 12 digits")
        return [
            Request(
                payload=dlt645.WAKE_UP + dlt645.read_request(device.address, register.id, self._edition),
                key=register.id,
                asks=((register.quantity, register.unit),),
            )
            for register in _registers(device)
            if register.poll
        ]

    def fits(self, document: Document, frame: dlt645.Frame) -> bool:
        """See `contract.Driver.fits`: the function codes of the two editions differ."""
        return frame.function in (self._edition.read, self._edition.read_more, dlt645.READ_ADDRESS)

    def overheard(self, document: Document, frame: dlt645.Frame, at: datetime) -> Overheard:
        """See `contract.Driver.overheard`."""
        di = dlt645.identifier_text(frame.data, self._edition)
        content = frame.data[self._edition.identifier_size :]
        if not frame.is_answer:
            return Overheard(frame.address, f"request {frame.control:02X} {di}".strip())
        if frame.is_error:
            trouble = Diagnostic(Code.REFUSED, 10, frame.raw, f"the meter refuses: {dlt645.error_text(frame.data)}")
            return Overheard(frame.address, "error answer", DeviceAnswer(troubles=(trouble,)))
        if frame.function == dlt645.READ_ADDRESS:
            return Overheard(bcd.digits(frame.data) or frame.address, "address answer")
        if frame.function == self._edition.read and not frame.has_more and content:
            return _overheard_value(document, di, frame, content, at)
        return Overheard(frame.address, f"answer {frame.control:02X} {di}".strip(), data=content)

    def interpret(self, device: Device, request: Request, frame: dlt645.Frame, at: datetime) -> DeviceAnswer | Ignored:
        """See `contract.Driver.interpret`."""
        stranger = self._not_ours(device, request, frame)
        if stranger:
            return Ignored(stranger)
        if frame.is_error:
            detail = f"the meter refuses {request.key}: {dlt645.error_text(frame.data)}"
            return DeviceAnswer(troubles=(Diagnostic(Code.REFUSED, 8, frame.raw, detail),))
        value = frame.data[self._edition.identifier_size :]
        if request.serial and self._edition.numbered_parts:
            value = value[:-1]
        collected = request.collected + value
        if frame.has_more and request.serial < 0xFF:
            number = request.serial + 1
            more = dlt645.read_more_request(device.address, request.key, number, self._edition)
            return DeviceAnswer(then=Request(dlt645.WAKE_UP + more, request.key, request.asks, number, collected))
        return read_value(device, request.key, collected, frame.raw, at)

    def _not_ours(self, device: Device, request: Request, frame: dlt645.Frame) -> Diagnostic | None:
        """Say why `frame` is not the answer to `request`, or None where it is."""
        if not frame.is_answer:
            return Diagnostic(Code.ECHO, 8, frame.raw, "a request, not an answer")
        if not dlt645.address_answers_to(device.address, frame.address):
            detail = f"meter {frame.address} answered, {device.address} was asked"
            return Diagnostic(Code.OTHER_DEVICE, 1, frame.raw, detail)
        asked = self._edition.read_more if request.serial else self._edition.read
        if frame.function != asked:
            detail = f"answers function {frame.function:02X}, not {asked:02X}"
            return Diagnostic(Code.OTHER_DATA, 8, frame.raw, detail)
        return None if frame.is_error else self._other_data(request, frame)

    def _other_data(self, request: Request, frame: dlt645.Frame) -> Diagnostic | None:
        said = dlt645.identifier_text(frame.data, self._edition)
        if said != request.key:
            return Diagnostic(Code.OTHER_DATA, 10, frame.raw, f"answers {said or 'nothing'}, {request.key} was asked")
        if request.serial and self._edition.numbered_parts:
            has_number = len(frame.data) > self._edition.identifier_size
            if not has_number or frame.data[-1] != request.serial:
                return Diagnostic(Code.OTHER_DATA, len(frame.raw) - 3, frame.raw, f"not part {request.serial}")
        return None


def _overheard_value(document: Document, di: str, frame: dlt645.Frame, value: bytes, at: datetime) -> Overheard:
    device = Device("", document, frame.address)
    note = f"answer to {di}"
    if di in _options(document).blocks or any(register.id == di for register in _registers(device)):
        return Overheard(frame.address, note, read_value(device, di, value, frame.raw, at))
    known = dlt645_shown.find(_options(document).shown, di)
    if known is None:
        return Overheard(frame.address, f"{note}, which is not in the document", data=value)
    shown, open_digits = known
    said = dlt645_shown.facts(shown, open_digits, value)
    if said is None:
        detail = f"{di}: {value[::-1].hex().upper()} is not {shown.format}"
        return Overheard(frame.address, note, DeviceAnswer(troubles=(_trouble(Code.DATA, di, frame.raw, detail),)))
    return Overheard(frame.address, note, facts=said)


def read_value(device: Device, key: str, value: bytes, raw: bytes, at: datetime) -> DeviceAnswer:
    """Read the whole `value` of identifier `key` by the device's document."""
    known = {register.id: register for register in _registers(device)}
    members = _options(device.document).blocks.get(key, (key,))
    readings: list[Reading] = []
    names: list[str] = []
    for member in members:
        register = known.get(member)
        if register is None:
            trouble = _trouble(Code.UNSUPPORTED, key, raw, f"{member} is not in the document")
            return DeviceAnswer(tuple(readings), (trouble,), names=tuple(names))
        size = dlt645_value.size(register.format)
        part, value = value[:size], value[size:]
        if len(part) < size and readings:
            break  # a block may be shorter than the document's, or longer: meters have their own number of tariffs
        if len(members) > 1 and part == NOT_KEPT * size:
            continue  # a phase or a tariff that this meter has not
        number = dlt645_value.read(part, register.format, signed=register.signed)
        if number is None:
            detail = f"{member}: {part[::-1].hex().upper() or 'nothing'} is not {register.format}"
            return DeviceAnswer(tuple(readings), (_trouble(Code.DATA, key, raw, detail),), names=tuple(names))
        readings.append(make_reading(device, register, number, at, raw))
        names.append(register.name)
    if value and len(members) == 1:
        return DeviceAnswer((), (_trouble(Code.DATA, key, raw, f"{len(value)} bytes more than {key} has"),))
    return DeviceAnswer(tuple(readings), names=tuple(names))


def _trouble(code: Code, key: str, raw: bytes, detail: str) -> Diagnostic:
    return Diagnostic(code, dlt645.HEADER + len(key) // 2, raw, detail)


def _registers(device: Device) -> list[DltRegister]:
    return [register for register in device.document.registers if isinstance(register, DltRegister)]


def _options(document: Document) -> DltOptions:
    options = document.options
    return options if isinstance(options, DltOptions) else DltOptions()
