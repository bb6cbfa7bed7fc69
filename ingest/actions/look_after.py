"""Look after what has a time: visitors inside, returns of the away ledger, ends of silences and tests. A timer calls it."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.check_in import look_after_visitors
from ingest.actions.desk import Desk
from ingest.actions.look_after_quiet import look_after_quiet
from ingest.actions.look_after_returns import look_after_returns


async def look_after(desk: Desk, now: datetime) -> int:
    """Look at everything that is due by now; return how many times somebody has to be told."""
    visitors = await look_after_visitors(desk, now)
    return visitors + await look_after_returns(desk, now) + await look_after_quiet(desk, now)
