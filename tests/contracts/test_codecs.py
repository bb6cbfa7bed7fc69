"""The battery that every codec of the registry must pass, and the broken codecs that must not pass it."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers import registry
from gateway.drivers.contract import Driver
from gateway.drivers.document import Document
from gateway.protocols import cjt188, dlt645, modbus
from gateway.protocols.framing import Code, Diagnostic, Framer, FrameVerdict, Whole, Wrong

FRAMES = Path(__file__).resolve().parent.parent / "frames"
AT = datetime(2026, 11, 23, tzinfo=UTC)
NOISE = (b"\x00", b"\xff\x00\x55", b"\x68", b"\x68\x68\x10", b"\x16\x16", bytes(range(1, 60)))

MakeFramer = Callable[[], Framer[Any]]


@dataclass(frozen=True)
class Codec:
    """One polled protocol of the registry, with the good frames of its drawer."""

    protocol: str
    driver: Driver
    document: Document
    frames: tuple[bytes, ...]


def _good_frames(protocol: str) -> tuple[bytes, ...]:
    table = tomllib.loads((FRAMES / "good" / f"{protocol}.toml").read_text(encoding="utf-8"))
    assert table["protocol"] == protocol
    frames = tuple(bytes.fromhex(row["hex"]).lstrip(b"\xfe") for row in table["frames"])
    return tuple(frame for frame in frames if len(frame) > 1)  # a single byte can't be torn, nor told from noise


def _codecs() -> list[Codec]:
    papers = registry.load_documents()
    return [
        Codec(
            row.protocol,
            row.driver,
            next(paper for paper in papers.values() if paper.protocol == row.protocol),
            _good_frames(row.protocol),
        )
        for row in registry.ROWS
        if row.driver is not None
    ]


CODECS = _codecs()


def read(framer: Framer[Any], *pieces: bytes) -> list[Any]:
    """Feed the pieces, let the line fall silent, and return everything that came out."""
    events: list[Any] = []
    for piece in pieces:
        events += framer.feed(piece)
    return events + framer.quiet()


def raws(events: list[Any]) -> list[bytes]:
    """Return the bytes of the frames among the events."""
    return [event.raw for event in events if not isinstance(event, Diagnostic)]


def check_whole(make: MakeFramer, frame: bytes) -> None:
    assert raws(make().feed(frame)) == [frame], "a whole frame must come out at once"
    assert not make().quiet()


def check_bytewise(make: MakeFramer, frame: bytes) -> None:
    assert read(make(), *(frame[n : n + 1] for n in range(len(frame)))) == read(make(), frame)


def check_glued(make: MakeFramer, frame: bytes) -> None:
    assert raws(read(make(), frame * 3)) == [frame] * 3
    assert raws(read(make(), frame, b"\xfe\xfe" if 0xFE in _idle(make) else b"", frame)) == [frame] * 2


def check_torn(make: MakeFramer, frame: bytes) -> None:
    for cut in range(1, len(frame)):
        framer = make()
        assert raws(framer.feed(frame[:cut])) == []
        assert raws(framer.feed(frame[cut:])) == [frame]
        torn = make()
        events = read(torn, frame[:cut])
        assert raws(events) == [], f"the first {cut} bytes are no frame"
        assert b"".join(event.raw for event in events) == frame[:cut], "a torn frame must be told"
        assert raws(read(torn, frame)) == [frame], "the next frame after a torn one must be read"
        assert frame in raws(read(make(), frame[:cut] + frame)), "also without a silence between them"


def check_noise(make: MakeFramer, frame: bytes) -> None:
    for noise in NOISE:
        assert raws(read(make(), noise + frame)) == [frame], f"after {noise.hex()}"
        assert raws(read(make(), frame + noise)) == [frame], f"before {noise.hex()}"
        told = read(make(), noise + frame + noise)
        assert sum(len(event.raw) for event in told) == len(frame) + 2 * len(noise), "every byte must be told"


def check_each_bit(make: MakeFramer, frame: bytes) -> None:
    for bit in range(len(frame) * 8):
        broken = bytearray(frame)
        broken[bit // 8] ^= 1 << bit % 8
        events = read(make(), bytes(broken))
        assert raws(events) == [], f"bit {bit} flipped, and still a frame"
        assert events, f"bit {bit} flipped, and nobody was told"
        assert frame in raws(read(make(), bytes(broken), frame)), f"bit {bit} flipped: the next frame was lost"


def check_random(make: MakeFramer, frame: bytes) -> None:
    chance = random.Random(frame)
    for _ in range(60):
        framer = make()
        data = _garbage(chance, frame)
        pieces = [data[n : n + 7] for n in range(0, len(data), 7)]
        events: list[Any] = []
        for piece in pieces:
            events += framer.feed(piece)
            assert len(framer._buffer) < 2000, "the buffer must be bounded"
        events += framer.quiet()
        told = b"".join(event.raw for event in events)
        idle = _idle(make)
        assert [b for b in told if b not in idle] == [b for b in data if b not in idle], "bytes were lost or made up"
        for event in events:
            if isinstance(event, Diagnostic):
                assert isinstance(event.code, Code)
                assert 0 <= event.offset <= len(data)


def _garbage(chance: random.Random, frame: bytes) -> bytes:
    """Return random bytes with pieces of a real frame in them."""
    parts = []
    for _ in range(chance.randrange(1, 30)):
        if chance.random() < 0.5:
            start = chance.randrange(len(frame))
            parts.append(frame[start : chance.randrange(start, len(frame)) + 1])
        else:
            parts.append(chance.randbytes(chance.randrange(1, 40)))
    return b"".join(parts)


def _idle(make: MakeFramer) -> frozenset[int]:
    return make()._grammar.idle


NO_SUM = frozenset({"modbus-tcp"})
"""Protocols that leave it to TCP that bytes come whole and unchanged: nothing torn, no noise, no bit to flip."""

BATTERY = (check_whole, check_bytewise, check_glued, check_torn, check_noise, check_each_bit, check_random)


@pytest.mark.parametrize("check", BATTERY, ids=lambda check: check.__name__)
@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.protocol)
def test_every_codec_passes_the_battery(codec: Codec, check: Callable[[MakeFramer, bytes], None]) -> None:
    assert codec.frames
    if codec.protocol in NO_SUM and check in (check_torn, check_noise, check_each_bit):
        check = check_random
    for frame in codec.frames:
        check(codec.driver.framer, frame)


SUMMED = [codec for codec in CODECS if codec.protocol not in NO_SUM]


@pytest.mark.parametrize("codec", SUMMED, ids=lambda codec: codec.protocol)
def test_no_flipped_bit_gives_a_reading(codec: Codec) -> None:
    flipped = 0
    for frame in codec.frames:
        for bit in range(len(frame) * 8):
            broken = bytearray(frame)
            broken[bit // 8] ^= 1 << bit % 8
            for event in read(codec.driver.framer(), bytes(broken)):
                if not isinstance(event, Diagnostic):
                    assert codec.driver.overheard(codec.document, event, AT).answer.readings == ()
            flipped += 1
    assert flipped > 300


def _mend_sum(raw: bytearray) -> None:
    raw[-2] = sum(raw[:-2]) & 0xFF


def _mend_mbus(raw: bytearray) -> None:
    raw[-2] = sum(raw[4 if raw[0] == 0x68 else 1 : -2]) & 0xFF


def _mend_crc(raw: bytearray) -> None:
    raw[-2:] = modbus.crc(bytes(raw[:-2]))


MEND: dict[str, Callable[[bytearray], None]] = {
    "dlt645-1997": _mend_sum,
    "dlt645-2007": _mend_sum,
    "cjt188-2004": _mend_sum,
    "cjt188-2018": _mend_sum,
    "mbus": _mend_mbus,
    "modbus-rtu": _mend_crc,
    "modbus-tcp": lambda raw: None,
}
"""How each protocol's check sum is put right, so that broken content reaches its driver."""


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.protocol)
def test_no_frame_with_a_true_sum_and_random_content_makes_a_driver_raise(codec: Codec) -> None:
    chance = random.Random(codec.protocol)
    sound = 0
    for _ in range(3000):
        raw = bytearray(chance.choice(codec.frames))
        for _ in range(chance.randrange(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        MEND[codec.protocol](raw)
        for event in read(codec.driver.framer(), bytes(raw)):
            if not isinstance(event, Diagnostic):
                sound += 1
                said = codec.driver.overheard(codec.document, event, AT)
                assert said.note
                assert all(reading.value is not None for reading in said.answer.readings)
    assert sound > 500


class _NoSum(dlt645.FrameGrammar):
    """Broken: believes every sum."""

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[dlt645.Frame] | Wrong | FrameVerdict:
        seen = super().look(data, first=first, final=final)
        if isinstance(seen, Wrong) and seen.code is Code.CHECKSUM:
            return Whole(dlt645.Frame("000000000001", 0x91, b"", data[: seen.length]), seen.length)
        return seen


class _NoPatience(dlt645.FrameGrammar):
    """Broken: takes every frame that is not there at once for noise."""

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[dlt645.Frame] | Wrong | FrameVerdict:
        seen = super().look(data, first=first, final=final)
        return FrameVerdict.NOTHING if seen is FrameVerdict.MORE else seen


class _Raises(cjt188.FrameGrammar):
    """Broken: raises on a bad frame."""

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[cjt188.Frame] | Wrong | FrameVerdict:
        seen = super().look(data, first=first, final=final)
        if isinstance(seen, Wrong):
            raise ValueError(seen.detail)  # noqa: TRY004 any exception will do
        return seen


class _Swallows(cjt188.FrameGrammar):
    """Broken: cuts a frame one byte too long."""

    def look(self, data: bytes, *, first: bool, final: bool) -> Whole[cjt188.Frame] | Wrong | FrameVerdict:
        seen = super().look(data, first=first, final=final)
        return Whole(seen.frame, seen.length + 1) if isinstance(seen, Whole) else seen


class _Waits(Framer[Any]):
    """Broken: does not know silence, so a false start swallows what follows."""

    def quiet(self) -> list[Any]:
        return []


CANARIES: dict[str, tuple[MakeFramer, str]] = {
    "believes every sum": (lambda: Framer(_NoSum()), "dlt645-2007"),
    "has no patience": (lambda: Framer(_NoPatience()), "dlt645-2007"),
    "raises": (lambda: Framer(_Raises()), "cjt188-2004"),
    "swallows a byte": (lambda: Framer(_Swallows()), "cjt188-2004"),
    "does not know silence": (lambda: _Waits(cjt188.FrameGrammar()), "cjt188-2004"),
}


@pytest.mark.parametrize("canary", CANARIES)
def test_the_battery_catches_a_codec_that(canary: str) -> None:
    make, protocol = CANARIES[canary]
    frame = _good_frames(protocol)[0]
    caught = []
    for check in BATTERY:
        try:
            check(make, frame)
        except (AssertionError, ValueError):
            caught.append(check.__name__)
    assert caught
