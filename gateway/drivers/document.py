"""Device documents: paper that says what a meter model has to say, and the recorded frames that prove it.

One TOML file per model in config/devices/. Unknown keys, wrong types and impossible pairs are errors with file and key.
A document knows registers, never how they are asked for: that is the driver's, whose kind of register it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import msgspec

from models.kit.config_declared import about
from models.kit.config_reader import ConfigError, Reader, not_known, read_document
from models.quantity import Quantity, Unit, UnitError, to_base


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing a device can say, whatever the protocol; drivers add how it is found.

    `step` is the smallest change it can show and `lowest`/`highest` what the device can physically show, all in
    `unit`. `poll` says that the gateway asks for it, so that it is missed when it does not come; the others are
    understood when they come along. `only_shown` ones are for people who look at frames, never for the watch.
    """

    quantity: Annotated[Quantity, about("what it measures")]
    unit: Annotated[Unit, about("the unit of its values")] = Unit.COUNT
    name: Annotated[str, about("a name of its own, where a device has several of one quantity")] = ""
    step: Annotated[Decimal | None, about("the smallest change it can show, in unit")] = None
    lowest: Annotated[Decimal | None, about("the least the device can physically show, in unit")] = None
    highest: Annotated[Decimal | None, about("the most the device can physically show, in unit")] = None
    poll: Annotated[bool, about("whether the gateway asks for it and misses it when it does not come")] = False
    only_shown: Annotated[bool, about("for people who look at frames, never for the watch")] = False


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reading that a recorded frame must give."""

    quantity: Annotated[Quantity, about("what it measures")]
    value: Annotated[str, about("the value, as text")]
    unit: Annotated[Unit, about("the unit of its values")] = Unit.COUNT
    quality: Annotated[str, about("the quality of the reading")] = "good"
    register: Annotated[str, about("the register's name")] = ""


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A recorded frame (`hex`) or MQTT message (`topic`, `payload`), where it is from, and what it must give.

    `asked` is the key of the question that it answered; `heard` is when it came, where the answer depends on that.
    """

    origin: Annotated[str, about("where the frame is from")]
    hex: Annotated[str, about("the bytes of a bus answer")] = ""
    topic: Annotated[str, about("the topic of a message")] = ""
    payload: Annotated[str, about("the content of a message")] = ""
    address: Annotated[str, about("the device's address, where the answer depends on it")] = ""
    asked: Annotated[str, about("the key of the question that it answered")] = ""
    heard: Annotated[datetime | None, about("when it came, where the answer depends on that")] = None
    expect: Annotated[tuple[Expected, ...], about("the readings that it must give")] = ()
    error: Annotated[str, about("the fault that it must give instead")] = ""


class DocumentTiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the device's line is set and how long to wait."""

    baud: Annotated[int, about("the line's speed")] = 2400
    parity: Annotated[str, about("E, N or O")] = "E"
    stop_bits: Annotated[int, about("the line's stop bits")] = 1
    answer_ms: Annotated[int, about("Give up when no byte has come for so long after the request")] = 800
    gap_ms: Annotated[int, about("A silence this long inside an answer ends it")] = 100


class DocumentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    protocol: Annotated[str, about("the language of the device")]
    title: Annotated[str, about("what people call the device")]
    models: Annotated[tuple[str, ...], about("names on the type plates that it fits")] = ()
    origin: Annotated[str, about("where its contents are from")] = ""
    timing: Annotated[DocumentTiming, about("how the line is set and how long to wait")] = DocumentTiming()
    options: Annotated[dict[str, Any], about("what the protocol needs beside registers")] = {}
    registers: Annotated[list[dict[str, Any]], about("what the device can say")]
    frames: Annotated[tuple[Recorded, ...], about("recorded frames that prove the document")]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A device document after reading. `name` is the file's name without its ending."""

    name: str
    protocol: str
    title: str
    models: tuple[str, ...]
    timing: DocumentTiming
    options: msgspec.Struct
    registers: tuple[Register, ...]
    frames: tuple[Recorded, ...]

    @property
    def is_template(self) -> bool:
        """Whether it is there to be copied, and about no device: a copy has a name of its own."""
        return self.name.endswith("-template")


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For protocols whose documents need no settings beside registers and timing."""


class Shape(msgspec.Struct, frozen=True):
    """What a protocol's documents hold: its kind of register and its own options."""

    register: type[Register]
    options: type[msgspec.Struct] = NoOptions


def read(path: Path, shapes: Mapping[str, Shape]) -> Document:
    """Read one document. `shapes` says for each protocol what its documents hold.

    Raises `ConfigError` with everything that is not as it must be.
    """
    table, reader = read_document(path)
    reader.check(table, DocumentFile, ())
    protocol = table.get("protocol")
    shape = shapes.get(protocol) if isinstance(protocol, str) else None
    if shape is None:
        if isinstance(protocol, str):
            reader.complain(("protocol",), not_known(protocol, sorted(shapes)))
        raise ConfigError(reader.problems)
    options = reader.read(table.get("options", {}), shape.options, ("options",))
    rows = table.get("registers")
    read = [
        reader.read(row, shape.register, ("registers", number))
        for number, row in enumerate(rows if isinstance(rows, list) else [])
    ]
    _check_registers(read, reader)
    file = reader.good(table, DocumentFile)
    _check_frames(table, reader)
    reader.raise_problems()
    assert file is not None
    assert options is not None
    return Document(
        name=path.stem,
        protocol=file.protocol,
        title=file.title,
        models=file.models,
        timing=file.timing,
        options=options,
        registers=tuple(register for register in read if register is not None),
        frames=file.frames,
    )


def _check_registers(registers: Sequence[Register | None], reader: Reader) -> None:
    if not registers:
        reader.complain(("registers",), "there must be at least one")
    for number, register in enumerate(registers):
        if register is None:
            continue
        at = ("registers", number)
        try:
            to_base(register.quantity, Decimal(1), register.unit)
        except UnitError as error:
            reader.complain((*at, "unit"), str(error))
        if register.step is not None and register.step <= 0:
            reader.complain((*at, "step"), "must be above 0")
        if register.lowest is not None and register.highest is not None and register.lowest >= register.highest:
            reader.complain((*at, "highest"), "must be above lowest")


def _check_frames(table: Mapping[str, Any], reader: Reader) -> None:
    rows = table.get("frames")
    if rows == []:
        reader.complain(("frames",), "a document proves itself by at least one recorded frame")
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        frame = reader.good(row, Recorded)
        if frame is None:
            continue
        at = ("frames", number)
        if bool(frame.expect) == bool(frame.error):
            reader.complain(at, "needs either expect or error")
        if bool(frame.hex) == bool(frame.payload):
            reader.complain(at, "needs either hex or payload")
        try:
            bytes.fromhex(frame.hex)
        except ValueError as error:
            reader.complain((*at, "hex"), str(error))
        for index, expected in enumerate(frame.expect):
            try:
                Decimal(expected.value)
            except InvalidOperation:
                reader.complain((*at, "expect", index, "value"), f"{expected.value!r} is no number")
