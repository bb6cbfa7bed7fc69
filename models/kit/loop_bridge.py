"""Loop bridge: brings calls of another thread into the event loop, in their order, with one knock for all that wait.

asyncio hears of a signal through the same pipe through which threads wake it, and on Linux not three hundred knocks fit
in. A thread that knocks for each message while the loop is busy fills it, and a SIGTERM that comes then is lost: the
program goes on until it is killed. It knows nobody and nothing of what is called.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class LoopBridge:
    """One thread's way into one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._knocked = False

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have `function` called in the loop. From the one other thread; nobody is told when the loop is closed."""
        self._waiting.append((function, arguments))
        if self._knocked:
            return
        self._knocked = True
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._let_in)

    def _let_in(self) -> None:
        # before the first is taken: who comes from now on knocks again
        self._knocked = False
        for _ in range(len(self._waiting)):
            function, arguments = self._waiting.popleft()
            # by itself, so that one that fails is told of by the loop and the rest come all the same
            self._loop.call_soon(function, *arguments)
