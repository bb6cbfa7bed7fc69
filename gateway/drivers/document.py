"""Device documents: paper that says what a meter model has to say, and the recorded frames that prove it.

One TOML file per model in config/devices/. Unknown keys, wrong types and impossible pairs are errors with file and key.
A document knows registers, never how they are asked for: that is the driver's, whose kind of register it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from models.kit.config_reader import ConfigError, Reader, not_known, read_document
from models.quantity import Quantity, Unit, UnitError, to_base


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing a device can say, whatever the protocol; drivers add how it is found.

    `step` is the smallest change it can show and `lowest`/`highest` what the device can physically show, all in
    `unit`. `poll` says that the gateway asks for it, so that it is missed when it does not come; the others are
    understood when they come along. `only_shown` ones are for people who look at frames, never for the watch.
    """

    quantity: Quantity
    unit: Unit = Unit.COUNT
    name: str = ""
    step: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    poll: bool = False
    only_shown: bool = False


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reading that a recorded frame must give."""

    quantity: Quantity
    value: str
    unit: Unit = Unit.COUNT
    quality: str = "good"
    register: str = ""


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A recorded frame (`hex`) or MQTT message (`topic`, `payload`), where it is from, and what it must give.

    `asked` is the key of the question that it answered; `heard` is when it came, where the answer depends on that.
    """

    origin: str
    hex: str = ""
    topic: str = ""
    payload: str = ""
    address: str = ""
    asked: str = ""
    heard: datetime | None = None
    expect: tuple[Expected, ...] = ()
    error: str = ""


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the device's line is set and how long to wait."""

    baud: int = 2400
    parity: str = "E"
    stop_bits: int = 1
    answer_ms: int = 800
    """Give up when no byte has come for so long after the request."""
    gap_ms: int = 100
    """A silence this long inside an answer ends it."""


class DocumentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    protocol: str
    title: str
    models: tuple[str, ...] = ()
    origin: str = ""
    timing: Timing = Timing()
    options: dict[str, Any] = {}
    registers: list[dict[str, Any]]
    frames: tuple[Recorded, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A device document after reading. `name` is the file's name without its ending."""

    name: str
    protocol: str
    title: str
    models: tuple[str, ...]
    timing: Timing
    options: msgspec.Struct
    registers: tuple[Register, ...]
    frames: tuple[Recorded, ...]


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
