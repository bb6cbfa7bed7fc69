"""Simulated meters of every protocol: in the scan's own loop and time, or on a pseudo terminal in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simulators.lines.faulty import FaultyLine, LineFaults, collide
from simulators.lines.pty import PtyLine
from simulators.meters.bus import Bus
from simulators.meters.meter import SimulatedMeter
from tests.gateway.links.null_modem import MemoryLink, null_modem
from tests.virtual_time import LoopClock, VirtualLoop

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)
T = TypeVar("T")


class Served:
    """A bus on a pseudo terminal of the given name."""

    def __init__(self, port: Path, meters: Sequence[SimulatedMeter], faults: LineFaults) -> None:
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._line = PtyLine(port)
        bus = Bus(self._line, meters, FaultyLine(faults, "scan"), None, AT.timestamp)
        self._task = self._loop.create_task(bus.run())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(60)
        self._loop.close()
        self._line.close()


Serve = Callable[..., Path]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Give a function that hangs meters on a new line and returns the port."""
    served: list[Served] = []

    def hang(*meters: SimulatedMeter, faults: LineFaults | None = None) -> Path:
        served.append(Served(tmp_path / f"line-{len(served)}", meters, faults or LineFaults()))
        return served[-1].port

    yield hang
    for one in served:
        one.close()


class AnsweredLink:
    """A line whose meters have answered by the time that a question is written. `late` are answers to hold back.

    `late` counts questions from 1: the answer to such a one comes `late_s` after it.
    """

    name = "answered"

    def __init__(
        self, meters: Sequence[SimulatedMeter], faults: LineFaults, late: frozenset[int], late_s: float
    ) -> None:
        self._meters = meters
        self._line = FaultyLine(faults, "scan")
        self._late = late
        self._late_s = late_s
        self._asked = 0
        self._ours, self._theirs = null_modem()

    async def open(self) -> None:
        await self._ours.open()
        await self._theirs.open()

    async def write(self, data: bytes) -> None:
        self._asked += 1
        await self._theirs.write(self._line.echo(data))
        answers = [answer for meter in self._meters for answer in meter.hear(data, AT.timestamp())]
        for meter in self._meters:
            for answer in answers:
                meter.hear(answer, AT.timestamp())
            meter.quiet()
        if self._asked in self._late:
            asyncio.get_running_loop().call_later(self._late_s, put, self._theirs, collide(answers))
        else:
            await self._theirs.write(collide(answers))

    async def read(self, timeout_s: float) -> bytes:
        return await self._ours.read(timeout_s)

    def tune(self, baud: int, parity: str) -> None:
        raise AssertionError("a scan opens the line anew for each speed")

    def discard(self) -> bytes:
        return self._ours.discard()

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


def put(end: MemoryLink, data: bytes) -> None:
    """Let bytes out of one end of a null modem, now."""
    with pytest.raises(StopIteration):
        end.write(data).send(None)


Answering = Callable[..., None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Give a function that hangs meters on whatever line is scanned, and let the scan run in virtual time."""

    def run(work: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(work)

    def hang(
        *meters: SimulatedMeter,
        faults: LineFaults | None = None,
        late: frozenset[int] = frozenset(),
        late_s: float = 0.0,
    ) -> None:
        link = AnsweredLink(meters, faults or LineFaults(), late, late_s)
        monkeypatch.setattr("gateway.commission.scan._link", lambda *_: link)

    monkeypatch.setattr("gateway.commission.scan.asyncio.run", run)
    monkeypatch.setattr("gateway.commission.scan.Clock", LoopClock)
    return hang
