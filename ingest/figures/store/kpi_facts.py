"""Key figures' facts: the tickets opened in a period with their logs, and how often people were asked. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.case_log import Case
from ingest.store.base.tables import areas, people
from ingest.store.notices.tables import notices
from ingest.store.tickets.case_logs import cases_where
from ingest.store.tickets.tables import tickets


@dataclass(frozen=True, slots=True)
class Named:
    """Who somebody is, for tables about people."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class NoticeFigures:
    """What became of the notices of one channel."""

    channel: str
    status: str
    count: int


async def cases_between(connection: AsyncConnection, scope: str, since: datetime, until: datetime) -> list[Case]:
    """Return the tickets of the subtree opened in `since` ≤ t < `until`, with everything that was said of them."""
    inside = areas.c.path.startswith(scope, autoescape=True)
    return await cases_where(connection, inside, tickets.c.opened_at >= since, tickets.c.opened_at < until)


async def asked_between(connection: AsyncConnection, scope: str, since: datetime, until: datetime) -> dict[str, int]:
    """Return on how many tickets of the subtree each person was asked to go."""
    query = (
        select(notices.c.person_id, func.count(notices.c.ticket_id.distinct()))
        .join_from(notices, tickets, notices.c.ticket_id == tickets.c.ticket_id)
        .join(areas, tickets.c.area_id == areas.c.area_id)
        .where(
            areas.c.path.startswith(scope, autoescape=True),
            tickets.c.opened_at >= since,
            tickets.c.opened_at < until,
            notices.c.purpose.in_(("asked", "offered")),
        )
        .group_by(notices.c.person_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def notices_between(
    connection: AsyncConnection, scope: str, since: datetime, until: datetime
) -> list[NoticeFigures]:
    """Return what became of the notices about tickets of the subtree, by channel."""
    query = (
        select(notices.c.channel, notices.c.status, func.count())
        .join_from(notices, tickets, notices.c.ticket_id == tickets.c.ticket_id)
        .join(areas, tickets.c.area_id == areas.c.area_id)
        .where(
            areas.c.path.startswith(scope, autoescape=True),
            notices.c.created_at >= since,
            notices.c.created_at < until,
        )
        .group_by(notices.c.channel, notices.c.status)
        .order_by(notices.c.channel, notices.c.status)
    )
    return [NoticeFigures(channel, status, count) for channel, status, count in await connection.execute(query)]


async def names_of_people(connection: AsyncConnection) -> dict[str, Named]:
    """Return everybody's name and role, those who have left as well: they did their hours."""
    query = select(people.c.person_id, people.c.name, people.c.role)
    return {row.person_id: Named(row.name, row.role) for row in await connection.execute(query)}
