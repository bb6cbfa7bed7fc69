"""Look after what has a time: visitors inside, late acknowledgements, returns, silences and tests, families,
visits, rosters.

A timer calls it.
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.check_in import look_after_visitors
from ingest.actions.desk import Desk
from ingest.actions.look_after_lateness import look_after_lateness
from ingest.actions.look_after_quiet import look_after_quiet
from ingest.actions.look_after_returns import look_after_returns
from ingest.actions.plan_visits import look_after_visits
from ingest.actions.tell_family import look_after_family
from ingest.actions.tell_of_holes import look_after_rosters


async def look_after(desk: Desk, now: datetime) -> int:
    """Look at everything that is due by now; return how many times somebody has to be told."""
    await look_after_lateness(desk, now)
    told = await look_after_visitors(desk, now)
    told += await look_after_returns(desk, now) + await look_after_quiet(desk, now)
    # what can wait comes last; a fault in the rosters of one district, of all of them
    await look_after_family(desk, now)
    await look_after_visits(desk, now)
    return told + await look_after_rosters(desk, now)
