"""Driver for Modbus devices: a register map in the document, read in as few questions as its gaps allow.

On a serial line an answer does not say which registers it holds. Unit, function and byte count must fit the question;
over TCP the transaction number must as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from gateway.drivers import modbus_value
from gateway.drivers.contract import Device, DeviceAnswer, Fact, Ignored, Overheard, Request, make_reading
from gateway.drivers.document import Document, Register
from gateway.protocols import modbus
from gateway.protocols.framing import Code, Diagnostic, Framer
from models.kit.config_declared import about
from models.reading import Reading

Table = Literal["holding", "input", "coil", "discrete"]
FUNCTIONS: dict[Table, int] = {
    "holding": modbus.READ_HOLDING,
    "input": modbus.READ_INPUT,
    "coil": modbus.READ_COILS,
    "discrete": modbus.READ_DISCRETE,
}

BIT_TABLES: tuple[Table, ...] = ("coil", "discrete")


class ModbusRegister(Register, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value at `address` (counted from 0, as on the wire) of `table`; the number is multiplied with `scale`."""

    table: Annotated[Table, about("the table that it stands in")] = "holding"
    address: Annotated[int, about("counted from 0, as on the wire")]
    type: Annotated[modbus_value.Type, about("how the value is written")] = "u16"
    low_word_first: Annotated[bool, about("whether the low word comes first")] = False
    low_byte_first: Annotated[bool, about("whether the low byte comes first")] = False
    scale: Annotated[Decimal, about("the number is multiplied with it")] = Decimal(1)

    @property
    def end(self) -> int:
        """The address behind the value."""
        return self.address + modbus_value.WORDS[self.type]


class ModbusOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gap` is how many unwanted registers may be read along rather than asking twice; `longest` bounds a question."""

    gap: Annotated[int, about("unwanted registers that may be read along rather than asking twice")] = 8
    longest: Annotated[int, about("registers that one question may read")] = 60


@dataclass(frozen=True, slots=True)
class RegisterGroup:
    """Registers that one question reads: `count` of them from `start` on."""

    table: Table
    start: int
    count: int
    registers: tuple[ModbusRegister, ...]

    @property
    def key(self) -> str:
        """The group's name in a request."""
        return f"{self.table}:{self.start}:{self.count}"

    @property
    def size(self) -> int:
        """How many bytes an answer holds."""
        return (self.count + 7) // 8 if self.table in BIT_TABLES else 2 * self.count

    def filler(self, content: bytes) -> str:
        """Return the word that stands in all registers of an answer where several wide values can't share it, or ""."""
        words = {content[n : n + 2] for n in range(0, len(content), 2)}
        is_wide = len(self.registers) > 1 and all(modbus_value.WORDS[row.type] > 1 for row in self.registers)
        return words.pop().hex().upper() if is_wide and len(words) == 1 and any(content) else ""


def groups(document: Document) -> list[RegisterGroup]:
    """Return the questions that read what the document asks for, in the order of tables and addresses."""
    options = document.options if isinstance(document.options, ModbusOptions) else ModbusOptions()
    rows = [row for row in document.registers if isinstance(row, ModbusRegister) and row.poll]
    found: list[RegisterGroup] = []
    for row in sorted(rows, key=lambda row: (row.table, row.address)):
        last = found[-1] if found else None
        joins = (
            last is not None
            and last.table == row.table
            and row.address <= last.start + last.count + options.gap
            and row.end - last.start <= options.longest
        )
        if last is not None and joins:
            count = max(last.count, row.end - last.start)
            found[-1] = RegisterGroup(last.table, last.start, count, (*last.registers, row))
        else:
            found.append(RegisterGroup(row.table, row.address, row.end - row.address, (row,)))
    return found


class ModbusDriver:
    """See `contract.Driver`. With `over_tcp` frames have the header of Modbus TCP."""

    def __init__(self, *, over_tcp: bool) -> None:
        self._over_tcp = over_tcp

    def framer(self) -> Framer[modbus.Frame]:
        """See `contract.Driver.framer`."""
        return modbus.tcp_framer() if self._over_tcp else modbus.rtu_framer()

    def requests(self, device: Device, serial: int = 0) -> Sequence[Request]:
        """See `contract.Driver.requests`; over TCP the serial numbers the transactions."""
        unit = _unit(device.address, over_tcp=self._over_tcp)
        found = groups(device.document)
        requests = []
        for number, group in enumerate(found):
            function, data = FUNCTIONS[group.table], modbus.read_data(group.start, group.count)
            transaction = (serial * len(found) + number) % 0x10000 if self._over_tcp else 0
            payload = (
                modbus.encode_tcp(transaction, unit, function, data)
                if self._over_tcp
                else modbus.encode_rtu(unit, function, data)
            )
            asks = tuple((row.quantity, row.unit) for row in group.registers)
            requests.append(Request(payload, group.key, asks, transaction))
        return requests

    def fits(self, document: Document, frame: modbus.Frame) -> bool:
        """See `contract.Driver.fits`: an answer fits where one of the document's questions is the only one it suits."""
        return len(suited(document, frame)) == 1

    def overheard(self, document: Document, frame: modbus.Frame, at: datetime) -> Overheard:
        """See `contract.Driver.overheard`; an answer that could be to several questions is shown as bare registers."""
        address = str(frame.unit)
        if frame.is_error:
            return Overheard(address, "error answer", DeviceAnswer(troubles=(_refusal(frame),)))
        if frame.is_request:
            return Overheard(address, f"request {frame.function:02X}", data=frame.data)
        asked = suited(document, frame)
        if len(asked) == 1:
            note = f"answer to {asked[0].key}"
            return Overheard(address, note, read_group(Device("", document, address), asked[0], frame, at))
        return bare(frame, 0)

    def interpret(self, device: Device, request: Request, frame: modbus.Frame, at: datetime) -> DeviceAnswer | Ignored:
        """See `contract.Driver.interpret`."""
        group = next((one for one in groups(device.document) if one.key == request.key), None)
        if group is None:
            raise LookupError(f"{device.document.name} asks no question {request.key}")
        stranger = _not_ours(_unit(device.address, over_tcp=self._over_tcp), request, group, frame)
        if stranger:
            return Ignored(stranger)
        if frame.is_error:
            return DeviceAnswer(troubles=(_refusal(frame),))
        return read_group(device, group, frame, at)


def bare(frame: modbus.Frame, start: int, *, skipped: frozenset[int] = frozenset()) -> Overheard:
    """Show the registers of an answer, from address `start` on, as whole numbers; `skipped` ones are told elsewhere."""
    content = frame.content
    is_registers = frame.function in (modbus.READ_HOLDING, modbus.READ_INPUT)
    facts = tuple(
        Fact(f"register{start + n // 2}", str(int.from_bytes(content[n : n + 2], "big")))
        for n in range(0, len(content) if is_registers else 0, 2)
        if start + n // 2 not in skipped
    )
    return Overheard(str(frame.unit), f"answer {frame.function:02X}", data=frame.data, facts=facts)


def suited(document: Document, frame: modbus.Frame) -> list[RegisterGroup]:
    """Return the document's questions that an answer of this length and function could be to."""
    if frame.is_request or frame.is_error:
        return []
    return [
        group
        for group in groups(document)
        if FUNCTIONS[group.table] == frame.function and group.size == len(frame.content)
    ]


def _not_ours(unit: int, request: Request, group: RegisterGroup, frame: modbus.Frame) -> Diagnostic | None:
    """Say why `frame` is not the answer to `request`, or None where it is."""
    data = frame.data_offset
    if frame.is_request:
        return Diagnostic(Code.ECHO, data - 1, frame.raw, "a request, not an answer")
    if frame.unit != unit:
        return Diagnostic(Code.OTHER_DEVICE, data - 2, frame.raw, f"unit {frame.unit} answered, {unit} was asked")
    if frame.transaction != request.serial:
        detail = f"answers transaction {frame.transaction}, not {request.serial}"
        return Diagnostic(Code.OTHER_DATA, 0, frame.raw, detail)
    if frame.function & 0x7F != FUNCTIONS[group.table]:
        return Diagnostic(Code.OTHER_DATA, data - 1, frame.raw, f"answers function {frame.function:02X}")
    if not frame.is_error and len(frame.content) != group.size:
        detail = f"{len(frame.content)} bytes, {group.size} were asked for"
        return Diagnostic(Code.OTHER_DATA, data, frame.raw, detail)
    return None


def read_group(device: Device, group: RegisterGroup, frame: modbus.Frame, at: datetime) -> DeviceAnswer:
    """Read an answer that holds the registers of `group`."""
    readings: list[Reading] = []
    troubles: list[Diagnostic] = []
    if filler := group.filler(frame.content):
        detail = f"all {group.count} registers hold {filler}: a filler, no values"
        return DeviceAnswer(troubles=(Diagnostic(Code.DATA, frame.data_offset + 1, frame.raw, detail),))
    for row in group.registers:
        value = _value(group, row, frame.content)
        if value is None:
            detail = f"{row.name or row.quantity.value} at {row.address} is no number"
            troubles.append(Diagnostic(Code.DATA, frame.data_offset + 1, frame.raw, detail))
        else:
            readings.append(make_reading(device, row, value * row.scale, at, frame.raw))
    return DeviceAnswer(tuple(readings), tuple(troubles))


def _value(group: RegisterGroup, row: ModbusRegister, content: bytes) -> Decimal | None:
    offset = row.address - group.start
    if group.table in BIT_TABLES:
        return Decimal(content[offset // 8] >> offset % 8 & 1)
    body = content[2 * offset : 2 * (row.end - group.start)]
    whole = modbus_value.ordered(body, low_word_first=row.low_word_first, low_byte_first=row.low_byte_first)
    return modbus_value.read(whole, row.type)


def _refusal(frame: modbus.Frame) -> Diagnostic:
    detail = f"the device refuses: {modbus.error_text(frame.data)}"
    return Diagnostic(Code.REFUSED, frame.data_offset, frame.raw, detail)


def _unit(address: str, *, over_tcp: bool) -> int:
    lowest, highest = (0, 0xFF) if over_tcp else (1, modbus.HIGHEST_UNIT)
    if not address.isdecimal() or not lowest <= int(address) <= highest:
        raise ValueError(f"address {address!r}: a Modbus device is {lowest} to {highest}")
    return int(address)
