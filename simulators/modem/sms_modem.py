"""SMS modem: answers AT commands as a USB stick does, with the faults that such sticks have. No I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.protocols import sms_pdu
from gateway.protocols.at_modem import Command, TerminalReader, Text


@dataclass(slots=True)
class SmsModem:
    """One modem. Everything that can be wrong with it is a field that may be set at any time."""

    echo: bool = True
    pin: str | None = None
    """What the SIM card asks for, until it has been told."""
    has_sim: bool = True
    registered: bool = True
    knows_lte: bool = True
    """Whether it answers AT+CEREG, too."""
    refusals: list[int] = field(default_factory=list)
    """`+CMS ERROR` numbers for the next messages, one each; 0 takes the message and says nothing at all."""
    mute: bool = False
    """It takes bytes and says nothing: it hangs."""
    noise: bytes = b""
    """Unasked lines that come before each answer."""
    sent: list[sms_pdu.SmsMessage] = field(default_factory=list)
    """What went out into the air, in parts."""
    mailbox: list[tuple[str, str]] = field(default_factory=list)
    """Messages that have come and were not listed: number and text."""
    commands: list[str] = field(default_factory=list)
    wrong_pins: int = 0
    _reader: TerminalReader = field(default_factory=TerminalReader)

    def hear(self, data: bytes) -> bytes:
        """Return what the modem says to these bytes."""
        said = b""
        word = self._reader.feed(data)
        while word is not None:
            said += b"".join(self._answer(word))
            word = self._reader.feed(b"")
        return b"" if self.mute else said

    def _answer(self, word: Command | Text) -> Iterator[bytes]:
        if isinstance(word, Text):
            yield from self._take(word)
            return
        self.commands.append(word.text)
        if self.echo:
            yield word.text.encode() + b"\r"
        yield self.noise
        if word.text.startswith("AT+CMGS="):
            self._reader.takes_text = True
            yield b"\r\n> "
            return
        yield from (f"\r\n{line}\r\n".encode() for line in self._lines(word.text))

    def _lines(self, command: str) -> list[str]:
        told = re.fullmatch(r'AT\+CPIN="(\d+)"', command)
        if told is not None:
            return self._unlock(told.group(1))
        if command in ("ATE0", "ATE1"):
            self.echo = command == "ATE1"
        where = 1 if self.registered else 2
        answers = {
            "AT+CPIN?": [f"+CPIN: {'READY' if self.pin is None else 'SIM PIN'}", "OK"]
            if self.has_sim
            else ["+CME ERROR: 10"],
            "AT+CREG?": [f"+CREG: 0,{where}", "OK"],
            "AT+CEREG?": [f"+CEREG: 0,{where}", "OK"] if self.knows_lte else ["ERROR"],
            "AT+CMGD=1,1": ["OK"],
        }
        if command == "AT+CMGL=0":
            return [*self._list(), "OK"]
        known = command in ("AT", "ATE0", "ATE1", "AT+CMEE=1", "AT+CMGF=0")
        return ["OK"] if known else answers.get(command, ["ERROR"])

    def _unlock(self, pin: str) -> list[str]:
        if pin != self.pin:
            self.wrong_pins += 1
            return ["+CME ERROR: 16"]
        self.pin = None
        return ["OK"]

    def _list(self) -> Iterator[str]:
        while self.mailbox:
            pdu = sms_pdu.deliver(*self.mailbox.pop(0))
            yield f"+CMGL: 1,0,,{len(pdu) // 2 - 1}"
            yield pdu

    def _take(self, text: Text) -> Iterator[bytes]:
        if text.text is None:
            yield b"\r\nOK\r\n"
            return
        if self.echo:
            yield text.text.encode() + b"\x1a"
        number = self.refusals.pop(0) if self.refusals else None
        if not self.has_sim or not self.registered:
            number = 310 if not self.has_sim else 331
        if number:
            yield f"\r\n+CMS ERROR: {number}\r\n".encode()
            return
        self.sent.append(sms_pdu.read_submit(text.text))
        if number is None:
            yield f"\r\n+CMGS: {len(self.sent)}\r\n\r\nOK\r\n".encode()
