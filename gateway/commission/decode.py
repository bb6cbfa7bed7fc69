"""The decode subcommand: bytes as somebody wrote them down in, one JSON line per reading or diagnostic out.

Uses the same framers and drivers as the bus; it must not read a line, a config or a clock.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.commission.modbus_talk import ModbusTalk
from gateway.drivers import mqtt_json, registry
from gateway.drivers.contract import Device, DeviceAnswer, Overheard
from gateway.drivers.document import Document, DocumentTiming, NoOptions
from gateway.drivers.modbus import ModbusDriver
from gateway.drivers.registry import Framing
from gateway.protocols.framing import Code, Diagnostic
from models.kit.config_reader import ConfigError, Problem, not_known
from models.quantity import Quantity
from models.reading import Quality, Reading

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the time of a frame of which nobody said when it was heard."""

SHORT_NAMES: Mapping[str, str] = {
    "dlt645": "dlt645-2007",
    "cjt188": "cjt188-2004",
    "mbus": "mbus-water",
}
BARE: Mapping[str, str] = {"modbus": "modbus-rtu", "modbus-rtu": "modbus-rtu", "modbus-tcp": "modbus-tcp"}
"""Protocols whose answers don't say what they are about: without a document bare registers are shown."""
FRAMINGS: Mapping[str, Framing] = {"modbus-rtu": "rtu", "modbus-tcp": "tcp"}
"""What a protocol says of how the frames came, whatever the document's own way is."""
MQTT = "mqtt-"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What to print: `lines` are readings, notes on frames without any, and diagnostics; `skipped` is noise beside.

    `code` is 1 where a frame was bad, refused, or not there at all, and 0 otherwise.
    """

    lines: tuple[str, ...]
    code: int
    skipped: tuple[str, ...] = ()


def decode(protocol: str, text: str, documents: Sequence[Document], framing: Framing | None = None) -> Decoded:
    """Decode `text` (hex digits, or for MQTT devices the payload) by the first of `documents` that fits each frame.

    In a log of Modbus each answer is read by the question before it; `framing` is how the frames came, where that is
    not the document's way.
    """
    first = documents[0]
    if not registry.is_polled(first):
        answer = mqtt_json.interpret(Device("", first), "", text.encode(), NEVER)
        return Decoded(tuple(_lines(answer, "", 0)), 0 if answer.readings else 1)
    try:
        data = _bytes(text)
    except ValueError as error:
        return Decoded((_diagnostic(Diagnostic(Code.NOISE, 0, b"", str(error)), 0),), 1)
    return _decode_frames(documents, data, framing)


def _decode_frames(documents: Sequence[Document], data: bytes, framing: Framing | None) -> Decoded:
    driver = registry.driver_for(documents[0], framing)
    framer = driver.framer()
    talk = ModbusTalk(driver) if isinstance(driver, ModbusDriver) else None
    lines: list[str] = []
    noise: list[str] = []
    failed = False
    reached = 0
    for event in [*framer.feed(data), *framer.quiet()]:
        if isinstance(event, Diagnostic):
            (noise if event.code is Code.NOISE else lines).append(_diagnostic(event, 0))
            failed = failed or event.code is not Code.NOISE
            continue
        start = data.index(event.raw, reached)
        reached = start + len(event.raw)
        said = _overheard(documents, event) if talk is None else talk.overheard(documents[0], event, NEVER)
        failed = failed or bool(said.answer.troubles)
        lines += [*_lines(said.answer, said.address, start), *_facts(said)] or [_note(said)]
    if lines:
        return Decoded(tuple(lines), 1 if failed else 0, tuple(noise))
    return Decoded(tuple(noise) or (_diagnostic(Diagnostic(Code.NOISE, 0, data, "no frame in these bytes"), 0),), 1)


def _overheard(documents: Sequence[Document], frame: Any) -> Overheard:
    """Read the frame by the first document that fits it, or by the first of all."""
    fitting = (paper for paper in documents if registry.driver_for(paper).fits(paper, frame))
    document = next(fitting, documents[0])
    return registry.driver_for(document).overheard(document, frame, NEVER)


def _bytes(text: str) -> bytes:
    """Read hex digits with whatever people put between them: spaces, commas, colons, line ends, 0x, \\x, a final H."""
    stripped = re.sub(r"(?:0|\\)[xX](?=[0-9A-Fa-f])|[\s,;:\-\[\]{}\"']", " ", text)
    words = re.sub(r"(?<=[0-9A-Fa-f]{2})[hH](?![0-9A-Fa-f])", " ", stripped).split()
    joined = "".join(f"0{word}" if len(word) == 1 else word for word in words)
    strange = re.search(r"[^0-9A-Fa-f]", joined)
    if strange:
        raise ValueError(f"{strange.group()!r} is not a hex digit")
    if len(joined) % 2 or not joined:
        raise ValueError(f"{len(joined)} hex digits are no whole bytes")
    return bytes.fromhex(joined)


def _lines(answer: DeviceAnswer, address: str, start: int) -> list[str]:
    names = answer.names or ("",) * len(answer.readings)
    lines = [_reading(reading, address, name) for reading, name in zip(answer.readings, names, strict=True)]
    return lines + [_diagnostic(trouble, start) for trouble in answer.troubles]


def _reading(reading: Reading, address: str, name: str) -> str:
    entry: dict[str, Any] = {
        "quantity": reading.quantity.value,
        "value": None if reading.value is None else f"{reading.value:f}",
        "unit": reading.unit.value,
        "address": address,
        "quality": reading.quality.value,
    }
    if name:
        entry["register"] = name
    if reading.step is not None:
        entry["step"] = f"{reading.step:f}"
    if reading.quantity is Quantity.METER_CLOCK and reading.value is not None:
        entry["clock"] = (NEVER + timedelta(seconds=int(reading.value))).replace(tzinfo=None).isoformat()
    return _json(**entry)


def _diagnostic(trouble: Diagnostic, start: int) -> str:
    return _json(
        error=trouble.code.value,
        offset=trouble.offset + start,
        detail=trouble.detail,
        raw=trouble.raw.hex(" ").upper(),
    )


def _facts(said: Overheard) -> list[str]:
    return [
        _json(quantity=fact.name, value=fact.value, unit=fact.unit, address=said.address, quality=Quality.GOOD.value)
        for fact in said.facts
    ]


def _note(said: Overheard) -> str:
    facts = {"data": said.data.hex(" ").upper()} if said.data else {}
    return _json(address=said.address, frame=said.note, **facts)


def _json(**entry: object) -> str:
    return json.dumps(entry, ensure_ascii=False)


def add_decode_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `linshe-gateway decode` to its parser."""
    parser.add_argument("--protocol", required=True, help="dlt645, cjt188, … or mqtt-<document>")
    parser.add_argument("--document", help="name or path of the device document; default: the protocol's own")
    parser.add_argument("text", nargs="+", metavar="HEX", help="the bytes as hex; for mqtt-… the JSON payload")


def run_decode(args: argparse.Namespace) -> int:
    """Run `linshe-gateway decode`: print the lines, return the exit code (2 where the question makes no sense)."""
    try:
        documents = _documents(args.protocol, args.document)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    decoded = decode(args.protocol, " ".join(args.text), documents, FRAMINGS.get(args.protocol))
    sys.stdout.write("".join(f"{line}\n" for line in decoded.lines))
    sys.stderr.write("".join(f"{line}\n" for line in decoded.skipped))
    return decoded.code


def _bare(protocol: str) -> Document:
    """Return a document of a device of which nothing is known."""
    return Document(
        name=protocol,
        protocol=protocol,
        title="any device",
        models=(),
        timing=DocumentTiming(),
        options=NoOptions(),
        registers=(),
        frames=(),
    )


def _documents(protocol: str, wanted: str | None) -> list[Document]:
    """Return the document that was asked for, and after it the others that the same driver reads."""
    if wanted and wanted.endswith(".toml"):
        return [registry.load_document(Path(wanted))]
    if not wanted and protocol in BARE:
        return [_bare(BARE[protocol])]
    shipped = registry.load_documents()
    full = SHORT_NAMES.get(protocol, protocol)
    name = wanted or (full.removeprefix(MQTT) if full.startswith(MQTT) else full)
    if name not in shipped:
        raise ConfigError([Problem(f"--protocol {protocol}", 0, "", not_known(name, sorted(shipped)))])
    first = shipped.pop(name)
    if wanted or not registry.is_polled(first):
        return [first]
    driver = type(registry.driver_for(first))
    others = (paper for paper in shipped.values() if registry.is_polled(paper))
    return [first, *(paper for paper in others if type(registry.driver_for(paper)) is driver)]
