"""Framing: cuts a stream of line bytes into frames, and says what was wrong with everything that was not one.

A grammar knows what one frame of its protocol looks like; the framer knows how to look for it in a dirty stream: noise
before and after, frames glued or torn, a false start byte in front of a good frame. It must not know any protocol,
and never raises whatever the bytes are: every byte ends up in a frame, in a diagnostic, or was a wake-up byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, Protocol, TypeVar

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)


class Code(StrEnum):
    """Stable codes of everything that can be wrong with bytes from a line."""

    NOISE = "noise"
    """Bytes that belong to no frame."""
    TRUNCATED = "truncated"
    """A frame began and the line fell silent before its end."""
    LENGTH = "length"
    """The length byte can't be true."""
    END = "end"
    """The sum is right but the end byte is not."""
    CHECKSUM = "checksum"
    ADDRESS = "address"
    """The address is not one that a meter can have."""
    CONTROL = "control"
    """A control code that the protocol does not know, or not with this data."""
    DATA = "data"
    """A sound frame whose content can't be read: not decimal, a date that does not exist, a missing part."""
    UNSUPPORTED = "unsupported"
    """A sound frame that says something this decoder does not understand."""
    FROZEN = "frozen"
    """A sound answer that was said before: register and the meter's own clock both stand still."""
    REFUSED = "refused"
    """The meter answered that it will not or can't answer."""
    ECHO = "echo"
    """A request, not an answer: our own words coming back, or another master."""
    OTHER_DEVICE = "other_device"
    """An answer of another meter than the one that was asked."""
    OTHER_DATA = "other_data"
    """An answer to another question than the one that was asked."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What was wrong with some bytes. `offset` counts from the first byte ever fed and points at the offending byte."""

    code: Code
    offset: int
    raw: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class Whole(Generic[F_co]):
    """A good frame of `length` bytes begins here."""

    frame: F_co
    length: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that began like a frame is not one. `offset` and `length` count from its start byte.

    `sure` says that it has the whole shape of a frame (start, length, end) and only its content is broken.
    """

    code: Code
    offset: int
    length: int
    detail: str
    sure: bool = False


class FrameVerdict(Enum):
    """The two answers of a grammar that need no detail."""

    MORE = "more"
    """It may become a frame: wait for more bytes."""
    NOTHING = "nothing"
    """No frame begins at this byte."""


class Grammar(Protocol[F_co]):
    """What one frame of a protocol looks like."""

    @property
    def idle(self) -> frozenset[int]:
        """Bytes that may stand between frames and mean nothing (wake-up bytes)."""

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[F_co] | Wrong | FrameVerdict:
        """Say what begins at `data[0]`.

        With `first` nothing unexplained stands before it. With `final` nothing will follow, and the answer must not
        be `MORE`.
        """


LONGEST = 512
"""No frame of any protocol here is longer; a grammar never sees more at once."""
NOISE_LIMIT = 512
"""Noise is reported at the latest when this many bytes of it have come."""


class Framer(Generic[F]):
    """Turns bytes, in whatever pieces they come, into frames and diagnostics in the order of the line.

    Holds at most one unfinished frame and `NOISE_LIMIT` bytes of noise.
    """

    def __init__(self, grammar: Grammar[F]) -> None:
        self._grammar = grammar
        self._buffer = bytearray()
        self._base = 0  # how many bytes left the buffer: its first byte's offset in the stream
        self._position = 0  # where the next look begins; everything before it is junk
        self._troubles: list[tuple[int, int, Wrong]] = []  # start and end in the buffer

    def feed(self, data: bytes) -> list[F | Diagnostic]:
        """Take bytes as they come and return what they completed."""
        self._buffer += data
        return self._drain(final=False)

    def quiet(self) -> list[F | Diagnostic]:
        """Tell the framer that the line has been silent for longer than a frame may pause; nothing stays buffered."""
        return self._drain(final=True)

    def _drain(self, *, final: bool) -> list[F | Diagnostic]:
        events: list[F | Diagnostic] = []
        while self._position < len(self._buffer):
            data = bytes(self._buffer[self._position : self._position + LONGEST])
            look = self._grammar.look(data, first=self._position == 0, final=final)
            if look is FrameVerdict.MORE:
                break
            if isinstance(look, Whole):
                look = self._unless_torn(look)
            if isinstance(look, Whole):
                self._flush(self._position, events)
                events.append(look.frame)
                self._drop(look.length)
                continue
            if isinstance(look, Wrong):
                self._note(look)
            self._position += 1
        done = self._position >= len(self._buffer)
        if final or (done and self._troubles) or self._position > NOISE_LIMIT:
            self._flush(self._position, events)
        return events

    def _unless_torn(self, whole: Whole[F]) -> Whole[F] | Wrong:
        """Doubt a frame inside which another begins that ends behind it.

        A one-byte sum fits by chance once in 256 times: then a torn frame and the beginning of the next look like one.
        """
        end = self._position + whole.length
        if end >= len(self._buffer):
            return whole
        for start in range(self._position + 1, end):
            data = bytes(self._buffer[start : start + LONGEST])
            inner = self._grammar.look(data, first=False, final=False)
            if isinstance(inner, Whole) and start + inner.length > end:
                size = start - self._position
                return Wrong(Code.TRUNCATED, size, size, f"another frame begins after {size} bytes", sure=True)
        return whole

    def _note(self, wrong: Wrong) -> None:
        """Remember a broken candidate; inside another one only a surer one counts."""
        start = self._position
        if self._troubles:
            first, end, before = self._troubles[-1]
            if start < end:
                if before.sure or not wrong.sure:
                    return
                self._troubles[-1] = (first, start, before)
        self._troubles.append((start, start + wrong.length, wrong))

    def _flush(self, upto: int, events: list[F | Diagnostic]) -> None:
        """Report the junk before `upto` and let go of it."""
        reached = 0
        for start, end, wrong in self._troubles:
            self._report_noise(reached, start, events)
            reached = min(end, upto)
            offset = self._base + start + wrong.offset
            events.append(Diagnostic(wrong.code, offset, bytes(self._buffer[start:reached]), wrong.detail))
        self._report_noise(reached, upto, events)
        self._drop(upto)

    def _report_noise(self, start: int, end: int, events: list[F | Diagnostic]) -> None:
        idle = self._grammar.idle
        while start < end and self._buffer[start] in idle:
            start += 1
        while end > start and self._buffer[end - 1] in idle:
            end -= 1
        if start < end:
            raw = bytes(self._buffer[start:end])
            events.append(Diagnostic(Code.NOISE, self._base + start, raw, f"{len(raw)} bytes that belong to no frame"))

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._base += count
        self._position = 0
        self._troubles.clear()
