"""Closed tickets in the database, as somebody looks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, homes, people
from ingest.store.tickets.queries import TicketRow, tickets_where
from ingest.store.tickets.tables import tickets


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: every word must stand somewhere; times are of the closing, aware, `until` not included."""

    words: tuple[str, ...] = ()
    kind: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def closed_tickets(
    connection: AsyncConnection, scope: str, wanted: Wanted, *, limit: int, offset: int = 0
) -> list[TicketRow]:
    """Return closed tickets of the subtree, the newest closing first."""
    where = [tickets.c.status == "closed", areas.c.path.startswith(scope, autoescape=True)]
    if wanted.kind is not None:
        where.append(tickets.c.kind == wanted.kind)
    if wanted.outcome is not None:
        where.append(tickets.c.outcome == wanted.outcome)
    if wanted.since is not None:
        where.append(tickets.c.closed_at >= wanted.since)
    if wanted.until is not None:
        where.append(tickets.c.closed_at < wanted.until)
    said = (tickets.c.ticket_id, tickets.c.text_zh, tickets.c.text_en, tickets.c.note, tickets.c.subject)
    named = (homes.c.label, homes.c.resident, areas.c.name_zh, areas.c.name_en)
    for word in wanted.words:
        here = [column.icontains(word, autoescape=True) for column in (*said, *named)]
        resolver = tickets.c.resolved_by.in_(
            people.select().with_only_columns(people.c.person_id).where(people.c.name.icontains(word, autoescape=True))
        )
        where.append(or_(*here, resolver))
    order = (tickets.c.closed_at.desc(), tickets.c.ticket_id)
    return await tickets_where(connection, *where, order=order, limit=limit, offset=offset)
