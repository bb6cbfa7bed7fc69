"""Complain: something that the house itself relies on does not work, a vendor or another centre: one ticket about it.

Opened at the first district, for neither has a place here; when it works again the ticket says so, and a person closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.tickets.lifecycle import clear_condition
from ingest.domain.tickets.ticket import Condition, Event, Refused, Status
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import areas
from ingest.store.tickets.tables import tickets
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


def has_system_ticket(kind: Any, subject: Any) -> ColumnElement[bool]:
    """Return the condition that there is a live ticket about it that still goes on; both may be columns."""
    return exists().where(*_about(kind, subject))


async def open_system_ticket(
    connection: AsyncConnection, ctx: ActionContext, complaint: SystemFault, since: datetime, now: datetime
) -> bool:
    """Open the ticket unless there is one, within the caller's transaction; return whether it was opened."""
    told = select(has_system_ticket(complaint.kind, complaint.subject))
    # locked, so that two workers do not both find that there is none
    top = select(areas.c.area_id).where(areas.c.parent_id.is_(None)).order_by(areas.c.area_id).limit(1)
    area_id = (await connection.execute(top.with_for_update())).scalar_one_or_none()
    if area_id is None or (await connection.execute(told)).scalar_one():
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


async def mend(connection: AsyncConnection, kind: str, subject: str, now: datetime) -> None:
    """Write down on the ticket that it works again; somebody still has to close it."""
    query = select(tickets.c.ticket_id).where(*_about(kind, subject))
    for ticket_id in (await connection.execute(query)).scalars().all():
        ticket = await ticket_for_update(connection, ticket_id)
        cleared = None if ticket is None else clear_condition(ticket)
        if cleared is not None and not isinstance(cleared, Refused):
            await save_ticket(connection, cleared, now, actor=None, event=Event.CONDITION_CLEARED.value, detail={})
            await count_change(connection)


def _about(kind: Any, subject: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        tickets.c.kind == kind,
        tickets.c.subject == subject,
        tickets.c.status != Status.CLOSED.value,
        tickets.c.condition == Condition.ACTIVE.value,
    )
