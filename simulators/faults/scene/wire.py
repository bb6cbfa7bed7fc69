"""Wire: a serial line with smoke relays on it, whose adapter can be pulled out and put in again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.faults.scene.alarm_source import Detector
from simulators.lines.faulty import FaultyLine, LineFaults
from simulators.lines.pty import PtyLine
from simulators.meters.bus import Bus
from simulators.meters.modbus_smoke import ModbusSmokeRelay


class DetectorWire:
    """The relays of `detectors`, unit 1 and up, at `path`. The terminal is a new one each time it is put in."""

    def __init__(self, path: Path, detectors: Sequence[Detector], steady: Callable[[], float]) -> None:
        self._path = path
        self._detectors = detectors
        self._steady = steady
        self._line: PtyLine | None = None
        self._answering: asyncio.Task[None] | None = None

    def plug_in(self) -> None:
        """Give the line its adapter."""
        self._line = PtyLine(self._path)
        relays = [
            ModbusSmokeRelay(str(unit), lambda one=one: one.howling)  # type: ignore[misc]
            for unit, one in enumerate(self._detectors, 1)
        ]
        bus = Bus(self._line, relays, FaultyLine(LineFaults(), "wire"), None, self._steady)
        self._answering = asyncio.create_task(bus.run())

    async def pull_out(self) -> None:
        """Take the adapter away: its device is gone, with whatever is on the way."""
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)
            self._answering = None
        if self._line is not None:
            self._line.close()
            self._line = None
