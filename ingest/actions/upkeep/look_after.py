"""Look after what has a time: visitors inside, late acknowledgements, returns, silences and tests, families,
visits, rosters.

A timer calls it.
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.notify_coverage_gaps import look_after_rosters
from ingest.actions.ledger.end_suppressions import look_after_quiet
from ingest.actions.ledger.watch_returns import look_after_returns
from ingest.actions.tickets.check_in import look_after_visitors
from ingest.actions.tickets.note_lateness import look_after_lateness
from ingest.families.actions.write_family_messages import look_after_family
from ingest.visits.actions.plan_visits import look_after_visits


async def look_after(ctx: ActionContext, now: datetime) -> int:
    """Look at everything that is due by now; return how many times somebody has to be told."""
    await look_after_lateness(ctx, now)
    told = await look_after_visitors(ctx, now)
    told += await look_after_returns(ctx, now) + await look_after_quiet(ctx, now)
    # what can wait comes last; a fault in the rosters of one district, of all of them
    await look_after_family(ctx, now)
    await look_after_visits(ctx, now)
    return told + await look_after_rosters(ctx, now)
