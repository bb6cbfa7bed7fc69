"""SMS PDU (3GPP TS 23.040): text messages as a modem takes and gives them in its PDU mode, for both roles.

Text goes out as UCS-2, so that Chinese and English take the same way; a long text goes as parts that the phone joins
(9.2.3.24.1). What comes in may be UCS-2 or the 7-bit alphabet of TS 23.038. How a modem is spoken to is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VALID_ONE_HOUR = 0x0B
"""TP-VP: (value + 1) x 5 minutes. An alarm that arrives a day later only frightens."""
_SUBMIT_WITH_VALIDITY = 0x11
_HAS_HEADER = 0x40
_UCS2 = 0x08
_WHOLE_BYTES, _PART_BYTES = 140, 134
_MOST_PARTS = 255
_SEVEN_BIT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_INTERNATIONAL, _UNKNOWN, _ALPHANUMERIC = 0x91, 0x81, 0x50


class PduError(ValueError):
    """Not a message as the standard writes it, or one that can't be written so. The text is not repeated."""


@dataclass(frozen=True, slots=True)
class SmsPart:
    """One part of a message on its way out: `length` is what `AT+CMGS` is told, `hex_text` what follows the prompt."""

    length: int
    hex_text: str


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """A message or a part of one. `number` is whom it goes to or comes from; `part` of `parts` count from 1."""

    number: str
    text: str
    reference: int = 0
    part: int = 1
    parts: int = 1


def is_number(text: str) -> bool:
    """Return whether `text` is a telephone number that can be called: digits, with a plus before a country's code."""
    return _NUMBER.fullmatch(text) is not None


def submit(number: str, text: str, reference: int, validity: int = VALID_ONE_HOUR) -> list[SmsPart]:
    """Return the parts of a message to `number`; `reference` (0 to 255) joins them at the phone.

    Raises `PduError`. The service centre is the SIM card's own.
    """
    if not is_number(number):
        raise PduError("not a telephone number: digits only, with + before a country code")
    pieces = _pieces(text)
    if len(pieces) > _MOST_PARTS:
        raise PduError(f"{len(pieces)} parts; {_MOST_PARTS} are the most")
    parts = []
    for index, piece in enumerate(pieces, 1):
        header = b"" if len(pieces) == 1 else bytes([5, 0, 3, reference & 0xFF, len(pieces), index])
        first = _SUBMIT_WITH_VALIDITY | (_HAS_HEADER if header else 0)
        data = header + piece
        tpdu = bytes([first, 0]) + _address(number) + bytes([0, _UCS2, validity, len(data)]) + data
        parts.append(SmsPart(len(tpdu), "00" + tpdu.hex().upper()))
    return parts


def _pieces(text: str) -> list[bytes]:
    data = text.encode("utf-16-be")
    if len(data) <= _WHOLE_BYTES:
        return [data]
    pieces: list[bytes] = []
    while data:
        size = _PART_BYTES
        # a sign of two units (an emoji, a rare name) is not torn: some phones show rubbish for both halves
        if len(data) > size and 0xD8 <= data[size - 2] <= 0xDB:
            size -= 2
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN
    return bytes([len(digits), kind]) + _semi_octets(digits)


def _semi_octets(digits: str) -> bytes:
    padded = digits + "F" * (len(digits) % 2)
    return bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))


def read_submit(hex_text: str) -> SmsMessage:
    """Return what a terminal hands to a modem; raises `PduError`."""
    data = _Bytes(hex_text)
    data.take(data.byte())
    first = data.byte()
    if first & 0x03 != 0x01:
        raise PduError(f"message type {first & 0x03} is not SMS-SUBMIT")
    data.byte()
    number = data.address()
    data.byte()
    coding = data.byte()
    data.take({0x00: 0, 0x10: 1, 0x08: 7, 0x18: 7}[first & 0x18])
    return data.content(number, coding, has_header=bool(first & _HAS_HEADER))


def deliver(number: str, text: str, stamp: str = "62112420000023") -> str:
    """Return a short message that came from `number`, as a modem lists it; `stamp` is its time as semi-octets."""
    data = text.encode("utf-16-be")
    tpdu = bytes([0x04]) + _address(number) + bytes([0, _UCS2]) + bytes.fromhex(stamp) + bytes([len(data)]) + data
    return "00" + tpdu.hex().upper()


def read_deliver(hex_text: str) -> SmsMessage:
    """Return a message that came in; raises `PduError`."""
    data = _Bytes(hex_text)
    data.take(data.byte())
    first = data.byte()
    if first & 0x03 != 0x00:
        raise PduError(f"message type {first & 0x03} is not SMS-DELIVER")
    number = data.address()
    data.byte()
    coding = data.byte()
    data.take(7)
    return data.content(number, coding, has_header=bool(first & _HAS_HEADER))


class _Bytes:
    """Reads a PDU from its beginning; whoever asks for more than there is gets a `PduError`."""

    def __init__(self, hex_text: str) -> None:
        try:
            self._data = bytes.fromhex(hex_text.strip())
        except ValueError as error:
            raise PduError("not hexadecimal") from error
        self._at = 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise PduError(f"ends after {len(self._data)} bytes, in the middle of a field")
        self._at += count
        return piece

    def byte(self) -> int:
        return self.take(1)[0]

    def address(self) -> str:
        digits, kind = self.byte(), self.byte()
        data = self.take((digits + 1) // 2)
        if kind & 0x70 == _ALPHANUMERIC:
            return _unpacked(data, digits * 4 // 7)
        text = "".join(f"{byte & 0x0F:X}{byte >> 4:X}" for byte in data)[:digits]
        return ("+" if kind & 0x70 == 0x10 else "") + text

    def content(self, number: str, coding: int, *, has_header: bool) -> SmsMessage:
        length = self.byte()
        alphabet = coding & 0x0C
        if alphabet == _UCS2:
            data = self.take(length)
            unit = _header(data) if has_header else b""
            data = data[1 + len(unit) :] if has_header else data
            return _joined(number, data.decode("utf-16-be", errors="replace"), unit)
        if alphabet:
            raise PduError("the message is data, not text")
        data = self.take((length * 7 + 7) // 8)
        unit = _header(data) if has_header else b""
        skip = ((1 + len(unit)) * 8 + 6) // 7 if has_header else 0
        return _joined(number, _unpacked(data, length)[skip:], unit)


def _header(data: bytes) -> bytes:
    """Return the user data's header without its length."""
    if not data or len(data) < 1 + data[0]:
        raise PduError("the header is longer than the message")
    return data[1 : 1 + data[0]]


def _joined(number: str, text: str, header: bytes) -> SmsMessage:
    """Return the message, numbered by its header's element 0 (concatenated, 8-bit reference) where there is one."""
    if len(header) >= 5 and header[:2] == b"\x00\x03":
        return SmsMessage(number, text, header[2], part=header[4], parts=header[3])
    return SmsMessage(number, text)


def _unpacked(data: bytes, count: int) -> str:
    bits = int.from_bytes(data, "little")
    return "".join(_SEVEN_BIT[bits >> 7 * index & 0x7F] for index in range(count))
