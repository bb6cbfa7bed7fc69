"""Batching: envelopes that wait are taken together, one commit for many, so that a burst does not queue at the disk.

Both doors put their arrivals here and get the answer once it is committed. Gateways are taken in turn, and each may
have so many waiting: a mad one waits for itself. A batch that fails is tried again one by
one, so that a single message never stops the others; what still fails is answered `Unavailable` and stays with its
gateway, which sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.fault_words import fault_words
from ingest.actions.incoming.accept_envelopes import Accepted, Arrival, Denied, PutOff, accept_envelopes
from ingest.domain.incoming.flag_limits import one_line
from ingest.intake.allowance import Allowance
from ingest.intake.fair_queue import FairQueue, QueueFullError
from ingest.store.base.conflicts import is_its_own
from models.wire.seal import claimed_gateway

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
MOST_WAITING = 4096
MOST_WAITING_EACH = 512
"""More than an honest gateway ever has on its way without a receipt."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not stored: the sender keeps it and comes again. `let_go`: at once, for waiting here would hold up others."""

    reason: str
    let_go: bool = False


Answer = Accepted | Denied | Unavailable


class Batcher:
    """One queue before `accept_envelopes`. `run` does the work until it is cancelled."""

    def __init__(
        self,
        ctx: ActionContext,
        clock: Callable[[], datetime],
        committed: Callable[[], None],
        allowance: Allowance | None = None,
    ) -> None:
        """`committed` is called after each commit. Without `allowance` nobody is held back."""
        self._ctx = ctx
        self._clock = clock
        self._committed = committed
        self._allowance = allowance or Allowance(0)
        self._line: FairQueue[tuple[Arrival, asyncio.Future[Answer]]] = FairQueue(MOST_WAITING, MOST_WAITING_EACH)
        self._some = asyncio.Event()
        self._too_many: set[str] = set()
        self._failing = False

    def submit(self, arrival: Arrival) -> asyncio.Future[Answer]:
        """Return the answer to come; at once `Unavailable` when too many wait."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        sender = arrival.topic_gateway or claimed_gateway(arrival.sealed)
        try:
            self._line.put(sender, (arrival, answer))
        except QueueFullError as error:
            answer.set_result(Unavailable(str(error), let_go=error.own))
            if error.own and sender not in self._too_many:
                self._too_many.add(sender)
                log.warning("gateway %s sends more than is taken: what is too much stays with it", one_line(sender, 64))
        else:
            self._some.set()
        return answer

    async def run(self) -> None:
        """Take what waits, for ever; what is left at the end is answered `Unavailable`."""
        try:
            while True:
                await self._some.wait()
                waiting = self._line.take(MOST_AT_ONCE)
                if not len(self._line):
                    self._some.clear()
                    self._too_many.clear()
                answers = await self._take([arrival for arrival, _ in waiting])
                for (_, future), answer in zip(waiting, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
        finally:
            for _, future in self._line.take(len(self._line)):
                if not future.done():
                    future.set_result(Unavailable("the program is stopping"))

    async def _take(self, arrivals: list[Arrival]) -> list[Answer]:
        now = self._clock()
        try:
            found = await accept_envelopes(
                self._ctx, arrivals, now, lambda gateway, beat: self._allowance.admits(gateway, now, heartbeat=beat)
            )
            answers = [self._put_off(one) if isinstance(one, PutOff) else one for one in found]
        except Exception as error:  # noqa: BLE001 - a loop: one failing message must not stop the rest; none is receipted
            if len(arrivals) > 1:
                return [answer for arrival in arrivals for answer in await self._take([arrival])]
            self._say_failing(error)
            # to wait here for what can never be stored would hold one of the places that the broker has for everybody
            return [Unavailable(type(error).__name__, let_go=is_its_own(error))]
        self._say_working()
        self._committed()
        return answers

    def _put_off(self, one: PutOff) -> Unavailable:
        if self._allowance.is_news(one.gateway_id):
            log.warning("gateway %s sends more calm messages than is taken: they stay with it", one.gateway_id)
        return Unavailable("too many calm messages of this gateway", let_go=True)

    def _say_failing(self, error: Exception) -> None:
        if not self._failing:
            log.error("messages can not be stored (%s); gateways keep them until this heals", fault_words(error))
        self._failing = True

    def _say_working(self) -> None:
        if self._failing:
            log.info("messages are stored again")
        self._failing = False
