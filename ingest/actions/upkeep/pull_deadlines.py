"""Pull deadlines: our clock was set back, so everything that waits for a time would wait longer than was meant.

All that waits is moved by the same step. Any number of workers see the same step; the first one's entry in the audit
log keeps the others from moving it again. Where only one of several machines was wrong, deadlines come early, not late.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.store.base.audit_trail import write_audit, written_within
from ingest.store.base.change_counter import count_change
from ingest.store.notices.waiting import pull_what_waits

SET_BACK = "clock_set_back"
"""The entry's name in the audit log."""
SAME_STEP = timedelta(seconds=15)
"""Entries so near to each other are the same step, seen by several workers."""


async def pull_deadlines(ctx: ActionContext, step: timedelta, now: datetime) -> bool:
    """Move what waits by `step`, once; return whether it was ours to do. `now` is the time after the step."""
    async with ctx.db.write() as connection:
        await count_change(connection)  # all writers wait for each other here: only one looks at a time
        if await written_within(connection, SET_BACK, now - SAME_STEP, now + SAME_STEP):
            return False
        said = {"step_s": round(step.total_seconds(), 1), "tickets": await pull_what_waits(connection, step, now)}
        await write_audit(connection, now, SET_BACK, actor=None, subject=None, detail=said)
    return True
