"""A logged talk over Modbus: each answer read by the question before it, because it does not say to what it is one.

For people who look at a line; it keeps the open questions and nothing else. It must not know lines or time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.drivers.contract import Device, Overheard
from gateway.drivers.document import Document
from gateway.drivers.modbus import BIT_TABLES, FUNCTIONS, ModbusDriver, ModbusRegister, RegisterGroup, bare, read_group
from gateway.protocols import modbus

_TABLES = {function: table for table, function in FUNCTIONS.items()}


class ModbusTalk:
    """The frames of one log, both sides, in their order."""

    def __init__(self, driver: ModbusDriver) -> None:
        self._driver = driver
        self._open: dict[int, modbus.Frame] = {}  # by transaction; on a serial line that is 0
        self._has_questions = False

    def overheard(self, document: Document, frame: modbus.Frame, at: datetime) -> Overheard:
        """Read the next frame.

        Only in a log without any question the length of an answer may tell what it is one to.
        """
        if frame.is_request:
            self._has_questions = True
            self._open[frame.transaction] = frame
            return self._driver.overheard(document, frame, at)
        question = self._open.pop(frame.transaction, None)
        if frame.is_error or not self._has_questions:
            return self._driver.overheard(document, frame, at)
        group = None if question is None else _asked(document, question)
        if question is None or group is None or not _is_answer(question, group, frame):
            return replace(bare(frame, 0), note=f"answer {frame.function:02X} to no question that was heard")
        return _read(document, group, frame, at)


def _asked(document: Document, question: modbus.Frame) -> RegisterGroup | None:
    """Return what a question asks for, with the document's registers that lie whole within it."""
    table = _TABLES.get(question.function)
    if table is None:
        return None
    start, count = (int.from_bytes(question.data[n : n + 2], "big") for n in (0, 2))
    rows = (row for row in document.registers if isinstance(row, ModbusRegister) and row.table == table)
    return RegisterGroup(
        table, start, count, tuple(row for row in rows if start <= row.address and row.end <= start + count)
    )


def _is_answer(question: modbus.Frame, group: RegisterGroup, frame: modbus.Frame) -> bool:
    return (frame.unit, frame.function, len(frame.content)) == (question.unit, question.function, group.size)


def _read(document: Document, group: RegisterGroup, frame: modbus.Frame, at: datetime) -> Overheard:
    note = f"answer to {group.key}"
    known = frozenset(address for row in group.registers for address in range(row.address, row.end))
    rest = bare(frame, group.start, skipped=known)
    if not group.registers:
        return replace(rest, note=note)
    device = Device("", document, str(frame.unit))
    facts = () if group.table in BIT_TABLES else rest.facts
    return Overheard(device.address, note, read_group(device, group, frame, at), facts=facts)
