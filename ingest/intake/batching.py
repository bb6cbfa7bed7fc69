"""Batching: envelopes that wait are taken together, one commit for many, so that a burst does not queue at the disk.

Both doors put their arrivals here and get the answer once it is committed. A batch that fails is tried again one by
one, so that a single message never stops the others; what still fails is answered `Unavailable` and stays with its
gateway, which sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ingest.actions.accept_envelope import Accepted, Arrival, Denied, accept_envelopes
from ingest.actions.desk import Desk
from ingest.fault_words import fault_words

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
MOST_WAITING = 4096


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not stored: the sender keeps it and comes again."""

    reason: str


Answer = Accepted | Denied | Unavailable


class Batcher:
    """One queue before `accept_envelopes`. `run` does the work until it is cancelled."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime], committed: Callable[[], None]) -> None:
        """`committed` is called after each commit: there may be notices to send."""
        self._desk = desk
        self._clock = clock
        self._committed = committed
        self._queue: asyncio.Queue[tuple[Arrival, asyncio.Future[Answer]]] = asyncio.Queue(MOST_WAITING)
        self._failing = False

    def submit(self, arrival: Arrival) -> asyncio.Future[Answer]:
        """Return the answer to come; at once `Unavailable` when too many wait."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((arrival, answer))
        except asyncio.QueueFull:
            answer.set_result(Unavailable("too many messages wait"))
        return answer

    async def run(self) -> None:
        """Take what waits, for ever; what is left at the end is answered `Unavailable`."""
        try:
            while True:
                waiting = [await self._queue.get()]
                while len(waiting) < MOST_AT_ONCE and not self._queue.empty():
                    waiting.append(self._queue.get_nowait())
                answers = await self._take([arrival for arrival, _ in waiting])
                for (_, future), answer in zip(waiting, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
        finally:
            while not self._queue.empty():
                _, future = self._queue.get_nowait()
                if not future.done():
                    future.set_result(Unavailable("the program is stopping"))

    async def _take(self, arrivals: list[Arrival]) -> list[Answer]:
        try:
            answers: list[Answer] = list(await accept_envelopes(self._desk, arrivals, self._clock()))
        except Exception as error:  # noqa: BLE001 - a loop: one failing message must not stop the rest; none is receipted
            if len(arrivals) > 1:
                return [answer for arrival in arrivals for answer in await self._take([arrival])]
            self._say_failing(error)
            return [Unavailable(type(error).__name__)]
        self._say_working()
        self._committed()
        return answers

    def _say_failing(self, error: Exception) -> None:
        if not self._failing:
            log.error("messages can not be stored (%s); gateways keep them until this heals", fault_words(error))
        self._failing = True

    def _say_working(self) -> None:
        if self._failing:
            log.info("messages are stored again")
        self._failing = False
