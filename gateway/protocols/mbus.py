"""M-Bus link layer (EN 13757-2): frames of the wire, questions of the master, answers of the meter.

E5 is an acknowledgement; 10 C A sum 16 a short frame; 68 L L 68 C A CI data sum 16 a long one. The sum is that of
everything from C to the end of the data, modulo 256. What the data means is `mbus_data`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.protocols.framing import Code, Framer, FrameVerdict, Whole, Wrong

ACK = b"\xe5"
SHORT = 0x10
LONG = 0x68
END = 0x16

SND_NKE = 0x40
SND_UD = 0x53
REQ_UD2 = 0x5B
REQ_UD1 = 0x5A
FCB = 0x20
"""Frame count bit: turned over for the next telegram, kept to have the last one again."""
RSP_UD = 0x08
_ANSWERS = frozenset({0x00, 0x08, 0x18, 0x28, 0x38})
_QUESTIONS = frozenset({0x40, 0x44, 0x53, 0x73, 0x5A, 0x7A, 0x5B, 0x7B, 0x49})

SECONDARY = 0xFD
"""The primary address under which the selected meter answers."""
BROADCAST = 0xFE
HIGHEST_PRIMARY = 250

CI_SELECT = 0x52
CI_RESET = 0x50
CI_ERROR = 0x70
CI_LONG_HEADER = 0x72
CI_LONG_HEADER_HIGH_FIRST = 0x76
CI_FIXED = 0x73
CI_SHORT_HEADER = 0x7A
CI_NO_HEADER = 0x78


@dataclass(frozen=True, slots=True)
class Frame:
    """One sound frame. An acknowledgement has control and address None; a short frame has `ci` None and no data."""

    control: int | None
    address: int | None
    ci: int | None
    data: bytes
    raw: bytes

    @property
    def is_ack(self) -> bool:
        """Whether it is the single byte E5."""
        return self.control is None

    @property
    def is_answer(self) -> bool:
        """Whether a meter said it."""
        return self.control is None or not self.control & 0x40


class FrameGrammar:
    """Recognises the frames of EN 13757-2."""

    idle: frozenset[int] = frozenset()

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
        """See `framing.Grammar.look`. An E5 counts only where nothing unexplained stands before it."""
        if data[0] == ACK[0]:
            return Whole(Frame(None, None, None, b"", ACK), 1) if first else FrameVerdict.NOTHING
        if data[0] == SHORT:
            return _look_short(data, final=final)
        if data[0] == LONG:
            return _look_long(data, final=final)
        return FrameVerdict.NOTHING


def _look_short(data: bytes, *, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
    if len(data) > 1 and data[1] not in _QUESTIONS:
        return FrameVerdict.NOTHING
    if len(data) < 5:
        return (
            Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} of 5 bytes came") if final else FrameVerdict.MORE
        )
    if data[4] != END:
        return Wrong(Code.END, 4, 5, f"end byte {data[4]:02X}, not 16")
    total = (data[1] + data[2]) & 0xFF
    if data[3] != total:
        return Wrong(Code.CHECKSUM, 3, 5, f"sum byte {data[3]:02X}, counted {total:02X}", sure=True)
    return Whole(Frame(data[1], data[2], None, b"", data[:5]), 5)


def _look_long(data: bytes, *, final: bool) -> Whole[Frame] | Wrong | FrameVerdict:
    if len(data) > 3 and data[3] != LONG:
        return FrameVerdict.NOTHING
    if len(data) < 4:
        return (
            Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} bytes of a header")
            if final
            else FrameVerdict.MORE
        )
    length = data[1]
    if length != data[2]:
        return Wrong(Code.LENGTH, 1, 4, f"the two length bytes {length:02X} and {data[2]:02X} differ")
    if length < 3:
        return Wrong(Code.LENGTH, 1, 4, f"length {length} has no room for control, address and CI")
    size = length + 6
    if len(data) < size:
        return _cut_short(data, size) if final else FrameVerdict.MORE
    return _judge(data[:size])


def _cut_short(data: bytes, size: int) -> Wrong:
    """Tell a frame whose rest is missing from one that is whole but has wrong length bytes."""
    if len(data) >= 9 and data[-1] == END and sum(data[4:-2]) & 0xFF == data[-2]:
        return Wrong(Code.LENGTH, 1, len(data), f"length {data[1]}, but the frame ends after {len(data) - 6}")
    return Wrong(Code.TRUNCATED, len(data), len(data), f"{len(data)} of {size} bytes came")


def _judge(raw: bytes) -> Whole[Frame] | Wrong:
    size = len(raw)
    total = sum(raw[4:-2]) & 0xFF
    if raw[-1] != END:
        if raw[-2] == total:
            return Wrong(Code.END, size - 1, size, f"end byte {raw[-1]:02X}, not 16", sure=True)
        return Wrong(Code.LENGTH, 1, size, f"no end byte where length {raw[1]} puts it")
    if raw[-2] != total:
        return Wrong(Code.CHECKSUM, size - 2, size, f"sum byte {raw[-2]:02X}, counted {total:02X}", sure=True)
    if raw[4] not in _ANSWERS | _QUESTIONS:
        return Wrong(Code.CONTROL, 4, size, f"control {raw[4]:02X} is not one of M-Bus", sure=True)
    return Whole(Frame(raw[4], raw[5], raw[6], raw[7:-2], raw), size)


def framer() -> Framer[Frame]:
    """Return a fresh framer for one line."""
    return Framer(FrameGrammar())


def encode_short(control: int, address: int) -> bytes:
    """Return a short frame."""
    return bytes([SHORT, control, address, (control + address) & 0xFF, END])


def encode_long(control: int, address: int, ci: int, data: bytes = b"") -> bytes:
    """Return a long frame. Raises `ValueError` for more data than a frame can hold."""
    length = len(data) + 3
    if length > 0xFF:
        raise ValueError(f"{len(data)} bytes of data have no room in a frame; 252 have")
    body = bytes([control, address, ci]) + data
    return bytes([LONG, length, length, LONG]) + body + bytes([sum(body) & 0xFF, END])


def reset_request(address: int) -> bytes:
    """SND_NKE: begin anew; the meter acknowledges, and the next question has the frame count bit set."""
    return encode_short(SND_NKE, address)


def data_request(address: int, number: int) -> bytes:
    """REQ_UD2 for telegram `number` (0, 1, …) since the reset; asking again with the same number repeats it."""
    return encode_short(REQ_UD2 | (0 if number % 2 else FCB), address)


def select_request(mask: bytes) -> bytes:
    """Select the meter that fits `mask`: identification (4 bytes BCD, F for any), manufacturer 2, version, medium."""
    return encode_long(SND_UD, SECONDARY, CI_SELECT, mask)


def answer(address: int, ci: int, data: bytes) -> bytes:
    """RSP_UD of a meter."""
    return encode_long(RSP_UD, address, ci, data)


def secondary_mask(text: str) -> bytes:
    """Return the selection mask for a secondary address as printed: 8 digits, and maybe 8 more hex digits.

    The second half is manufacturer (low byte first), version and medium as they stand on the wire. F is a wildcard.
    Raises `ValueError` for anything else.
    """
    full = text.upper() if len(text) == 16 else text.upper() + "F" * 8
    if len(full) != 16 or any(digit not in "0123456789F" for digit in full[:8]):
        raise ValueError(f"secondary address {text!r} needs 8 digits, or 16 with manufacturer, version and medium")
    return bytes.fromhex(full[:8])[::-1] + bytes.fromhex(full[8:])


def mask_fits(mask: bytes, own: bytes) -> bool:
    """Whether the meter with the 8 address bytes `own` is meant by `mask`."""
    asked, said = mask[:4].hex(), own[:4].hex()
    digits = all(wanted in ("f", mine) for wanted, mine in zip(asked, said, strict=True))
    maker = mask[4:6] == b"\xff\xff" or mask[4:6] == own[4:6]
    return digits and maker and all(mask[n] in (0xFF, own[n]) for n in (6, 7))
