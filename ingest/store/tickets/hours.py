"""Hours of work in the database: what somebody did of tickets. Reads only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.stints import Stint, stints
from ingest.store.tickets.case_logs import cases_where
from ingest.store.tickets.tables import ticket_history, tickets


async def hours_of(
    connection: AsyncConnection, person_id: str, since: datetime, until: datetime, now: datetime
) -> list[Stint]:
    """Return what somebody did of tickets opened in a stretch, in order."""
    spoke = select(ticket_history.c.ticket_id).where(ticket_history.c.actor == person_id)
    theirs = or_(tickets.c.taken_by == person_id, tickets.c.resolved_by == person_id, tickets.c.ticket_id.in_(spoke))
    cases = await cases_where(connection, tickets.c.opened_at >= since, tickets.c.opened_at < until, theirs)
    return [stint for stint in stints(cases, now) if stint.person_id == person_id]
