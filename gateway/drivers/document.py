"""Device documents: paper that says what a meter model has to say, and the recorded frames that prove it.

One TOML file per model in config/devices/. Unknown keys, wrong types and impossible pairs are errors with file and key.
A document knows registers, never how they are asked for: that is the driver's, whose kind of register it names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from models.quantity import Quantity, Unit, UnitError, to_base


class DocumentError(ValueError):
    """A device document that can't be used; says which file, which key, and why."""


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


class _Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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


_T = TypeVar("_T")


def read(path: Path, shapes: Mapping[str, Shape]) -> Document:
    """Read one document. `shapes` says for each protocol what its documents hold.

    Raises `DocumentError` with the file and the key for anything that is not as it must be.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path.name}: can't be read: {error}") from error
    paper = _convert(table, _Paper, path, "")
    shape = shapes.get(paper.protocol)
    if shape is None:
        raise DocumentError(f"{path.name}: protocol: {paper.protocol!r} is not one of {', '.join(sorted(shapes))}")
    registers = tuple(
        _convert(row, shape.register, path, f"registers[{number}]") for number, row in enumerate(paper.registers)
    )
    _check_registers(registers, path)
    _check_frames(paper.frames, path)
    return Document(
        name=path.stem,
        protocol=paper.protocol,
        title=paper.title,
        models=paper.models,
        timing=paper.timing,
        options=_convert(paper.options, shape.options, path, "options"),
        registers=registers,
        frames=paper.frames,
    )


def _convert(value: object, wanted: type[_T], path: Path, where: str) -> _T:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        reason, _, inner = str(error).partition(" - at `$")
        key = (where + inner.rstrip("`")).lstrip(".") or "top level"
        raise DocumentError(f"{path.name}: {key}: {reason}") from error


def _check_registers(registers: Sequence[Register], path: Path) -> None:
    if not registers:
        raise DocumentError(f"{path.name}: registers: there must be at least one")
    for number, register in enumerate(registers):
        where = f"{path.name}: registers[{number}]"
        try:
            to_base(register.quantity, Decimal(1), register.unit)
        except UnitError as error:
            raise DocumentError(f"{where}.unit: {error}") from error
        if register.step is not None and register.step <= 0:
            raise DocumentError(f"{where}.step: must be above 0")
        if register.lowest is not None and register.highest is not None and register.lowest >= register.highest:
            raise DocumentError(f"{where}.highest: must be above lowest")


def _check_frames(frames: Sequence[Recorded], path: Path) -> None:
    if not frames:
        raise DocumentError(f"{path.name}: frames: a document proves itself by at least one recorded frame")
    for number, frame in enumerate(frames):
        where = f"{path.name}: frames[{number}]"
        if bool(frame.expect) == bool(frame.error):
            raise DocumentError(f"{where}: needs either expect or error")
        if bool(frame.hex) == bool(frame.payload):
            raise DocumentError(f"{where}: needs either hex or payload")
        try:
            bytes.fromhex(frame.hex)
            for expected in frame.expect:
                Decimal(expected.value)
        except (ValueError, InvalidOperation) as error:
            raise DocumentError(f"{where}: {error}") from error
