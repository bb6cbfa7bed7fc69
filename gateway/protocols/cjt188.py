"""CJ/T 188, the protocol of Chinese water, heat and gas meters: frames, requests of the master, answers of the meter.

Layout (clause 6.3): FE wake-up bytes, 68, meter type, address (7 BCD bytes, low first), control, length, data, sum of
everything from the 68 modulo 256, 16. Data opens with DI (2 bytes) and SER, the number by which an answer is told from
an answer to an older question. The standard's own sample sends DI 901F as 1F 90; many meters send 90 1F. Both are read,
and a request says which it wants. What the data means is `cjt188_data`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.protocols import bcd
from gateway.protocols.framing import Code, Framer, FrameVerdict, Whole, Wrong

START = 0x68
END = 0x16
WAKE_UP = b"\xfe" * 4
HEADER = 11
"""Bytes before the data."""
LONGEST_DATA = 100
WILDCARD = "AA" * 7
ANY_TYPE = 0xAA

COLD_WATER = 0x10
HOT_WATER = 0x11
DRINKING_WATER = 0x12
GREY_WATER = 0x13
HEAT = 0x20
COOLING = 0x21
GAS = 0x30
ELECTRICITY = 0x40

READ = 0x01
READ_ADDRESS = 0x03
ANSWER_BIT = 0x80
ERROR_BIT = 0x40

DI_NOW = "901F"
DI_ADDRESS = "810A"
FIRST_BYTES = frozenset({0x81, 0x90, 0x91, 0x92, 0xA0, 0xD1, 0xD0, 0x82, 0x83, 0x84})
"""High bytes of the identifiers in use; by them the order of the two bytes is recognised."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One sound frame. `address` is as printed on the meter (14 digits), `data` is everything after the length."""

    meter_type: int
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
    def function(self) -> int:
        """The function code alone, the same in a request and its answer."""
        return self.control & 0x3F

    @property
    def di(self) -> str:
        """The data identifier as the standard writes it, whichever way round it came; "" where there is none."""
        if len(self.data) < 2 or self.is_error:
            return ""
        pair = self.data[:2]
        return (pair if self.di_high_first else pair[::-1]).hex().upper()

    @property
    def di_high_first(self) -> bool:
        """Whether the identifier came as 90 1F rather than as 1F 90."""
        return len(self.data) >= 2 and self.data[0] in FIRST_BYTES and self.data[1] not in FIRST_BYTES

    @property
    def serial(self) -> int | None:
        """SER: copied by the meter from the request."""
        if self.is_error:
            return self.data[0] if self.data else None
        return self.data[2] if len(self.data) > 2 else None

    @property
    def content(self) -> bytes:
        """What follows DI and SER."""
        return self.data[1:] if self.is_error else self.data[3:]


class FrameGrammar:
    """Recognises the frames of CJ/T 188, both years."""

    idle = frozenset({0xFE})

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
        """See `framing.Grammar.look`."""
        if data[0] != START:
            return FrameVerdict.NOTHING
        if len(data) < HEADER:
            return _cut_short(data, HEADER + 2) if final else FrameVerdict.MORE
        length = data[10]
        if length > LONGEST_DATA:
            return Wrong(Code.LENGTH, 10, HEADER, f"length {length} is above {LONGEST_DATA}")
        size = HEADER + length + 2
        if len(data) < size:
            return _cut_short(data, size) if final else FrameVerdict.MORE
        return _judge(data[:size])


def _cut_short(data: bytes, size: int) -> Wrong:
    """Tell a frame whose rest is missing from one that is whole but has a wrong length byte."""
    if len(data) >= HEADER + 2 and data[-1] == END and sum(data[:-2]) & 0xFF == data[-2]:
        return Wrong(
            Code.LENGTH, 10, len(data), f"length {data[10]}, but the frame ends after {len(data) - HEADER - 2}"
        )
    return Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} of {size} bytes came")


def _judge(raw: bytes) -> Whole[Frame] | Wrong:
    size = len(raw)
    total = sum(raw[:-2]) & 0xFF
    if raw[-1] != END:
        if raw[-2] == total:
            return Wrong(Code.END, size - 1, size, f"end byte {raw[-1]:02X}, not 16", sure=True)
        return Wrong(Code.LENGTH, 10, size, f"no end byte where length {raw[10]} puts it")
    if raw[-2] != total:
        return Wrong(Code.CHECKSUM, size - 2, size, f"sum byte {raw[-2]:02X}, counted {total:02X}", sure=True)
    address = raw[2:9][::-1].hex().upper()
    return Whole(Frame(raw[1], address, raw[9], raw[11:-2], raw), size)


def framer() -> Framer[Frame]:
    """Return a fresh framer for one line."""
    return Framer(FrameGrammar())


def encode(meter_type: int, address: str, control: int, data: bytes) -> bytes:
    """Return one frame, without wake-up bytes. `address` is 14 digits or A wildcards, as printed on the meter.

    Raises `ValueError` for an address of another length or data that no frame can hold.
    """
    if len(address) != 14 or len(data) > LONGEST_DATA:
        raise ValueError(f"address {address!r} needs 14 digits and data at most {LONGEST_DATA} bytes, not {len(data)}")
    body = bytes([START, meter_type]) + bcd.from_digits(address) + bytes([control, len(data)]) + data
    return body + bytes([sum(body) & 0xFF, END])


def identifier(di: str, *, high_first: bool = False) -> bytes:
    """Return a data identifier such as "901F" in the order asked for; low byte first is the standard's sample."""
    pair = bytes.fromhex(di)
    return pair if high_first else pair[::-1]


def read_request(
    meter_type: int, address: str, serial: int = 0, *, di: str = DI_NOW, high_first: bool = False
) -> bytes:
    """Ask for one data identifier (control 01)."""
    return encode(meter_type, address, READ, identifier(di, high_first=high_first) + bytes([serial]))


def read_address_request(meter_type: int = ANY_TYPE, address: str = WILDCARD, serial: int = 0) -> bytes:
    """Ask who is there (control 03); only with one meter on the line is the answer readable."""
    return encode(meter_type, address, READ_ADDRESS, identifier(DI_ADDRESS) + bytes([serial]))


def answer(request: Frame, meter_type: int, address: str, content: bytes) -> bytes:
    """Answer `request` in kind: same DI in the same order, same SER."""
    return encode(meter_type, address, request.function | ANSWER_BIT, request.data[:3] + content)


def error_answer(request: Frame, meter_type: int, address: str, status: bytes = b"\x00\x00") -> bytes:
    """Refuse `request`; the data is SER and the status word."""
    control = request.function | ANSWER_BIT | ERROR_BIT
    return encode(meter_type, address, control, bytes([request.serial or 0]) + status)


def address_answers_to(asked: str, own: str) -> bool:
    """Whether a meter of address `own` is meant by `asked`, in which a byte AA stands for any."""
    pairs = zip(bytes.fromhex(asked), bytes.fromhex(own), strict=True)
    return all(wanted in (0xAA, mine) for wanted, mine in pairs)
