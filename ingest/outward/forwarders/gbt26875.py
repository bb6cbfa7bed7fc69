"""GB/T 26875.3-2011: the frames between a user's transmission device and a fire monitoring centre. Pure.

Layout (6.6): `40 40`, serial 2, version 2 (main 1, user), time 6, source 6, target 6, length 2, command 1, the
application data unit, sum 1, `23 23`. Numbers are low byte first; the sum is that of bytes 3 to the unit's end, modulo
256; the time (8.2.2) is second, minute, hour, day, month, year. Our one kind of unit is type 2 (8.3.1.2): the state of
a component, with a description of 31 bytes of GB 18030.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

START, END = b"@@", b"##"
SEND, CONFIRM, DENY = 2, 3, 6
MAIN_VERSION = 1
LONGEST_UNIT = 1024
COMPONENT_STATE = 2
FIRE_ALARM_SYSTEM = 1
SMOKE_DETECTOR = 40
NORMAL, FIRE, FAULT = 1, 2, 4
"""Bits of a component's state; without NORMAL it is being tested."""
_HEAD = 27
_DESCRIPTION = 31


@dataclass(frozen=True, slots=True)
class FireFrame:
    """What a frame says; addresses are numbers below 2^48."""

    serial: int
    command: int
    source: int
    target: int
    unit: bytes = b""
    user_version: int = 0
    sent_at: bytes = bytes(6)

    @property
    def answers(self) -> bool:
        """Whether it answers something that was sent."""
        return self.command in (CONFIRM, DENY)


def time_label(at: datetime) -> bytes:
    """Return a time of the clock on the wall, as the standard writes it."""
    return bytes((at.second, at.minute, at.hour, at.day, at.month, at.year % 100))


def write(frame: FireFrame) -> bytes:
    """Return the bytes of a frame."""
    control = (
        frame.serial.to_bytes(2, "little")
        + bytes((MAIN_VERSION, frame.user_version))
        + frame.sent_at
        + frame.source.to_bytes(6, "little")
        + frame.target.to_bytes(6, "little")
        + len(frame.unit).to_bytes(2, "little")
        + bytes((frame.command,))
    )
    return START + control + frame.unit + bytes((_sum(control + frame.unit),)) + END


def component_state(system_address: int, component: int, address: int, *, state: int, text: str, at: datetime) -> bytes:
    """Return the unit that says a component's state since `at` (local time)."""
    return (
        bytes((COMPONENT_STATE, 1, FIRE_ALARM_SYSTEM, system_address, component))
        + address.to_bytes(4, "little")
        + state.to_bytes(2, "little")
        + description(text)
        + time_label(at)
    )


def description(text: str) -> bytes:
    """Return a description in 31 bytes of GB 18030, cut between two characters and filled with zeros."""
    encoded = text.encode("gb18030", "replace")
    while len(encoded) > _DESCRIPTION:
        text = text[:-1]
        encoded = text.encode("gb18030", "replace")
    return encoded.ljust(_DESCRIPTION, b"\x00")


class FireFrameReader:
    """Finds frames in a stream; what is none is passed over, byte by byte, so that one spoilt frame spoils one."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[FireFrame]:
        """Return the frames that are whole now."""
        self._buffer += data
        found: list[FireFrame] = []
        while True:
            begin = self._buffer.find(START)
            if begin < 0:
                self._buffer = self._buffer[-1:]
                return found
            self._buffer = self._buffer[begin:]
            if len(self._buffer) < _HEAD:
                return found
            length = int.from_bytes(self._buffer[24:26], "little")
            whole = _HEAD + length + 3
            if length > LONGEST_UNIT:
                self._buffer = self._buffer[1:]
                continue
            if len(self._buffer) < whole:
                return found
            frame = _read(self._buffer[:whole])
            if frame is not None:
                found.append(frame)
            self._buffer = self._buffer[whole if frame is not None else 1 :]


def _read(data: bytes) -> FireFrame | None:
    if data[-2:] != END or data[-3] != _sum(data[2:-3]):
        return None
    return FireFrame(
        serial=int.from_bytes(data[2:4], "little"),
        command=data[26],
        source=int.from_bytes(data[12:18], "little"),
        target=int.from_bytes(data[18:24], "little"),
        unit=data[27:-3],
        user_version=data[5],
        sent_at=data[6:12],
    )


def _sum(data: bytes) -> int:
    return sum(data) & 0xFF
