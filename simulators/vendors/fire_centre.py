"""A fire monitoring centre over TCP, as GB/T 26875.3 has it: it checks each frame byte by byte and confirms it, denies
it, or keeps silent, as told. Reads frames by itself, not with the sender's code.
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_LONGEST = 1024 + 30


@dataclass(frozen=True, slots=True)
class CentreMessage:
    """A frame that came and was right: its serial, command, addresses, the unit and the whole of it."""

    serial: int
    command: int
    source: int
    target: int
    unit: bytes
    raw: bytes


class FireCentreServer:
    """`with FireCentre() as centre: … centre.port … centre.told`. `moods` says what to do with the next frames.

    `confirm` (the default), `deny`, `silent`, `noise` (rubbish, half a confirmation, the rest), `ask` (a request of its
    own before the confirmation), `hang_up`.
    """

    def __init__(self) -> None:
        self.told: list[CentreMessage] = []
        self.answers: list[bytes] = []
        """Frames from the other side that answer ours."""
        self.moods: deque[str] = deque()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fire", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, centre: FireCentreServer) -> None:
        self.centre = centre
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        pending = b""
        while data := self._received():
            pending += data
            while (raw := _first_frame(pending)) is not None:
                pending = pending[len(raw) :]
                if not self._answered(raw):
                    return

    def _received(self) -> bytes:
        try:
            return bytes(self.request.recv(4096))
        except OSError:
            return b""

    def _answered(self, raw: bytes) -> bool:
        centre = self.server.centre
        if sum(raw[2:-3]) % 256 != raw[-3] or raw[-2:] != b"##":
            return True
        serial, length, command = struct.unpack("<H", raw[2:4])[0], struct.unpack("<H", raw[24:26])[0], raw[26]
        source, target = int.from_bytes(raw[12:18], "little"), int.from_bytes(raw[18:24], "little")
        if command in (3, 6):
            centre.answers.append(raw)
            return True
        centre.told.append(CentreMessage(serial, command, source, target, raw[27 : 27 + length], raw))
        mood = centre.moods.popleft() if centre.moods else "confirm"
        yes, no = _answer(raw, 3), _answer(raw, 6)
        if mood == "hang_up":
            return False
        if mood == "ask":
            self.request.sendall(_made(b"\x63\x00\x01\x00" + raw[6:12] + raw[18:24] + raw[12:18], 4, b"\x51\x01"))
        if mood == "noise":
            self.request.sendall(b"\x00@@\xff\xff@" + yes[:9])
            self.request.sendall(yes[9:])
        elif mood in ("confirm", "ask"):
            self.request.sendall(yes)
        elif mood == "deny":
            self.request.sendall(no)
        return True


def _first_frame(data: bytes) -> bytes | None:
    if len(data) < 30 or data[:2] != b"@@":
        return None
    whole = 30 + int.from_bytes(data[24:26], "little")
    return data[:whole] if whole <= len(data) <= _LONGEST * 8 else None


def _answer(raw: bytes, command: int) -> bytes:
    """Return the answer to a frame: the same serial and time, the addresses changed over, and no unit."""
    return _made(raw[2:12] + raw[18:24] + raw[12:18], command, b"")


def _made(head: bytes, command: int, unit: bytes) -> bytes:
    control = head + struct.pack("<H", len(unit)) + bytes((command,)) + unit
    return b"@@" + control + bytes((sum(control) % 256,)) + b"##"
