"""Simulated meters of every protocol on one pseudo terminal, served by a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.lines.faulty import Faults, FaultyLine
from simulators.lines.pty import PtyLine
from simulators.slaves.bus import Bus
from simulators.slaves.meter import Meter

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


class Served:
    """A bus on a pseudo terminal of the given name."""

    def __init__(self, port: Path, meters: Sequence[Meter], faults: Faults) -> None:
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
        self._thread.join(5)
        self._loop.close()
        self._line.close()


Serve = Callable[..., Path]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Give a function that hangs meters on a new line and returns the port; meters forget half a question soon."""
    monkeypatch.setattr("simulators.slaves.bus._QUIET_S", 0.004)
    served: list[Served] = []

    def hang(*meters: Meter, faults: Faults | None = None) -> Path:
        served.append(Served(tmp_path / f"line-{len(served)}", meters, faults or Faults()))
        return served[-1].port

    yield hang
    for one in served:
        one.close()
