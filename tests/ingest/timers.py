"""What the worker's timers do, run by hand at a given time: the duties that look after what is due, and the pruning."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext, WorkerParts
from ingest.actions.base.retention import Retention
from ingest.actions.upkeep.prune import all_prunings
from ingest.actions.upkeep.prune import prune as prune_one
from ingest.worker.duties import all_duties
from ingest.worker.notice_sender import NoticeSender

LOOKED_AFTER = ("lateness", "visitors", "returns", "suppressions", "family messages", "visits", "rosters")


async def look_after(ctx: ActionContext, now: datetime) -> int:
    """Look at everything that is due by now; return how many times somebody has to be told."""
    parts = WorkerParts(ctx, {}, lambda: now, Retention(), lambda: None, lambda *_: None)
    duties = {duty.name: duty for duty in all_duties(parts, NoticeSender(parts), None, None)}
    told = 0
    for duty in (duties[name] for name in LOOKED_AFTER):
        came = await duty.run(now) or 0
        told += came if duty.wakes else 0
    return told


async def prune(ctx: ActionContext, keep: Retention, now: datetime) -> dict[str, int]:
    """Prune each kind of rows once; return how many went, of kinds of which any did."""
    gone = {pruning.name: await prune_one(ctx, pruning, keep, now) for pruning in all_prunings(ctx)}
    return {name: many for name, many in gone.items() if many}
