"""Coverage-guided fuzzing of every codec and of the JSON reader: a bounded run as a test, a long one from the shell.

    python tests/fuzz/test_fuzz_codecs.py --seconds 600 [--only mbus] [--seed 1]

What reaches a new pair of lines is kept and changed further. Whatever the bytes are: nothing raises, no byte is lost or
made up, and no reading comes from a frame whose check sum, counted here once more, is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tomllib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gateway.drivers import mqtt_json, registry
from gateway.drivers.contract import Device, Request
from gateway.drivers.document import Document
from gateway.protocols.framing import Diagnostic

ROOT = Path(__file__).resolve().parents[2]
WATCHED = (str(ROOT / "gateway" / "protocols"), str(ROOT / "gateway" / "drivers"))
AT = datetime(2026, 11, 23, tzinfo=UTC)
LONGEST = 600
INTERESTING = (0x00, 0x10, 0x16, 0x2F, 0x68, 0x72, 0x7F, 0x80, 0xAA, 0xE5, 0xFE, 0xFF)

Target = Callable[[bytes], None]
Mend = Callable[[bytearray], None]


@dataclass
class Fuzzer:
    """One guided run: `corpus` are the inputs that reached something new, `reached` the pairs of lines seen so far."""

    target: Target
    corpus: list[bytes]
    chance: random.Random
    mend: Mend | None = None
    watched: tuple[str, ...] = WATCHED
    reached: set[tuple[str, int, int]] = field(default_factory=set)
    tried: int = 0

    def run(self, *, times: int | None = None, seconds: float | None = None) -> None:
        """Try the corpus, then changed inputs, so often or for so long. Raises what the target raises."""
        for known in list(self.corpus):
            self._try(known)
        until = None if seconds is None else time.monotonic() + seconds
        while (times is None or self.tried < times) and (until is None or time.monotonic() < until):
            data = self._changed(self.chance.choice(self.corpus))
            if self._try(data):
                self.corpus.append(data)

    def _try(self, data: bytes) -> bool:
        """Run the target on `data` and tell whether it reached something new."""
        self.tried += 1
        before = len(self.reached)
        last: dict[int, int] = {}

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            if not frame.f_code.co_filename.startswith(self.watched):
                return None
            if event == "line":
                self.reached.add((frame.f_code.co_filename, last.get(id(frame), 0), frame.f_lineno))
                last[id(frame)] = frame.f_lineno
            return trace

        outer = sys.gettrace()
        sys.settrace(trace)
        try:
            self.target(data)
        except Exception as error:
            sys.settrace(outer)
            raise AssertionError(f"input {data.hex(' ')}: {error!r}") from error
        finally:
            sys.settrace(outer)
        return len(self.reached) > before

    def _changed(self, data: bytes) -> bytes:
        raw = bytearray(data)
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            self._change(raw)
        if self.mend and len(raw) > 4 and self.chance.random() < 0.7:
            self.mend(raw)
        return bytes(raw[:LONGEST])

    def _change(self, raw: bytearray) -> None:
        where = self.chance.randrange(len(raw) + 1)
        what = self.chance.randrange(6)
        if what == 0 and where < len(raw):
            raw[where] ^= 1 << self.chance.randrange(8)
        elif what == 1 and where < len(raw):
            raw[where] = self.chance.choice((*INTERESTING, self.chance.randrange(256)))
        elif what == 2:
            del raw[where : where + self.chance.randrange(1, 5)]
        elif what == 3:
            raw[where:where] = bytes(self.chance.choice(INTERESTING) for _ in range(self.chance.randrange(1, 4)))
        elif what == 4:
            raw[where:where] = raw[where : where + self.chance.randrange(1, 20)]
        else:
            other = self.chance.choice(self.corpus)
            start = self.chance.randrange(len(other) + 1)
            raw[where:] = other[start:]


def _sum_is_true(protocol: str, raw: bytes) -> bool:
    """Count a frame's check sum once more, without the code under test."""
    if protocol == "modbus-tcp" or raw == b"\xe5":
        return True
    if protocol == "modbus-rtu":
        value = 0xFFFF
        for byte in raw[:-2]:
            value ^= byte
            for _ in range(8):
                value = value >> 1 ^ (0xA001 if value & 1 else 0)
        return raw[-2:] == bytes([value & 0xFF, value >> 8])
    start = (4 if raw[0] == 0x68 else 1) if protocol == "mbus" else 0
    return raw[-1] == 0x16 and raw[-2] == sum(raw[start:-2]) % 256


def _mend(protocol: str) -> Mend | None:
    def put_sum(raw: bytearray) -> None:
        start = (4 if raw[0] == 0x68 else 1) if protocol == "mbus" else 0
        if protocol == "mbus" and raw[0] == 0x68 and 9 <= len(raw) <= 261:
            raw[1] = raw[2] = len(raw) - 6
        raw[-1] = 0x16
        raw[-2] = sum(raw[start:-2]) % 256

    def put_crc(raw: bytearray) -> None:
        value = 0xFFFF
        for byte in raw[:-2]:
            value ^= byte
            for _ in range(8):
                value = value >> 1 ^ (0xA001 if value & 1 else 0)
        raw[-2:] = bytes([value & 0xFF, value >> 8])

    return {"modbus-rtu": put_crc, "modbus-tcp": None}.get(protocol, put_sum)


def codec_target(papers: list[Document]) -> Target:
    """Return what is run on each input of one protocol: framing in pieces, then reading by every document."""
    driver = registry.driver_for(papers[0])
    protocol = papers[0].protocol

    def target(data: bytes) -> None:
        chance = random.Random(zlib.crc32(data))
        framer = driver.framer()
        idle = framer._grammar.idle
        events: list[Any] = []
        reached = 0
        while reached < len(data):
            step = chance.randrange(1, 40)
            events += framer.feed(data[reached : reached + step])
            reached += step
        events += framer.quiet()
        told = b"".join(event.raw for event in events)
        assert bytes(b for b in told if b not in idle) == bytes(b for b in data if b not in idle), "bytes lost"
        for event in events:
            if not isinstance(event, Diagnostic):
                assert _sum_is_true(protocol, event.raw), "a frame with a wrong sum"
                _read(papers, event)

    def _read(papers: list[Document], frame: Any) -> None:
        for paper in papers:
            said = driver.overheard(paper, frame, AT)
            assert said.note
            recorded = next(one for one in paper.frames if one.address)
            device = Device("d", paper, recorded.address)
            meaning = driver.interpret(device, Request(b"", recorded.asked), frame, AT)
            readings = [*said.answer.readings, *getattr(meaning, "readings", ())]
            assert all(reading.value is not None and reading.value.is_finite() for reading in readings)

    return target


def json_target(paper: Document) -> Target:
    """Return what is run on each payload of one MQTT document."""
    device = Device("d", paper, next((frame.address for frame in paper.frames if frame.address), ""))

    def target(data: bytes) -> None:
        answer = mqtt_json.interpret(device, "", data, AT)
        assert all(reading.value is not None and reading.value.is_finite() for reading in answer.readings)
        assert answer.readings or answer.troubles

    return target


def fuzzers(seed: int, only: str = "") -> Iterable[tuple[str, Fuzzer]]:
    """Yield a fuzzer for each polled protocol, and one for each document of devices that publish."""
    papers = registry.load_documents()
    for row in registry.ROWS:
        mine = [paper for paper in papers.values() if paper.protocol == row.protocol]
        if row.driver is None:
            for paper in mine:
                seeds = [frame.payload.encode() for frame in paper.frames]
                yield paper.name, Fuzzer(json_target(paper), seeds, random.Random(seed))
        elif not only or only == row.protocol:
            drawer = tomllib.loads((ROOT / "tests" / "frames" / "good" / f"{row.protocol}.toml").read_text("utf-8"))
            seeds = [bytes.fromhex(frame["hex"]) for frame in drawer["frames"]]
            seeds += [bytes.fromhex(frame.hex) for paper in mine for frame in paper.frames]
            yield row.protocol, Fuzzer(codec_target(mine), seeds, random.Random(seed), _mend(row.protocol))


TIMES = 800
NAMES = [name for name, _ in fuzzers(0)]


@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_break_a_codec_lose_a_byte_or_make_a_reading_of_a_broken_frame(name: str) -> None:
    fuzzer = next(one for found, one in fuzzers(20261123) if found == name)
    seeds = len(fuzzer.corpus)
    fuzzer.run(times=TIMES)
    assert fuzzer.tried >= TIMES
    assert len(fuzzer.corpus) > seeds, "the run found nothing new: it is not guided"


def _locked(data: bytes) -> None:
    """A fault behind four bytes in a row: 1 in 4,000,000,000 blind tries would find it."""
    if len(data) > 3 and data[0] == 0x68:
        if data[1] == 0x10:
            if data[2] == 0xE5:
                if data[3] == 0x7F:
                    raise ValueError("found")
                return
            return
        return


def test_the_guided_run_finds_a_fault_that_a_blind_one_would_not() -> None:
    fuzzer = Fuzzer(_locked, [bytes(8)], random.Random(1), watched=(str(Path(__file__).parent),))
    with pytest.raises(AssertionError, match="found"):
        fuzzer.run(times=20_000)
    assert fuzzer.tried > 1


def main() -> int:
    """Fuzz for long, each protocol for its share of the time, and say what was reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    runs = [(name, one) for name, one in fuzzers(args.seed, args.only) if not args.only or name == args.only]
    if not runs:
        parser.error(f"--only {args.only}: there is {', '.join(NAMES)}")
    for name, one in runs:
        one.run(seconds=args.seconds / len(runs))
        sys.stdout.write(f"{name}: {one.tried} inputs, {len(one.corpus)} kept, {len(one.reached)} pairs of lines\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
