"""The worker's loops: one for each duty of the table, with its own failures and its own last success. Decides nothing.

Every loop lives on whatever happens in one of its rounds: a loop that ends silently is a ticket nobody is told of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext, WorkerParts
from ingest.actions.base.fault_words import fault_words
from ingest.actions.base.retention import Retention
from ingest.actions.base.worker_duty import Concern, WorkerDuty
from ingest.channels.contract import Channel
from ingest.worker.deadman import DeadMan
from ingest.worker.duties import all_duties
from ingest.worker.notice_sender import NoticeSender

log = logging.getLogger(__name__)

SAFETY_FIRST_S = 10.0
"""So long bookkeeping waits for the first rounds of safety; a round that hangs must not keep it waiting for ever."""
_LET_END_S = 5.0


@dataclass(slots=True)
class DutyState:
    """How a duty does in this process."""

    last_success: datetime | None = None
    failing: bool = False


class Worker:
    """The loops of one process. Any number of processes may run them on the same database."""

    def __init__(
        self,
        ctx: ActionContext,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] | None = None,
        keep: Retention | None = None,
        *,
        deadman: DeadMan | None = None,
        duties: Callable[[WorkerParts], tuple[WorkerDuty, ...]] | None = None,
    ) -> None:
        """`monotonic` (seconds) tells when `clock` is set back; without it `clock` is believed.

        `deadman` is pinged after each round of the audit that found nothing wrong; it needs `monotonic`. `duties` are
        those of the table, unless others are given.
        """
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        parts = WorkerParts(ctx, channels, clock, keep or Retention(), self.wake, self._start)
        self._notices = NoticeSender(parts)
        self.duties = duties(parts) if duties else all_duties(parts, self._notices, monotonic, deadman)
        self.states = {duty.name: DutyState() for duty in self.duties}
        self._first_rounds = {duty.name: asyncio.Event() for duty in self.duties if duty.concern is Concern.SAFETY}

    def wake(self) -> None:
        """Say that there may be notices to send."""
        self._notices.wake()

    async def run(self) -> None:
        """Run all loops until cancelled, then let what is being sent end."""
        try:
            async with asyncio.TaskGroup() as loops:
                for duty in sorted(self.duties, key=lambda duty: duty.concern):
                    loops.create_task(self._forever(duty), name=duty.name)
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=_LET_END_S)

    async def _forever(self, duty: WorkerDuty) -> None:
        """Repeat the duty; log when it begins to fail and when it heals."""
        if duty.concern is not Concern.SAFETY:
            await self._safety_first()
        while True:
            await self._round(duty)
            if duty.name in self._first_rounds:
                self._first_rounds[duty.name].set()
            if self.states[duty.name].failing:
                await asyncio.sleep(max(1.0, duty.every_s))
            elif duty.rest is not None:
                await duty.rest()
            else:
                await asyncio.sleep(duty.every_s)

    async def _round(self, duty: WorkerDuty) -> None:
        state = self.states[duty.name]
        now = self._clock()
        try:
            result = await duty.run(now)
        except Exception as error:  # noqa: BLE001 - a loop: one bad round must not be the last one
            if not state.failing:
                log.error("%s: fails (%s); tried again until it heals", duty.name, fault_words(error))  # noqa: TRY400 - people's data
            state.failing = True
            return
        if state.failing:
            log.info("%s: works again", duty.name)
        state.failing, state.last_success = False, now
        if duty.wakes and result:
            self.wake()

    async def _safety_first(self) -> None:
        try:
            async with asyncio.timeout(SAFETY_FIRST_S):
                for event in self._first_rounds.values():
                    await event.wait()
        except TimeoutError:
            pass

    def _start(self, name: str, what: Coroutine[Any, Any, None], ended: Callable[[], None]) -> None:
        task = asyncio.create_task(self._beside(name, what), name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: ended())

    async def _beside(self, name: str, what: Coroutine[Any, Any, None]) -> None:
        try:
            await what
        except Exception as error:  # noqa: BLE001 - what is sent is leased: the lease runs out and it is sent again
            log.error("what became of a %s could not be recorded (%s)", name, fault_words(error))  # noqa: TRY400 - people's data
