"""Case logs in the database: tickets with all that was said of them, for whoever counts afterwards. Reads only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.case_log import Case, Entry
from ingest.store.base.tables import areas
from ingest.store.tickets.tables import flags, ticket_history, tickets


async def cases_where(connection: AsyncConnection, *here: ColumnElement[bool]) -> list[Case]:
    """Return the tickets (with their areas) for which all of `here` holds."""
    logs: dict[str, list[Entry]] = {}
    query = select(ticket_history).join_from(ticket_history, tickets).join(areas, tickets.c.area_id == areas.c.area_id)
    query = query.where(*here).order_by(ticket_history.c.ticket_id, ticket_history.c.number)
    for row in await connection.execute(query):
        said = row.detail_json or {}
        people_said = said.get("person_id"), said.get("outcome")
        entry = Entry(row.at, row.event, row.actor, *people_said, severity=said.get("severity"))
        logs.setdefault(row.ticket_id, []).append(entry)
    rules = (
        select(flags.c.ticket_id, flags.c.reason, flags.c.number)
        .join_from(flags, tickets, flags.c.ticket_id == tickets.c.ticket_id)
        .join(areas, tickets.c.area_id == areas.c.area_id)
        .where(*here)
        .order_by(flags.c.received_at.desc(), flags.c.number.desc())
    )
    # the last one written is the first that came: the flag that opened the ticket
    opened_by = {row.ticket_id: row.reason for row in await connection.execute(rules)}
    found = select(tickets, areas.c.path).join_from(tickets, areas, tickets.c.area_id == areas.c.area_id)
    return [
        Case(
            ticket_id=row.ticket_id,
            path=row.path,
            kind=row.kind,
            rule=opened_by.get(row.ticket_id, row.kind),
            severity=row.severity,
            opened_at=row.opened_at,
            log=logs.get(row.ticket_id, []),
        )
        for row in await connection.execute(found.where(*here).order_by(tickets.c.opened_at, tickets.c.ticket_id))
    ]
