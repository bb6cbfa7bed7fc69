"""DL/T 645, the protocol of Chinese electricity meters: frames, requests of the master, answers of the meter.

Layout (clause 5.2): FE wake-up bytes, 68, address (6 BCD bytes, low first), 68, control, length, data (each byte
+ 33H), sum of everything from the first 68 modulo 256, 16. The frame of DL/T 645-1997 is the same; an `Edition` says
in what else the two differ. What a register's digits mean is a device document's business, not this file's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from gateway.protocols import bcd
from gateway.protocols.framing import Code, Framer, FrameVerdict, Whole, Wrong

START = 0x68
END = 0x16
WAKE_UP = b"\xfe" * 4
OFFSET = 0x33
HEADER = 10
"""Bytes before the data."""
LONGEST_DATA = 200
WILDCARD = "AA" * 6
BROADCAST = "99" * 6

READ = 0x11
READ_MORE = 0x12
READ_ADDRESS = 0x13
BROADCAST_TIME = 0x08
ANSWER_BIT = 0x80
ERROR_BIT = 0x40
MORE_BIT = 0x20

ERRORS = (
    "other error",
    "no such data",
    "wrong password",
    "baud rate can't change",
    "too many year zones",
    "too many day periods",
    "too many tariffs",
)
"""Meaning of the bits of the error word, lowest first."""


@dataclass(frozen=True, slots=True)
class Edition:
    """In what the two editions of the standard differ, for a reader of registers.

    With `numbered_parts` a question for the rest of a long answer carries its number, and so does the answer.
    """

    read: int
    read_more: int
    identifier_size: int
    numbered_parts: bool


EDITION_2007 = Edition(READ, READ_MORE, 4, numbered_parts=True)
EDITION_1997 = Edition(0x01, 0x02, 2, numbered_parts=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One sound frame. `address` is as printed on the meter (12 digits), `data` is without the 33H."""

    address: str
    control: int
    data: bytes
    raw: bytes

    @property
    def is_answer(self) -> bool:
        """Whether a meter said it."""
        return bool(self.control & ANSWER_BIT)

    @property
    def is_error(self) -> bool:
        """Whether the meter refuses."""
        return bool(self.control & ERROR_BIT)

    @property
    def has_more(self) -> bool:
        """Whether the meter has more to send than fits this frame."""
        return bool(self.control & MORE_BIT)

    @property
    def function(self) -> int:
        """The function code alone, the same in a request and its answer."""
        return self.control & 0x1F


class FrameGrammar:
    """Recognises the frames of DL/T 645, both years."""

    idle = frozenset({0xFE})

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
        """See `framing.Grammar.look`."""
        if data[0] != START or (len(data) > 7 and data[7] != START):
            return FrameVerdict.NOTHING
        if len(data) < HEADER:
            return _cut_short(data, HEADER + 2) if final else FrameVerdict.MORE
        length = data[9]
        if length > LONGEST_DATA:
            return Wrong(Code.LENGTH, 9, HEADER, f"length {length} is above {LONGEST_DATA}")
        size = HEADER + length + 2
        if len(data) < size:
            return _cut_short(data, size) if final else FrameVerdict.MORE
        return _judge(data[:size])


def _cut_short(data: bytes, size: int) -> Wrong:
    """Tell a frame whose rest is missing from one that is whole but has a wrong length byte."""
    if len(data) >= HEADER + 2 and data[-1] == END and sum(data[:-2]) & 0xFF == data[-2]:
        return Wrong(Code.LENGTH, 9, len(data), f"length {data[9]}, but the frame ends after {len(data) - HEADER - 2}")
    return Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} of {size} bytes came")


def _judge(raw: bytes) -> Whole[Frame] | Wrong:
    size = len(raw)
    total = sum(raw[:-2]) & 0xFF
    if raw[-1] != END:
        if raw[-2] == total:
            return Wrong(Code.END, size - 1, size, f"end byte {raw[-1]:02X}, not 16", sure=True)
        return Wrong(Code.LENGTH, 9, size, f"no end byte where length {raw[9]} puts it")
    if raw[-2] != total:
        return Wrong(Code.CHECKSUM, size - 2, size, f"sum byte {raw[-2]:02X}, counted {total:02X}", sure=True)
    address = raw[1:7][::-1].hex().upper()
    if not is_address(address):
        return Wrong(Code.ADDRESS, 1, size, f"address {address} is not decimal", sure=True)
    data = bytes((byte - OFFSET) & 0xFF for byte in raw[10:-2])
    return Whole(Frame(address, raw[8], data, raw), size)


def is_address(text: str) -> bool:
    """Whether it is 12 decimal digits, in which whole bytes may be the wildcard AA."""
    return len(text) == 12 and all(pair.isdecimal() or pair == "AA" for pair in re.findall("..", text))


def framer() -> Framer[Frame]:
    """Return a fresh framer for one line."""
    return Framer(FrameGrammar())


def encode(address: str, control: int, data: bytes = b"") -> bytes:
    """Return one frame, without wake-up bytes. `address` is 12 digits or A wildcards, as printed on the meter.

    Raises `ValueError` for an address of another length or data that no frame can hold.
    """
    if len(address) != 12 or len(data) > LONGEST_DATA:
        raise ValueError(f"address {address!r} needs 12 digits and data at most {LONGEST_DATA} bytes, not {len(data)}")
    head = bytes([START]) + bcd.from_digits(address) + bytes([START, control, len(data)])
    body = head + bytes((byte + OFFSET) & 0xFF for byte in data)
    return body + bytes([sum(body) & 0xFF, END])


def identifier(di: str) -> bytes:
    """Return a data identifier such as "00010000" in the order of the wire."""
    return bytes.fromhex(di)[::-1]


def identifier_text(data: bytes, edition: Edition = EDITION_2007) -> str:
    """Return the data identifier that opens `data`, written as in the standard."""
    return data[: edition.identifier_size][::-1].hex().upper()


def read_request(address: str, di: str, edition: Edition = EDITION_2007) -> bytes:
    """Ask for one data identifier (control 11; 01 in 1997)."""
    return encode(address, edition.read, identifier(di))


def read_more_request(address: str, di: str, sequence: int, edition: Edition = EDITION_2007) -> bytes:
    """Ask for part `sequence` (1 to 255) of an answer that did not fit one frame (control 12; 02 in 1997)."""
    number = bytes([sequence]) if edition.numbered_parts else b""
    return encode(address, edition.read_more, identifier(di) + number)


def read_address_request(address: str = WILDCARD) -> bytes:
    """Ask who is there (control 13); with the wildcard every meter on the line answers."""
    return encode(address, READ_ADDRESS)


def broadcast_time(local: datetime) -> bytes:
    """Tell every meter the local time (control 08); none answers."""
    text = local.strftime("%y%m%d%H%M%S")
    return encode(BROADCAST, BROADCAST_TIME, bcd.from_digits(text))


def read_answer(address: str, di: str, value: bytes, *, more: bool = False, edition: Edition = EDITION_2007) -> bytes:
    """Answer a read; `value` is in the order of the wire. With `more` further parts can be asked for."""
    control = edition.read | ANSWER_BIT | (MORE_BIT if more else 0)
    return encode(address, control, identifier(di) + value)


def more_answer(
    address: str, di: str, value: bytes, sequence: int, *, more: bool = False, edition: Edition = EDITION_2007
) -> bytes:
    """Answer with part `sequence` of a long value."""
    control = edition.read_more | ANSWER_BIT | (MORE_BIT if more else 0)
    number = bytes([sequence]) if edition.numbered_parts else b""
    return encode(address, control, identifier(di) + value + number)


def error_answer(address: str, function: int, error: int = 0x02) -> bytes:
    """Refuse a request; the bits of `error` are those of `ERRORS`."""
    return encode(address, function | ANSWER_BIT | ERROR_BIT, bytes([error]))


def address_answer(address: str) -> bytes:
    """Tell one's address, in the address field and as data."""
    return encode(address, READ_ADDRESS | ANSWER_BIT, bcd.from_digits(address))


def address_answers_to(asked: str, own: str) -> bool:
    """Whether a meter of address `own` is meant by `asked`: its own, or with wildcard bytes AA in the place of any.

    Clause 5.2.2: a shortened address is filled up with AA, so a wildcard byte matches any byte.
    """
    pairs = zip(bytes.fromhex(asked), bytes.fromhex(own), strict=True)
    return all(wanted in (0xAA, mine) for wanted, mine in pairs)


def error_text(data: bytes) -> str:
    """Return what the error word of a refusal says; a word of another length is a maker's own and is shown as it is."""
    if len(data) > 1:
        return f"{data.hex().upper()}, which is no error word of the standard"
    bits = data[0] if data else 0
    said = [text for bit, text in enumerate(ERRORS) if bits >> bit & 1]
    return ", ".join(said) or "no reason given"
