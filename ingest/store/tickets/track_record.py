"""Track record: how alarms of one kind, and those of one home, have turned out lately. Reads; judges nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas
from ingest.store.tickets.tables import flags, tickets


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier ticket of a home; `outcome` is None while it has none."""

    ticket_id: str
    kind: str
    opened_at: datetime
    outcome: str | None


async def outcomes_of_kind(connection: AsyncConnection, kind: str, scope: str, since: datetime) -> dict[str, int]:
    """Return how often each outcome was named by a person for tickets of a kind that were opened since."""
    query = (
        select(tickets.c.outcome, func.count())
        .join_from(tickets, areas, tickets.c.area_id == areas.c.area_id)
        .where(
            tickets.c.kind == kind,
            tickets.c.opened_at >= since,
            tickets.c.outcome.is_not(None),
            tickets.c.resolved_by.is_not(None),
            areas.c.path.startswith(scope, autoescape=True),
        )
        .group_by(tickets.c.outcome)
    )
    return {row.outcome: row[1] for row in await connection.execute(query)}


async def earlier_of_home(
    connection: AsyncConnection, home_id: str, before: datetime, since: datetime
) -> list[Earlier]:
    """Return the tickets of a home that were opened in [`since`, `before`), newest first."""
    query = (
        select(tickets.c.ticket_id, tickets.c.kind, tickets.c.opened_at, tickets.c.outcome)
        .where(tickets.c.home_id == home_id, tickets.c.opened_at >= since, tickets.c.opened_at < before)
        .order_by(tickets.c.opened_at.desc(), tickets.c.ticket_id)
    )
    return [Earlier(*row) for row in await connection.execute(query)]


async def newest_facts(
    connection: AsyncConnection, ticket_ids: Collection[str], kind: str | None = None
) -> dict[str, Any]:
    """Return the numbers of the newest flag of these tickets, of a kind if one is given, that was not a clearing.

    Empty where there is none.
    """
    query = (
        select(flags.c.facts_json)
        .where(flags.c.ticket_id.in_(ticket_ids), flags.c.event != "cleared")
        .order_by(flags.c.at.desc(), flags.c.number.desc())
        .limit(1)
    )
    if kind is not None:
        query = query.where(flags.c.kind == kind)
    facts = (await connection.execute(query)).scalar_one_or_none()
    return facts if isinstance(facts, dict) else {}
