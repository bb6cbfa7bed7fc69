"""AT modem (ITU-T V.250, 3GPP TS 27.005 and 27.007): the lines between a terminal and a modem, for both roles.

Bytes in, words out. Which commands are given, and what they are for, is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 4096
"""A modem that never ends its line may not eat the memory."""
SEND, GIVE_UP = b"\x1a", b"\x1b"
"""Ends the text after the prompt; drops it."""
_ERROR = re.compile(r"\+(CM[ES]) ERROR: ?(.*)")

SMS_FAULTS = {
    1: "the number is not given to anybody",
    8: "barred by the operator",
    21: "refused by the network",
    27: "the destination is out of order",
    28: "the number is not known",
    38: "the network is out of order",
    41: "the network fails for now",
    42: "the network is congested",
    47: "no room in the network",
    304: "the modem does not understand the message",
    310: "no SIM card",
    311: "the SIM card asks for its PIN",
    313: "the SIM card fails",
    322: "the memory is full",
    330: "the service centre's number is not set",
    331: "no network",
    332: "the network does not answer",
    500: "unknown error",
}
"""`+CMS ERROR` of TS 27.005 3.2.5 and TS 24.011: those that an installer meets."""
EQUIPMENT_FAULTS = {
    10: "no SIM card",
    11: "the SIM card asks for its PIN",
    12: "the SIM card is locked and asks for its PUK",
    13: "the SIM card fails",
    14: "the SIM card is busy",
    15: "the SIM card is the wrong one",
    16: "the PIN is wrong",
    30: "no network",
}
"""`+CME ERROR` of TS 27.007 9.2."""


@dataclass(frozen=True, slots=True)
class ModemLine:
    """Something the modem says: an answer before its result, an echo, or unasked."""

    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """The end of an answer. `code` is the number after `+CMS ERROR` or `+CME ERROR`, None where there is none."""

    ok: bool
    reason: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The modem waits for the text of a message."""


FromModem = ModemLine | Result | Prompt


class ModemReader:
    """The terminal's side: what a modem says."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[FromModem]:
        """Return what has become whole. Bytes that are no text are shown as such and never raise."""
        self._buffer += data
        found: list[FromModem] = []
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            if self._buffer.startswith(b"> "):
                self._buffer = self._buffer[2:]
                found.append(Prompt())
                continue
            line, end, rest = _first_line(self._buffer)
            if not end:
                self._buffer = self._buffer[-LONGEST:]
                return found
            self._buffer = rest
            found.append(_meaning(line.decode("ascii", errors="replace").strip()))


def _first_line(data: bytes) -> tuple[bytes, bytes, bytes]:
    ends = [at for at in (data.find(b"\r"), data.find(b"\n")) if at >= 0]
    return (data[: min(ends)], data[min(ends) : min(ends) + 1], data[min(ends) + 1 :]) if ends else (data, b"", b"")


def _meaning(text: str) -> FromModem:
    if text == "OK":
        return Result(ok=True)
    if text in ("ERROR", "NO CARRIER", "COMMAND NOT SUPPORT"):
        return Result(ok=False, reason="the modem does not know the command")
    error = _ERROR.fullmatch(text)
    if error is None:
        return ModemLine(text)
    faults = SMS_FAULTS if error.group(1) == "CMS" else EQUIPMENT_FAULTS
    code = int(error.group(2)) if error.group(2).isdigit() else None
    words = faults.get(code, "") if code is not None else error.group(2)[:60]
    return Result(ok=False, reason=words or f"{text[:40]}", code=code)


@dataclass(frozen=True, slots=True)
class Command:
    """What a terminal asks, without its end."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What follows a prompt; None when the terminal has given up."""

    text: str | None


class TerminalReader:
    """The modem's side: what a terminal says. Set `takes_text` after a prompt."""

    def __init__(self) -> None:
        self._buffer = b""
        self.takes_text = False

    def feed(self, data: bytes) -> Command | Text | None:
        """Add bytes and return the first thing that is whole, None if nothing is; call it with b"" for the next."""
        self._buffer = (self._buffer + data)[-LONGEST:]
        if self.takes_text:
            for index in range(len(self._buffer)):
                byte = self._buffer[index : index + 1]
                if byte in (SEND, GIVE_UP):
                    said, self._buffer = self._buffer[:index], self._buffer[index + 1 :]
                    self.takes_text = False
                    return Text(said.decode("ascii", errors="replace") if byte == SEND else None)
            return None
        self._buffer = self._buffer.lstrip(b"\r\n\x1a\x1b")
        line, end, rest = _first_line(self._buffer)
        if not end:
            return None
        self._buffer = rest
        return Command(line.decode("ascii", errors="replace").strip())
