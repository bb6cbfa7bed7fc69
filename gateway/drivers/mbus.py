"""Driver for M-Bus meters: reset or select, then ask for telegram after telegram until the meter has no more.

Primary addresses are 0 to 250 in decimals; secondary ones 8 digits, or 16 with manufacturer, version and medium as on
the wire. The meter's own header must fit the address and the document's media, whatever answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from gateway.drivers.contract import Device, DeviceAnswer, Fact, Ignored, Overheard, Request, make_reading
from gateway.drivers.document import Document, Register
from gateway.protocols import mbus, mbus_data
from gateway.protocols.framing import Code, Diagnostic, Framer
from gateway.protocols.mbus_record import FUNCTIONS, HEADER_OFFSET, MbusRecord, Telegram
from models.kit.config_declared import about
from models.quantity import Unit, UnitError
from models.reading import Reading

RESET, SELECT, DATA = "reset", "select", "data"
MOST_TELEGRAMS = 16
"""No meter says more in one readout; a meter that never ends is not followed for ever."""
POWER_LOW = 0x04
"""Bit of the status byte."""

VAGUE_MEDIA = frozenset({0x00, 0x0E, 0x0F, 0x31, 0x32, 0x33, 0x36, 0x37})
"""Media of a module and not of what is measured: other, bus or system component, unknown, controllers, repeaters, radio
converters. A meter that was asked by its address is believed with one of them: the address says who it is."""

UNITS: dict[str, tuple[Unit, int]] = {
    "Wh": (Unit.WATT_HOUR, 0),
    "J": (Unit.MEGAJOULE, -6),
    "m3": (Unit.CUBIC_METRE, 0),
    "W": (Unit.WATT, 0),
    "m3/h": (Unit.CUBIC_METRE_PER_HOUR, 0),
    "degC": (Unit.CELSIUS, 0),
    "V": (Unit.VOLT, 0),
    "A": (Unit.AMPERE, 0),
}
"""The protocol's unit → ours, and by what power of ten its number is to be moved."""


class MbusRegister(Register, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record found by what it says of itself. `kind` is one of `mbus_vif`, or status, battery_low of the header.

    `qualifiers` are those of `mbus_vife` that the record must have, such as forward_only or phase_1; by default none.
    """

    kind: Annotated[str, about("what the record measures, or status, battery_low of the header")]
    function: Annotated[str, about("the record's function")] = FUNCTIONS[0]
    storage: Annotated[int, about("the record's storage number")] = 0
    tariff: Annotated[int, about("the record's tariff")] = 0
    subunit: Annotated[int, about("the record's subunit")] = 0
    qualifiers: Annotated[
        tuple[str, ...], about("qualifiers that the record must have, such as forward_only or phase_1")
    ] = ()


class MbusOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`media` are the media codes that the document is about. Without `reset` primary meters are asked at once."""

    media: Annotated[tuple[int, ...], about("media codes that the document is about")]
    reset: Annotated[bool, about("whether primary meters are reset before they are asked")] = True


class MbusDriver:
    """See `contract.Driver`."""

    def framer(self) -> Framer[mbus.Frame]:
        """See `contract.Driver.framer`."""
        return mbus.framer()

    def requests(self, device: Device, serial: int = 0) -> Sequence[Request]:
        """See `contract.Driver.requests`: one question; what follows from it is asked by `Answer.then`."""
        asks = tuple((register.quantity, register.unit) for register in _registers(device.document) if register.poll)
        primary = _primary(device.address)
        if primary is None:
            mask = mbus.secondary_mask(device.address)
            return [Request(mbus.select_request(mask), SELECT, asks)]
        if _options(device.document).reset:
            return [Request(mbus.reset_request(primary), RESET, asks)]
        return [Request(mbus.data_request(primary, 0), DATA, asks)]

    def fits(self, document: Document, frame: mbus.Frame) -> bool:
        """See `contract.Driver.fits`: the medium in the meter's header is one of the document's."""
        telegram = mbus_data.read(frame) if frame.is_answer else None
        return telegram is not None and telegram.medium in _options(document).media

    def overheard(self, document: Document, frame: mbus.Frame, at: datetime) -> Overheard:
        """See `contract.Driver.overheard`."""
        if frame.is_ack:
            return Overheard("", "acknowledgement")
        if not frame.is_answer:
            return Overheard(str(frame.address), f"request {frame.control or 0:02X}", data=frame.data)
        if frame.ci == mbus.CI_ERROR:
            return Overheard(str(frame.address), "error answer", DeviceAnswer(troubles=(_refusal(frame),)))
        telegram = mbus_data.read(frame)
        if telegram is None:
            note = f"answer with CI {frame.ci or 0:02X}"
            troubles = (_unread(frame),) if frame.ci in mbus_data.READOUTS else ()
            return Overheard(str(frame.address), note, DeviceAnswer(troubles=troubles), frame.data)
        device = Device("", document)
        fits = telegram.medium in _options(document).media
        answer = (
            _read(device, telegram, frame.raw, at, shown=True) if fits else DeviceAnswer((), _torn(telegram, frame.raw))
        )
        used = {offset for offset, _ in _matches(document, telegram, shown=True)} if fits else set()
        facts = tuple(_fact(record) for record in telegram.records if record.offset not in used)
        return Overheard(
            telegram.number or str(frame.address), f"answer of medium {telegram.medium:02X}", answer, facts=facts
        )

    def interpret(self, device: Device, request: Request, frame: mbus.Frame, at: datetime) -> DeviceAnswer | Ignored:
        """See `contract.Driver.interpret`."""
        primary = _primary(device.address)
        stranger = _not_ours(request, frame, primary)
        if stranger:
            return Ignored(stranger)
        if frame.is_ack:
            address = mbus.SECONDARY if primary is None else primary
            return DeviceAnswer(then=Request(mbus.data_request(address, 0), DATA, request.asks))
        if frame.ci == mbus.CI_ERROR:
            return DeviceAnswer(troubles=(_refusal(frame),))
        telegram = mbus_data.read(frame)
        if telegram is None:
            return DeviceAnswer(troubles=(_unread(frame),))
        return self._readout(device, request, frame, telegram, at)

    def _readout(
        self, device: Device, request: Request, frame: mbus.Frame, telegram: Telegram, at: datetime
    ) -> DeviceAnswer | Ignored:
        stranger = _other_meter(device, frame, telegram)
        if stranger:
            return Ignored(stranger)
        answer = _read(device, telegram, frame.raw, at, shown=False)
        if not telegram.more_follows or request.serial + 1 >= MOST_TELEGRAMS:
            return answer
        number = request.serial + 1
        primary = _primary(device.address)
        address = mbus.SECONDARY if primary is None else primary
        then = Request(mbus.data_request(address, number), DATA, request.asks, number)
        return replace(answer, then=then)


def _not_ours(request: Request, frame: mbus.Frame, primary: int | None) -> Diagnostic | None:
    """Say why `frame` is not the answer to `request`, or None where it may be."""
    if not frame.is_answer:
        return Diagnostic(Code.ECHO, 4, frame.raw, "a request, not an answer")
    if frame.is_ack:
        acknowledged = request.key != DATA
        return None if acknowledged else Diagnostic(Code.OTHER_DATA, 0, frame.raw, "acknowledged, and nothing said")
    if request.key != DATA:
        return Diagnostic(Code.OTHER_DATA, 4, frame.raw, "data without having been asked for them")
    if primary is not None and frame.address != primary:
        detail = f"meter {frame.address} answered, {primary} was asked"
        return Diagnostic(Code.OTHER_DEVICE, 5, frame.raw, detail)
    return None


def _other_meter(device: Device, frame: mbus.Frame, telegram: Telegram) -> Diagnostic | None:
    """Say why the header is not that of the meter that was asked, or None where it may be."""
    if not telegram.own:
        return None
    by_number = _primary(device.address) is None
    if by_number and not mbus.mask_fits(mbus.secondary_mask(device.address), telegram.own):
        detail = f"meter {telegram.secondary} answered, {device.address} was asked"
        return Diagnostic(Code.OTHER_DEVICE, HEADER_OFFSET, frame.raw, detail)
    if telegram.medium not in (*_options(device.document).media, *VAGUE_MEDIA):
        detail = f"a meter of medium {telegram.medium:02X}, which {device.document.name} is not about"
        return Diagnostic(Code.OTHER_DEVICE, HEADER_OFFSET + 7, frame.raw, detail)
    return None


def _read(device: Device, telegram: Telegram, raw: bytes, at: datetime, *, shown: bool) -> DeviceAnswer:
    readings: list[Reading] = []
    names: list[str] = []
    troubles = list(_torn(telegram, raw))
    by_offset = {record.offset: record for record in telegram.records}
    for offset, register in _matches(device.document, telegram, shown=shown):
        result = _reading(device, register, by_offset[offset], at, raw)
        if isinstance(result, Diagnostic):
            troubles.append(result)
            continue
        readings.append(result)
        names.append(register.name)
    for register in _registers(device.document):
        bit = {"status": telegram.status, "battery_low": int(bool(telegram.status & POWER_LOW))}.get(register.kind)
        if bit is not None:
            readings.append(make_reading(device, register, Decimal(bit), at, raw))
            names.append(register.name)
    return DeviceAnswer(tuple(readings), tuple(troubles), names=tuple(names))


def _matches(document: Document, telegram: Telegram, *, shown: bool) -> Iterator[tuple[int, MbusRegister]]:
    """Yield for each register the first record that is it; a record with other qualifiers is another thing."""
    for register in _registers(document):
        if register.only_shown and not shown:
            continue
        place = (register.kind, register.function, register.storage, register.tariff, register.subunit)
        for record in telegram.records:
            said = (record.kind, record.function, record.storage, record.tariff, record.subunit)
            if said == place and record.changed_by == register.qualifiers and _is_register(record):
                yield record.offset, register
                break


def _is_register(record: MbusRecord) -> bool:
    """Whether it has a value that a register can have: words and a time without a day are for people."""
    return not record.problem and not isinstance(record.value, str)


def _reading(
    device: Device, register: MbusRegister, record: MbusRecord, at: datetime, raw: bytes
) -> Reading | Diagnostic:
    if isinstance(record.value, datetime):
        seconds = Decimal(int(record.value.replace(tzinfo=UTC).timestamp()))
        return make_reading(device, register, seconds, at, raw)
    unit, shift = UNITS.get(record.unit, (register.unit, 0)) if record.unit else (register.unit, 0)
    if not isinstance(record.value, Decimal) or (record.unit and record.unit not in UNITS):
        return Diagnostic(Code.UNSUPPORTED, record.offset, raw, f"{record.kind} in {record.unit or 'words'}")
    step = None if record.step is None else record.step.scaleb(shift)
    try:
        return make_reading(device, register, record.value.scaleb(shift), at, raw, unit=unit, step=step)
    except UnitError as error:
        return Diagnostic(Code.DATA, record.offset, raw, str(error))


def _torn(telegram: Telegram, raw: bytes) -> tuple[Diagnostic, ...]:
    """What can't be followed to its end hides whatever stands behind it, and so does a key: both must be told."""
    return tuple(
        Diagnostic(Code.DATA if record.is_torn else Code.UNSUPPORTED, record.offset, raw, record.problem)
        for record in telegram.records
        if record.is_torn or record.kind == mbus_data.ENCRYPTED
    )


def _fact(record: MbusRecord) -> Fact:
    if record.value is None:
        return Fact(record.kind or "unknown", record.raw.hex(" ").upper(), "raw")
    marks = [record.function] if record.function != FUNCTIONS[0] else []
    for name, number in (("storage", record.storage), ("tariff", record.tariff), ("subunit", record.subunit)):
        marks += [f"{name}{number}"] if number else []
    value = f"{record.value:f}" if isinstance(record.value, Decimal) else str(record.value)
    return Fact(".".join([record.kind, *marks, *record.changed_by]), value, record.unit)


def _refusal(frame: mbus.Frame) -> Diagnostic:
    code = frame.data[0] if frame.data else 0
    said = mbus_data.ERRORS[code] if code < len(mbus_data.ERRORS) else f"error {code:02X}"
    return Diagnostic(Code.REFUSED, HEADER_OFFSET, frame.raw, f"the meter refuses: {said}")


def _unread(frame: mbus.Frame) -> Diagnostic:
    """Say why an answer is no readout: of a kind that is not known, or with less than a header."""
    if frame.ci in mbus_data.READOUTS:
        return Diagnostic(Code.DATA, HEADER_OFFSET, frame.raw, f"{len(frame.data)} bytes are no whole header")
    return Diagnostic(Code.UNSUPPORTED, HEADER_OFFSET - 1, frame.raw, f"CI {frame.ci or 0:02X}")


def _primary(address: str) -> int | None:
    """Return the primary address, or None where `address` is a secondary one."""
    if not address.isdecimal() or len(address) > 3:
        return None
    if int(address) > mbus.HIGHEST_PRIMARY:
        raise ValueError(f"address {address!r}: primary addresses of M-Bus end at {mbus.HIGHEST_PRIMARY}")
    return int(address)


def _registers(document: Document) -> list[MbusRegister]:
    return [register for register in document.registers if isinstance(register, MbusRegister)]


def _options(document: Document) -> MbusOptions:
    options = document.options
    return options if isinstance(options, MbusOptions) else MbusOptions(media=())
