"""Virtual time: an event loop in which nobody waits, so that a test means the same on a slow machine as on a fast one.

When nothing is left to do but to wait for a timer, the loop's clock jumps to it. While a thread works for the loop,
time passes as it does. Only for tests whose every byte comes from this process: a real socket is given no time at all.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.clock import Clock


class _Jumping(selectors.DefaultSelector):
    """Looks for what is ready; instead of waiting for it, lets the clock jump."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.loop.threads_at_work:
            begun = time.monotonic()
            ready = super().select(timeout)
            self.loop.passed += time.monotonic() - begun
            return ready
        self.loop.passed += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose `time` is how much was waited for in it."""

    def __init__(self) -> None:
        selector = _Jumping()
        selector.loop = self
        self.passed = 0.0
        self.threads_at_work = 0
        super().__init__(selector)

    def time(self) -> float:
        return self.passed

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        self.threads_at_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads_at_work -= 1


class LoopClock(Clock):
    """The gateway's clock, with the running loop's seconds, from noon on."""

    def system(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()
