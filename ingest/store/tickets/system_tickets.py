"""Tickets about what the house itself relies on (vendors, other centres, test alarms), by kind and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ingest.domain.tickets.ticket import Condition, Status
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas
from ingest.store.tickets.tables import tickets


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A live ticket of this kind whose matter still goes on."""

    ticket_id: str
    kind: str
    subject: str
    opened_at: datetime


async def going_on(connection: Connection, *kinds: str, subject: str | None = None) -> list[GoingOn]:
    """Return the live tickets of these kinds that still go on, about one subject or (None) about all."""
    which: list[ColumnElement[bool]] = [
        tickets.c.kind.in_(kinds),
        tickets.c.status != Status.CLOSED.value,
        tickets.c.condition == Condition.ACTIVE.value,
    ]
    if subject is not None:
        which.append(tickets.c.subject == subject)
    query = select(tickets.c.ticket_id, tickets.c.kind, tickets.c.subject, tickets.c.opened_at).where(*which)
    return [GoingOn(*row) for row in await connection.execute(query.order_by(tickets.c.ticket_id))]


async def lock_first_district(connection: Connection) -> str | None:
    """Return the first district, locked, so that two workers do not both find that there is no ticket yet."""
    query = select(areas.c.area_id).where(areas.c.parent_id.is_(None)).order_by(areas.c.area_id).limit(1)
    return (await connection.execute(query.with_for_update())).scalar_one_or_none()
