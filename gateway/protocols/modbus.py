"""Modbus (application protocol 1.1b3, serial line 1.02): frames of RTU and TCP, requests and answers.

RTU frames have no start byte: unit, function, data, CRC low byte first; how long one is follows from its function. TCP
frames have a header with a transaction number and a length, and leave the check sum to TCP. Which register means what
is a device document's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.protocols.framing import Code, Framer, FrameVerdict, Whole, Wrong

READ_COILS = 0x01
READ_DISCRETE = 0x02
READ_HOLDING = 0x03
READ_INPUT = 0x04
WRITE_COIL = 0x05
WRITE_REGISTER = 0x06
WRITE_COILS = 0x0F
WRITE_REGISTERS = 0x10
_READS = frozenset({READ_COILS, READ_DISCRETE, READ_HOLDING, READ_INPUT})
_ECHOED = frozenset({WRITE_COIL, WRITE_REGISTER})
_WRITES_MANY = frozenset({WRITE_COILS, WRITE_REGISTERS})
_KNOWN = _READS | _ECHOED | _WRITES_MANY
ERROR_BIT = 0x80
HIGHEST_UNIT = 247
MOST_REGISTERS = 125

ERRORS = {
    1: "function not known",
    2: "no such register",
    3: "value not allowed",
    4: "device failure",
    5: "accepted, takes long",
    6: "busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}

_CRC_TABLE: list[int] = []
for _byte in range(256):
    _value = _byte
    for _ in range(8):
        _value = _value >> 1 ^ (0xA001 if _value & 1 else 0)
    _CRC_TABLE.append(_value)


def crc(data: bytes) -> bytes:
    """Return the CRC-16 of a frame in the order of the wire."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Frame:
    """One sound frame. `data` follows the function code; `transaction` is 0 on a serial line.

    `is_request` is told by the length: on a serial line nothing else tells a question from its answer.
    """

    unit: int
    function: int
    data: bytes
    raw: bytes
    is_request: bool
    transaction: int = 0

    @property
    def is_error(self) -> bool:
        """Whether the device refuses."""
        return bool(self.function & ERROR_BIT)

    @property
    def data_offset(self) -> int:
        """Where in the frame `data` begins; it tells a TCP frame from one of a serial line."""
        return 8 if len(self.raw) == len(self.data) + 8 else 2

    @property
    def content(self) -> bytes:
        """The registers or bits of an answer to a read."""
        return self.data[1:]


def _answer_size(function: int, data: bytes) -> int | None:
    """Return the size of an answer's function and data, None while it can't be known; `data` follows the function."""
    if function & ERROR_BIT:
        return 2
    if function in _READS:
        return 2 + data[0] if data else None
    return 5


def _is_torn(function: int, data: bytes) -> bool:
    """Whether an answer would hold half a register; a question for registers from 0x0100 on can look like one."""
    return function in (READ_HOLDING, READ_INPUT) and bool(data) and data[0] % 2 == 1


def _request_size(function: int, data: bytes) -> int | None:
    """Return the size of a request's function and data, None while it can't be known."""
    if function in _WRITES_MANY:
        return 6 + data[4] if len(data) > 4 else None
    return 5


def _is_function(code: int) -> bool:
    return code in _KNOWN or (code & 0x7F) in _KNOWN


class RtuGrammar:
    """Recognises the frames of a serial line."""

    idle: frozenset[int] = frozenset()

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
        """See `framing.Grammar.look`. Answers go before requests: a master hears more of them."""
        if data[0] > HIGHEST_UNIT or (len(data) > 1 and not _is_function(data[1])):
            return FrameVerdict.NOTHING
        if len(data) < 2:
            return Wrong(Code.TRUNCATED, 1, 1, "one byte came") if final else FrameVerdict.MORE
        function, rest = data[1], data[2:]
        sizes = [_answer_size(function, rest)]
        if not function & ERROR_BIT:
            sizes.append(_request_size(function, rest))
        for size, is_request in zip(sizes, (False, True), strict=False):
            if size is not None and len(data) >= size + 3:
                raw = data[: size + 3]
                if crc(raw[:-2]) == raw[-2:] and (is_request or not _is_torn(function, rest)):
                    return Whole(Frame(raw[0], function, raw[2:-2], raw, is_request), len(raw))
        if any(size is None or len(data) < size + 3 for size in sizes) and not final:
            return FrameVerdict.MORE
        return _wrong(data, sizes[0])


def _wrong(data: bytes, size: int | None) -> Wrong:
    """Say what is wrong with something that could have been an answer of `size` bytes and its unit and CRC."""
    if size is None or len(data) < size + 3:
        return Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} bytes came of more")
    counted = crc(data[: size + 1]).hex().upper()
    said = data[size + 1 : size + 3].hex().upper()
    return Wrong(Code.CHECKSUM, size + 1, size + 3, f"CRC {said}, counted {counted}", sure=True)


class TcpGrammar:
    """Recognises the frames of a TCP connection; `from_master` says which side is heard.

    From a device only answers are expected; a question among them is told as one, for people who look at both sides.
    """

    idle: frozenset[int] = frozenset()

    def __init__(self, *, from_master: bool = False) -> None:
        self._from_master = from_master

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
        """See `framing.Grammar.look`."""
        if any(data[2:4]) or (len(data) > 4 and data[4]) or (len(data) > 7 and not _is_function(data[7])):
            return FrameVerdict.NOTHING
        if len(data) < 8:
            return (
                Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} bytes came") if final else FrameVerdict.MORE
            )
        length = data[5]
        if length < 3:
            return Wrong(Code.LENGTH, 4, 8, f"length {length} has no room for unit and function")
        size = 6 + length
        if len(data) < size:
            detail = f"{len(data)} of {size} bytes came"
            return Wrong(Code.TRUNCATED, len(data), len(data), detail) if final else FrameVerdict.MORE
        raw = data[:size]
        is_request = self._from_master
        wanted = (_request_size if is_request else _answer_size)(raw[7], raw[8:])
        is_no_answer = wanted != length - 1 or _is_torn(raw[7], raw[8:])
        if is_no_answer and not is_request and not raw[7] & ERROR_BIT:
            is_request = True
            wanted = _request_size(raw[7], raw[8:])
        if wanted != length - 1:
            return Wrong(Code.LENGTH, 4, size, f"length {length} does not fit function {raw[7]:02X}", sure=True)
        transaction = int.from_bytes(raw[:2], "big")
        return Whole(Frame(raw[6], raw[7], raw[8:], raw, is_request, transaction), size)


def rtu_framer() -> Framer[Frame]:
    """Return a fresh framer for a serial line."""
    return Framer(RtuGrammar())


def tcp_framer(*, from_master: bool = False) -> Framer[Frame]:
    """Return a fresh framer for one direction of a TCP connection."""
    return Framer(TcpGrammar(from_master=from_master))


def encode_rtu(unit: int, function: int, data: bytes) -> bytes:
    """Return one frame for a serial line."""
    body = bytes([unit, function]) + data
    return body + crc(body)


def encode_tcp(transaction: int, unit: int, function: int, data: bytes) -> bytes:
    """Return one frame for a TCP connection."""
    header = (transaction & 0xFFFF).to_bytes(2, "big") + b"\x00\x00" + (len(data) + 2).to_bytes(2, "big")
    return header + bytes([unit, function]) + data


def read_data(start: int, count: int) -> bytes:
    """Return what follows the function code of a question for `count` registers or bits from `start` on."""
    return start.to_bytes(2, "big") + count.to_bytes(2, "big")


def answer_data(content: bytes) -> bytes:
    """Return what follows the function code of an answer with these registers or bits."""
    return bytes([len(content)]) + content


def error_text(data: bytes) -> str:
    """Return what the exception code of a refusal says."""
    code = data[0] if data else 0
    return ERRORS.get(code, f"exception {code}")
