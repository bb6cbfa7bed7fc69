"""What a line carries: the poll cycle of 200 meters on one 2400-baud bus against the wire's own limit.

    python tests/bench/lines.py [--real 10]

The wire's own limit is the time that the bytes of question and answer take at 11 bits each, and the meters' thinking;
what the gateway needs beyond it is its loss. The cycle of all 200 runs through the real loop in a time that jumps from
one event to the next; a shorter one runs in real time over a pseudo terminal, whose meters keep the line's speed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import selectors
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.assembly.lines import timing_of
from gateway.bus.exchange import Timing
from gateway.bus.loop import BusLoop, PolledDevice
from gateway.clock import Clock
from gateway.config.settings import LineSettings
from gateway.drivers.contract import Device
from gateway.drivers.registry import driver_for, load_documents
from gateway.links.buffer import Incoming
from gateway.links.contract import Link
from gateway.links.serial_port import SerialLink
from gateway.protocols import cjt188, dlt645
from simulators.lines.pty import PtyLine

METERS = 200
BAUD = 2400
BYTE_S = 11 / BAUD
TURNAROUND_S = 0.03
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
GOAL = 0.95


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time does not pass: it jumps to the next thing that is due."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())
        self._jumped = 0.0
        select = self._selector.select  # type: ignore[attr-defined]

        def jump(timeout: float | None) -> Any:
            found = select(0)
            if not found and timeout:
                self._jumped += timeout
            return found

        self._selector.select = jump  # type: ignore[attr-defined]

    def time(self) -> float:
        """See `asyncio.BaseEventLoop.time`."""
        return self._jumped


@dataclass(frozen=True, slots=True)
class JumpingClock(Clock):
    """A clock that follows the loop."""

    def wall(self) -> datetime:
        """See `Clock.wall`."""
        return BEGIN + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return asyncio.get_running_loop().time()


@dataclass
class Answering:
    """Meters of every address, both protocols, and how long the wire was needed for them."""

    wire_s: float = 0.0
    polls: int = 0

    def hear(self, question: bytes) -> bytes:
        """Return the answer to a whole question."""
        answer = b""
        for frame in dlt645.framer().feed(question):
            if isinstance(frame, dlt645.Frame):
                di = dlt645.identifier_text(frame.data)
                value = bytes.fromhex("00123456" if di == "00010000" else "000512")[::-1]
                answer = dlt645.WAKE_UP + dlt645.read_answer(frame.address, di, value)
        for wet in cjt188.framer().feed(question):
            if isinstance(wet, cjt188.Frame):
                volume = bytes.fromhex("00004711")[::-1] + b"\x2c"
                content = volume + volume + bytes.fromhex("00000823112620") + b"\x00\x00"
                answer = cjt188.WAKE_UP + cjt188.answer(wet, 0x10, wet.address, content)
        if answer:
            self.polls += 1
            self.wire_s += (len(question) + len(answer)) * BYTE_S + TURNAROUND_S
        return answer


class WireLink:
    """A line in the loop's own time: each byte arrives when its last bit does."""

    name = "wire"

    def __init__(self, meters: Answering) -> None:
        self._meters = meters
        self._incoming = Incoming()

    async def open(self) -> None:
        """See `links.contract.Link`."""

    async def write(self, data: bytes) -> None:
        """See `links.contract.Link`: returns at once, as a port's buffer does."""
        loop = asyncio.get_running_loop()
        begins = loop.time() + len(data) * BYTE_S + TURNAROUND_S
        for number, byte in enumerate(self._meters.hear(data), start=1):
            loop.call_at(begins + number * BYTE_S, self._incoming.put, bytes([byte]))

    async def read(self, timeout_s: float) -> bytes:
        """See `links.contract.Link`."""
        return await self._incoming.read(timeout_s)

    def tune(self, baud: int, parity: str) -> None:
        """See `links.contract.Link`."""

    def discard(self) -> bytes:
        """See `links.contract.Link`."""
        return self._incoming.take()

    def close(self) -> None:
        """See `links.contract.Link`."""


def bus(count: int) -> tuple[dict[str, PolledDevice], Timing]:
    """Return `count` meters, electricity and water in turn, as the gateway would wire them at 2400 baud."""
    documents = load_documents()
    line = LineSettings(name="bus-1", kind="serial", port="wire", baud=BAUD)
    asked = {}
    for number in range(count):
        paper = documents["cjt188-2004" if number % 2 else "dlt645-2007"]
        device = Device(f"m-{number}", paper, f"{number + 1:0{14 if number % 2 else 12}d}")
        asked[device.id] = PolledDevice(device, driver_for(paper), 1.0, timing_of(line, paper))
    return asked, timing_of(line, None)


async def cycle(link: Link, clock: Clock, count: int, polls: int) -> tuple[float, int]:
    """Poll so often, round after round; return the seconds and how many were answered."""
    asked, timing = bus(count)
    stream = BusLoop(link, asked, timing, clock).polls()
    answered = 0
    begun = clock.monotonic()
    for _ in range(polls):
        answered += (await anext(stream)).answered
    spent = clock.monotonic() - begun
    await stream.aclose()
    return spent, answered


def in_jumping_time() -> dict[str, Any]:
    """Read all 200 meters once."""
    meters = Answering()
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        spent, answered = runner.run(cycle(WireLink(meters), JumpingClock(), METERS, METERS))
    return _result("200 meters, jumping time", METERS, meters, spent, answered)


def in_real_time(seconds: float) -> dict[str, Any]:
    """Read as many meters as fit so many seconds, over a pseudo terminal with a thread that keeps the line's speed."""
    asked, _ = bus(2)
    usual = sum(2 * 50 * BYTE_S for one in asked.values() for _ in one.driver.requests(one.device)) / 2
    count = max(4, int(seconds / usual))
    meters = Answering()
    ending = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        line = PtyLine(Path(folder) / "line")
        thread = threading.Thread(target=_serve, args=(line, meters, ending), daemon=True)
        thread.start()
        cpu = time.process_time()
        spent, answered = asyncio.run(cycle(SerialLink("bus-1", str(line.path), BAUD, "N"), Clock(), count, count))
        cpu = time.process_time() - cpu
        ending.set()
        thread.join()
        line.close()
    return _result("real time, pseudo terminal", count, meters, spent, answered) | {
        "cpu_ms_per_poll_both_ends": round(cpu / count * 1000, 2)
    }


def _serve(line: PtyLine, meters: Answering, ending: threading.Event) -> None:
    while not ending.is_set():
        question = line.read()
        if not question:
            time.sleep(0.001)
            continue
        heard_at = time.monotonic()
        answer = meters.hear(question)
        _until(heard_at + len(question) * BYTE_S + TURNAROUND_S + len(answer) * BYTE_S)
        line.write(answer)


def _until(moment: float) -> None:
    with suppress(ValueError):
        time.sleep(moment - time.monotonic())


def _result(what: str, count: int, meters: Answering, spent: float, answered: int) -> dict[str, Any]:
    return {
        "what": what,
        "meters": count,
        "answered": answered,
        "exchanges": meters.polls,
        "wire_limit_s": round(meters.wire_s, 2),
        "needed_s": round(spent, 2),
        "of_the_wires_limit": round(meters.wire_s / spent, 4),
        "polls_per_hour": round(count * 3600 / spent),
    }


def main() -> int:
    """Measure and print one JSON line each; 1 where the goal is missed in jumping time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", type=float, default=10.0, help="seconds for the run in real time")
    seconds = parser.parse_args().real
    jumped = in_jumping_time()
    for result in (jumped, in_real_time(seconds)):
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    good = jumped["answered"] == METERS and jumped["of_the_wires_limit"] >= GOAL
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
