"""Complain: something that the house itself relies on does not work, a vendor or another centre: one ticket about it.

Opened at the first district, for neither has a place here; when it works again the ticket says so, and a person closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.tickets.lifecycle import clear_condition
from ingest.domain.tickets.ticket import Event, Refused
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.tickets.system_tickets import going_on, lock_first_district
from ingest.store.tickets.tickets import save_ticket, ticket_for_update
from models.flag import Severity


@dataclass(frozen=True, slots=True)
class SystemFault:
    """What does not work (`subject`, of `kind`), how urgent that is, and the sentence about it."""

    kind: str
    subject: str
    severity: Severity
    text_zh: str
    text_en: str


async def open_system_ticket(
    connection: Connection, ctx: ActionContext, complaint: SystemFault, since: datetime, now: datetime
) -> bool:
    """Open the ticket unless there is one, within the caller's transaction; return whether it was opened."""
    area_id = await lock_first_district(connection)
    if area_id is None or await going_on(connection, complaint.kind, subject=complaint.subject):
        return False
    cause = Cause(
        area_id=area_id,
        kind=complaint.kind,
        severity=complaint.severity,
        text_zh=complaint.text_zh,
        text_en=complaint.text_en,
        since=since,
        subject=complaint.subject,
    )
    await open_for(connection, ctx, cause, now)
    await count_change(connection)
    return True


async def mend(connection: Connection, kind: str, subject: str, now: datetime) -> None:
    """Write down on the ticket that it works again; somebody still has to close it."""
    for one in await going_on(connection, kind, subject=subject):
        ticket = await ticket_for_update(connection, one.ticket_id)
        cleared = None if ticket is None else clear_condition(ticket)
        if cleared is not None and not isinstance(cleared, Refused):
            await save_ticket(connection, cleared, now, actor=None, event=Event.CONDITION_CLEARED.value, detail={})
            await count_change(connection)
