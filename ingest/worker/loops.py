"""The worker's loops: send notices, escalate, look after what was promised, audit. Reads the clock; decides nothing.

Every loop lives on whatever happens in one of its rounds: a loop that ends silently is a ticket nobody is told of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.await_receipt import give_up_waiting
from ingest.actions.notices.deliver import lease_notices, record_delivery, send_notice
from ingest.actions.notices.notice_batches import NoticeBatch
from ingest.actions.tickets.escalate import escalate
from ingest.actions.upkeep.audit import audit
from ingest.actions.upkeep.look_after import look_after
from ingest.actions.upkeep.prune import AT_ONCE as PRUNED_AT_ONCE
from ingest.actions.upkeep.prune import Retention, prune
from ingest.actions.upkeep.pull_deadlines import pull_deadlines
from ingest.actions.upkeep.watch_channels import watch_channels
from ingest.channels.contract import Channel
from ingest.families.actions.deliver_family_messages import deliver_family_messages
from ingest.fault_words import fault_words
from ingest.fleet.actions.miss_test_alarms import miss_test_alarms
from ingest.fleet.actions.send_test_alarms import AlarmTestPhone, record_test_alarms, send_test_alarms, take_test_alarms
from ingest.outward.actions.forward_events import (
    Leased,
    lease_forward,
    open_for_silent_centres,
    record_forward,
    send_forward,
)
from ingest.outward.forwarders.contract import Forwarder
from ingest.worker.deadman import DeadMan
from ingest.worker.stepwatch import StepWatch

log = logging.getLogger(__name__)

NOTICES_EVERY_S = 0.5
ESCALATE_EVERY_S = 0.5
RECEIPTS_EVERY_S = 1.0
FORWARDS_EVERY_S = 0.5
AUDIT_EVERY_S = 15.0
CARE_EVERY_S = 2.0
LETTERS_EVERY_S = 5.0
CANARIES_EVERY_S = 1.0
PRUNE_EVERY_S = 3600.0
PRUNE_ON_S = 1.0
"""The pause while there is more to prune."""
AT_ONCE = 50
"""Notices under way at the same time: a slow vendor holds up its own notices only."""


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
        forwarders: Mapping[str, Forwarder] | None = None,
        canary_phone: AlarmTestPhone | None = None,
        deadman: DeadMan | None = None,
    ) -> None:
        """`monotonic` (seconds) tells when `clock` is set back; without it `clock` is believed.

        `deadman` is pinged after each round of the audit that found nothing wrong; it needs `monotonic`.
        """
        self._ctx = ctx
        self._channels = channels
        self._clock = clock
        self._keep = keep or Retention()
        self._canary_phone = canary_phone
        self._deadman = deadman
        self._monotonic = monotonic
        self._steps = StepWatch(clock, monotonic) if monotonic else None
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._forwarders = forwarders or {}
        self._passing_on: dict[str, asyncio.Task[None]] = {}
        self._passed_on = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be notices to send."""
        self._wake.set()

    async def run(self) -> None:
        """Run all loops until cancelled, then let what is being sent end."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._forever("notices", self._notices, NOTICES_EVERY_S))
                loops.create_task(self._forever("escalation", self._escalation, ESCALATE_EVERY_S))
                loops.create_task(self._forever("receipts", self._receipts, RECEIPTS_EVERY_S))
                loops.create_task(self._forever("audit", self._audit, AUDIT_EVERY_S))
                loops.create_task(self._forever("prune", self._prune, PRUNE_EVERY_S))
                loops.create_task(self._forever("care", self._care, CARE_EVERY_S))
                loops.create_task(self._forever("canaries", self._canaries, CANARIES_EVERY_S))
                loops.create_task(self._forever("letters", self._letters, LETTERS_EVERY_S))
                if self._forwarders:
                    loops.create_task(self._forever("forwards", self._forwards, FORWARDS_EVERY_S))
        finally:
            if under_way := {*self._sending, *self._passing_on.values()}:
                await asyncio.wait(under_way, timeout=5)

    async def _forever(self, name: str, round_of: Callable[[], Awaitable[float]], calm_s: float) -> None:
        """Repeat `round_of`, which returns how long to pause; log when it begins to fail and when it heals."""
        failing = False
        while True:
            try:
                pause = await round_of()
                if failing:
                    log.info("%s: works again", name)
                failing = False
            except Exception as error:  # noqa: BLE001 - a loop: one bad round must not be the last one
                if not failing:
                    log.error("%s: fails (%s); tried again until it heals", name, fault_words(error))  # noqa: TRY400 - people's data
                failing, pause = True, max(1.0, calm_s)
            await asyncio.sleep(pause)

    async def _notices(self) -> float:
        free = AT_ONCE - len(self._sending)
        self._wake.clear()
        leased, _ = await lease_notices(self._ctx, self._clock(), free) if free else ([], 0)
        for batch in leased:
            task = asyncio.create_task(self._send(batch))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        if free and sum(len(batch.rows) for batch in leased) == free:
            return 0.0
        try:
            async with asyncio.timeout(NOTICES_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        return 0.0

    async def _send(self, batch: NoticeBatch) -> None:
        result = await send_notice(self._channels, batch)
        try:
            await record_delivery(self._ctx, batch, result, self._clock())
        except Exception as error:  # noqa: BLE001 - a task of a loop: the lease runs out and the notice is sent again
            log.error("a delivery could not be recorded (%s)", fault_words(error))  # noqa: TRY400 - people's data

    async def _forwards(self) -> float:
        """Give each centre that has nothing under way its next event: a slow one holds up nobody else."""
        self._passed_on.clear()
        leased = await lease_forward(self._ctx, set(self._passing_on), self._clock())
        if leased is not None:
            name = leased.forwarder
            self._passing_on[name] = task = asyncio.create_task(self._pass_on(leased))
            task.add_done_callback(lambda _: self._has_passed_on(name))
            return 0.0
        if await open_for_silent_centres(self._ctx, self._clock()):
            self.wake()
        try:
            async with asyncio.timeout(FORWARDS_EVERY_S):
                await self._passed_on.wait()
        except TimeoutError:
            pass
        return 0.0

    def _has_passed_on(self, name: str) -> None:
        del self._passing_on[name]
        self._passed_on.set()

    async def _pass_on(self, leased: Leased) -> None:
        result = await send_forward(self._forwarders, leased)
        try:
            await record_forward(self._ctx, leased, result, self._clock())
        except Exception as error:  # noqa: BLE001 - a task of a loop: the lease runs out and the event is sent again
            log.error("what became of a forward could not be recorded (%s)", fault_words(error))  # noqa: TRY400 - people's data

    async def _escalation(self) -> float:
        step = self._steps.set_back() if self._steps else None
        if self._steps and step:
            await self._pull(self._steps, step)
        if await escalate(self._ctx, self._clock()):
            self.wake()
        return ESCALATE_EVERY_S

    async def _pull(self, steps: StepWatch, step: timedelta) -> None:
        log.error("the clock was set back by %.0f s: what waits is moved with it", step.total_seconds())
        await pull_deadlines(self._ctx, step, self._clock())
        steps.dealt_with(step)

    async def _care(self) -> float:
        if await look_after(self._ctx, self._clock()):
            self.wake()
        return CARE_EVERY_S

    async def _letters(self) -> float:
        await deliver_family_messages(self._ctx, self._channels, self._clock())
        return LETTERS_EVERY_S

    async def _canaries(self) -> float:
        phone = self._canary_phone
        if rows := await take_test_alarms(self._ctx, self._clock()):
            results = [] if phone is None else await send_test_alarms(self._channels, phone, rows)
            await record_test_alarms(self._ctx, phone, rows, results, self._clock())
        return CANARIES_EVERY_S

    async def _receipts(self) -> float:
        if await give_up_waiting(self._ctx, self._clock()):
            self.wake()
        return RECEIPTS_EVERY_S

    async def _prune(self) -> float:
        gone = await prune(self._ctx, self._keep, self._clock())
        return PRUNE_ON_S if PRUNED_AT_ONCE in (gone.messages, gone.notices, gone.photos) else PRUNE_EVERY_S

    async def _audit(self) -> float:
        findings = await audit(self._ctx, self._clock())
        if await watch_channels(self._ctx, self._clock()) + await miss_test_alarms(self._ctx, self._clock()):
            self.wake()
        if not findings.clean:
            log.error(
                "audit: %d live tickets had no deadline, %d are overdue",
                len(findings.without_deadline),
                len(findings.overdue),
            )
        if findings.clock_behind:
            log.error("audit: the clock is behind what was written down before: set it, see that it keeps the time")
        if findings.silent_gateways:
            log.warning("audit: no heartbeat from %s", ", ".join(findings.silent_gateways))
            self.wake()
        if self._deadman is not None and self._monotonic is not None and findings.clean and not findings.clock_behind:
            await self._deadman.ping(self._monotonic())
        return AUDIT_EVERY_S
