"""Told: who was told about a ticket, how, and whether it arrived. Reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.people import Kind
from ingest.store.base.tables import contacts, people, residents
from ingest.store.notices.tables import notices


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Who was told, how, and whether it arrived. No address: the page need not show it.

    `person_role` is their role, or `resident` or `contact` for people of the home.
    """

    notice_id: str
    person_id: str
    person_name: str
    person_role: str
    purpose: str
    channel: str
    status: str
    attempts: int
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


_COLUMNS = {"person_name": "name", "person_role": "role"}


async def notices_of(connection: AsyncConnection, ticket_id: str) -> list[NoticeRow]:
    """Return who was told about a ticket, oldest first."""
    kind = case(
        (residents.c.person_id.is_not(None), Kind.RESIDENT.value),
        (contacts.c.person_id.is_not(None), Kind.CONTACT.value),
        else_=people.c.role,
    )
    query = (
        select(notices, people.c.name, kind.label("role"))
        .join_from(notices, people, notices.c.person_id == people.c.person_id)
        .outerjoin(residents, residents.c.person_id == people.c.person_id)
        .outerjoin(contacts, contacts.c.person_id == people.c.person_id)
        .where(notices.c.ticket_id == ticket_id)
        .order_by(notices.c.created_at, notices.c.notice_id)
    )
    return [
        NoticeRow(**{name: row._mapping[_COLUMNS.get(name, name)] for name in NoticeRow.__dataclass_fields__})
        for row in await connection.execute(query)
    ]
