"""The seam: every protocol that the gateway speaks, one row each. To add a protocol, add its row here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gateway
from gateway.drivers import document
from gateway.drivers.cjt188 import Cjt188Driver, CjtOptions, CjtRegister
from gateway.drivers.contract import Driver
from gateway.drivers.dlt645 import Dlt645Driver, DltOptions, DltRegister
from gateway.drivers.document import Document, Shape
from gateway.drivers.mbus import MbusDriver, MbusOptions, MbusRegister
from gateway.drivers.modbus import ModbusDriver, ModbusOptions, ModbusRegister
from gateway.drivers.mqtt_json import JsonOptions, JsonRegister
from gateway.protocols.dlt645 import EDITION_1997, EDITION_2007
from models.kit.config_reader import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class DriverRow:
    """One protocol: what its documents hold, and who speaks it; devices that publish by themselves have no driver."""

    protocol: str
    shape: Shape
    driver: Driver | None


ROWS: tuple[DriverRow, ...] = (
    DriverRow("dlt645-2007", Shape(DltRegister, DltOptions), Dlt645Driver(EDITION_2007)),
    DriverRow("dlt645-1997", Shape(DltRegister, DltOptions), Dlt645Driver(EDITION_1997)),
    DriverRow("cjt188-2004", Shape(CjtRegister, CjtOptions), Cjt188Driver()),
    DriverRow("cjt188-2018", Shape(CjtRegister, CjtOptions), Cjt188Driver()),
    DriverRow("mbus", Shape(MbusRegister, MbusOptions), MbusDriver()),
    DriverRow("modbus-rtu", Shape(ModbusRegister, ModbusOptions), ModbusDriver(over_tcp=False)),
    DriverRow("modbus-tcp", Shape(ModbusRegister, ModbusOptions), ModbusDriver(over_tcp=True)),
    DriverRow("mqtt-json", Shape(JsonRegister, JsonOptions), None),
)


def by_protocol(rows: Sequence[DriverRow] = ROWS) -> Mapping[str, DriverRow]:
    """Return the rows by protocol. Raises `ValueError` where two rows claim the same one."""
    table: dict[str, DriverRow] = {}
    for row in rows:
        if row.protocol in table:
            raise ValueError(f"two rows of the driver registry claim {row.protocol!r}: remove one")
        table[row.protocol] = row
    return table


_TABLE = by_protocol()


Framing = Literal["rtu", "tcp"]
"""How the frames of Modbus are carried: with a check sum, or with the header of Modbus TCP."""
_MODBUS: Mapping[Framing, str] = {"rtu": "modbus-rtu", "tcp": "modbus-tcp"}


def protocol_of(paper: Document, framing: Framing | None = None) -> str:
    """Return what is spoken with such a device on a line of this framing.

    A register map is the same however it is asked for; without a framing the document's own counts.
    """
    return _MODBUS[framing] if framing is not None and is_modbus(paper) else paper.protocol


def is_modbus(paper: Document) -> bool:
    """Whether the document is a register map of Modbus."""
    return paper.protocol in _MODBUS.values()


def driver_for(paper: Document, framing: Framing | None = None) -> Driver:
    """Return who speaks the protocol of `paper`. Raises `LookupError` for devices that publish by themselves."""
    driver = _TABLE[protocol_of(paper, framing)].driver
    if driver is None:
        raise LookupError(f"{paper.name}: devices of protocol {paper.protocol} are not asked, they publish")
    return driver


def is_polled(paper: Document) -> bool:
    """Whether devices of this document must be asked."""
    return _TABLE[paper.protocol].driver is not None


def shipped_folder() -> Path:
    """Return the folder of the documents that come with the house."""
    return Path(gateway.__file__).resolve().parent.parent / "config" / "devices"


def load_document(path: Path) -> Document:
    """Read one device document. Raises `ConfigError` with every file, line and key."""
    return document.read(path, {protocol: row.shape for protocol, row in _TABLE.items()})


def read_documents(*folders: Path) -> tuple[dict[str, Document], list[Problem]]:
    """Read all documents of the folders (default: those that come with the house), by name, as far as they are good.

    Return beside them everything that is wrong in any of them, and where two have the same name.
    """
    found: dict[str, Document] = {}
    problems: list[Problem] = []
    for folder in folders or (shipped_folder(),):
        for path in sorted(folder.glob("*.toml")):
            if path.stem in found:
                problems.append(Problem(path, 1, "the file", "there are two documents of this name: rename one"))
            try:
                found[path.stem] = load_document(path)
            except ConfigError as error:
                problems += error.problems
    return found, problems


def load_documents(*folders: Path) -> dict[str, Document]:
    """Return what `read_documents` found; raises `ConfigError` with everything that is wrong in any of them."""
    found, problems = read_documents(*folders)
    if problems:
        raise ConfigError(problems)
    return found
