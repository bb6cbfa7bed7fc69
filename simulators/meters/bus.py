"""Bus: one shared line and all meters on it. It carries bytes and keeps the line's speed; it knows no protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulators.lines.faulty import FaultyLine, Piece, collide
from simulators.lines.pty import PtyLine
from simulators.meters.meter import SimulatedMeter

BITS_PER_BYTE = 11
"""Start bit, eight data bits, even parity, stop bit."""
_QUIET_S = 0.1
_BYTES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class LineTiming:
    """How long bytes take. `speed` shortens everything (a street whose clock runs faster than the wall)."""

    baud: int = 2400
    turnaround_s: float = 0.03
    """Between the end of a question and the beginning of the answer; DL/T 645 allows 20 ms to 500 ms."""
    speed: Callable[[], float] = lambda: 1.0

    def seconds(self, count: int) -> float:
        """Return how long `count` bytes are on the wire."""
        return count * BITS_PER_BYTE / self.baud / self.speed()

    def turnaround(self) -> float:
        """Return how long a meter thinks."""
        return self.turnaround_s / self.speed()


class Bus:
    """Meters that share one line. `timing` None means that bytes take no time."""

    def __init__(
        self,
        line: PtyLine,
        meters: Sequence[SimulatedMeter],
        faulty: FaultyLine,
        timing: LineTiming | None,
        now: Callable[[], float],
    ) -> None:
        self._line = line
        self._meters = meters
        self._faulty = faulty
        self._timing = timing
        self._now = now
        self._heard = asyncio.Event()
        self.answered = 0

    async def run(self) -> None:
        """Answer until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._line.fileno(), self._heard.set)
        try:
            while True:
                await self._hear()
        finally:
            loop.remove_reader(self._line.fileno())

    async def _hear(self) -> None:
        await self._heard.wait()
        self._heard.clear()
        data = self._line.read()
        if not data:
            # woken once more for bytes that were taken already: whoever half heard them must still give up
            await self._wait_for_more()
            return
        self._write(self._faulty.echo(data))
        answers = [answer for meter in self._meters for answer in meter.hear(data, self._now())]
        if answers:
            await self._answer(len(data), collide(answers))
        else:
            await self._wait_for_more()

    async def _wait_for_more(self) -> None:
        """A question came in part, or was for nobody: what does not go on soon was noise."""
        try:
            async with asyncio.timeout(_QUIET_S):
                await self._heard.wait()
        except TimeoutError:
            self._fall_quiet()

    async def _answer(self, asked: int, frame: bytes) -> None:
        if self._timing:
            await asyncio.sleep(self._timing.seconds(asked) + self._timing.turnaround())
        self.answered += 1
        for meter in self._meters:
            meter.hear(frame, self._now())  # everybody hears the answer, and it is for none of them
        for piece in self._faulty.carry(frame):
            await self._say(piece)
        self._fall_quiet()

    def _fall_quiet(self) -> None:
        """Between two exchanges the line is silent for longer than within a frame; whoever half heard one gives up."""
        for meter in self._meters:
            meter.quiet()

    async def _say(self, piece: Piece) -> None:
        if piece.pause_s:
            await asyncio.sleep(piece.pause_s)
        if self._timing is None:
            self._write(piece.data)
            return
        for start in range(0, len(piece.data), _BYTES_AT_ONCE):
            part = piece.data[start : start + _BYTES_AT_ONCE]
            await asyncio.sleep(self._timing.seconds(len(part)))
            self._write(part)

    def _write(self, data: bytes) -> None:
        if data:
            self._line.write(data)
