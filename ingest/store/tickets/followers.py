"""Watchers in the database: who is told of a ticket's changes because they want to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.database import upsert
from ingest.store.base.tables import people
from ingest.store.tickets.tables import ticket_watchers


async def watchers_of(connection: AsyncConnection, ticket_id: str) -> list[tuple[str, str]]:
    """Return (person id, name) of everybody who watches a ticket, by name."""
    query = (
        select(people.c.person_id, people.c.name)
        .join_from(ticket_watchers, people, ticket_watchers.c.person_id == people.c.person_id)
        .where(ticket_watchers.c.ticket_id == ticket_id, people.c.active)
        .order_by(people.c.name, people.c.person_id)
    )
    return [(row.person_id, row.name) for row in await connection.execute(query)]


async def add_watcher(connection: AsyncConnection, ticket_id: str, person_id: str, now: datetime) -> None:
    """Let somebody be told; nothing if they are already."""
    statement = upsert(connection, ticket_watchers).values(ticket_id=ticket_id, person_id=person_id, since=now)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["ticket_id", "person_id"]))


async def remove_watcher(connection: AsyncConnection, ticket_id: str, person_id: str) -> None:
    """Let somebody no longer be told."""
    which = (ticket_watchers.c.ticket_id == ticket_id, ticket_watchers.c.person_id == person_id)
    await connection.execute(delete(ticket_watchers).where(*which))
