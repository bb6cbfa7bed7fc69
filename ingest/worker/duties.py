"""The table of duties: what the worker does by itself, how often, and what each is for. The loops run it.

Safety stands before bookkeeping. A duty that fails stops no other: each has a loop of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from ingest.actions.base.context import ActionContext, WorkerParts
from ingest.actions.base.retention import AT_ONCE, Pruning, Retention
from ingest.actions.base.worker_duty import Concern, WorkerDuty
from ingest.actions.duty.notify_coverage_gaps import look_after_rosters
from ingest.actions.ledger.end_suppressions import look_after_quiet
from ingest.actions.ledger.watch_returns import look_after_returns
from ingest.actions.notices.await_receipt import give_up_waiting
from ingest.actions.tickets.check_in import look_after_visitors
from ingest.actions.tickets.escalate import escalate
from ingest.actions.tickets.note_lateness import look_after_lateness
from ingest.actions.upkeep.prune import all_prunings, prune
from ingest.actions.upkeep.pull_deadlines import pull_deadlines
from ingest.actions.upkeep.watch_channels import watch_channels
from ingest.worker.auditor import Auditor
from ingest.worker.deadman import DeadMan
from ingest.worker.notice_sender import NoticeSender
from ingest.worker.stepwatch import StepWatch

log = logging.getLogger(__name__)

ESCALATE_EVERY_S = 0.5
AUDIT_EVERY_S = 15.0
PRUNE_EVERY_S = 3600.0
PRUNE_ON_S = 1.0
"""The pause while there is more to prune."""


def all_duties(
    parts: WorkerParts, notices: NoticeSender, monotonic: Callable[[], float] | None, deadman: DeadMan | None
) -> tuple[WorkerDuty, ...]:
    """Return the duties of the heart and of the wings."""
    ctx = parts.ctx
    steps = StepWatch(parts.clock, monotonic) if monotonic else None
    auditor = Auditor(ctx, monotonic, deadman)
    return (
        WorkerDuty("notices", 0.5, notices.run, rest=notices.rest),
        WorkerDuty("escalation", ESCALATE_EVERY_S, partial(_escalate, ctx, steps), wakes=True),
        WorkerDuty("receipts", 1.0, partial(give_up_waiting, ctx), wakes=True),
        WorkerDuty("visitors", 2.0, partial(look_after_visitors, ctx), wakes=True),
        WorkerDuty("returns", 2.0, partial(look_after_returns, ctx), wakes=True),
        WorkerDuty("suppressions", 2.0, partial(look_after_quiet, ctx), wakes=True),
        WorkerDuty("audit", AUDIT_EVERY_S, auditor.run, wakes=True),
        WorkerDuty("channels", 15.0, partial(watch_channels, ctx), wakes=True),
        WorkerDuty("rosters", 2.0, partial(look_after_rosters, ctx), Concern.BOOKKEEPING, wakes=True),
        WorkerDuty("lateness", 2.0, partial(look_after_lateness, ctx), Concern.BOOKKEEPING),
        *(duty for wing in ctx.wings for duty in wing.duties(parts)),
        *(_pruning_duty(ctx, pruning, parts.keep) for pruning in all_prunings(ctx)),
    )


async def _escalate(ctx: ActionContext, steps: StepWatch | None, now: datetime) -> int:
    """Escalate what is due, by the time that passed and not by a clock that was set back meanwhile."""
    step = steps.set_back() if steps else None
    if steps and step:
        log.error("the clock was set back by %.0f s: what waits is moved with it", step.total_seconds())
        await pull_deadlines(ctx, step, now)
        steps.dealt_with(step)
    return await escalate(ctx, now)


def _pruning_duty(ctx: ActionContext, pruning: Pruning, keep: Retention) -> WorkerDuty:
    async def run(now: datetime) -> int:
        gone = some = await prune(ctx, pruning, keep, now)
        while some >= AT_ONCE:
            await asyncio.sleep(PRUNE_ON_S)
            some = await prune(ctx, pruning, keep, now)
            gone += some
        return gone

    return WorkerDuty(f"prune {pruning.name}", PRUNE_EVERY_S, run, Concern.BOOKKEEPING)
