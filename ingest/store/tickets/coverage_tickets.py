"""Tickets about gaps of rosters, and what people were told of them, as their history keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import Level
from ingest.domain.duty.coverage import CoverageGap, Lack
from ingest.domain.duty.coverage_notices import ROSTER_HOLE, ToldGaps
from ingest.domain.tickets.ticket import Status, Ticket
from ingest.store.base.tables import areas
from ingest.store.tickets.tables import ticket_history, tickets
from ingest.store.tickets.tickets import ticket_for_update

HOLES_TOLD, HOLES_FILLED = "holes_told", "holes_filled"
"""The history's words: people were told; some of what they were told is filled. The detail is what they know since."""
_LIVE = (Status.OPEN, Status.OFFERED, Status.TAKEN, Status.ON_SITE)


async def live_coverage_tickets(connection: AsyncConnection, path: str) -> dict[str, str]:
    """Return area → the ticket about its holes that somebody may still be at, in a subtree."""
    query = (
        select(tickets.c.area_id, tickets.c.ticket_id)
        .join(areas, areas.c.area_id == tickets.c.area_id)
        .where(tickets.c.kind == ROSTER_HOLE, tickets.c.status.in_([status.value for status in _LIVE]))
        .where(areas.c.path.startswith(path, autoescape=True))
        .order_by(tickets.c.opened_at)
    )
    return {row.area_id: row.ticket_id for row in await connection.execute(query)}


async def newest_coverage_tickets(connection: AsyncConnection, path: str) -> dict[str, str]:
    """Return area → the newest ticket about its holes in a subtree, closed or not."""
    query = (
        select(tickets.c.area_id, tickets.c.ticket_id)
        .join(areas, areas.c.area_id == tickets.c.area_id)
        .where(tickets.c.kind == ROSTER_HOLE, areas.c.path.startswith(path, autoescape=True))
        .order_by(tickets.c.opened_at)
    )
    return {row.area_id: row.ticket_id for row in await connection.execute(query)}


async def coverage_ticket(connection: AsyncConnection, ticket_id: str | None) -> Ticket | None:
    """Return the ticket, locked."""
    return None if ticket_id is None else await ticket_for_update(connection, ticket_id)


async def said_of(connection: AsyncConnection, area_id: str, now: datetime) -> ToldGaps | None:
    """Return what those who look after an area were told last and is not filled since, None if nothing ever was.

    What was told later than `now`, before the clock was set back, says nothing.
    """
    query = (
        select(ticket_history.c.detail_json)
        .join(tickets, tickets.c.ticket_id == ticket_history.c.ticket_id)
        .where(tickets.c.kind == ROSTER_HOLE, tickets.c.area_id == area_id, ticket_history.c.at <= now)
        .where(ticket_history.c.event.in_((HOLES_TOLD, HOLES_FILLED)))
        .order_by(ticket_history.c.at.desc(), ticket_history.c.number.desc())
        .limit(1)
    )
    detail = (await connection.execute(query)).scalar_one_or_none()
    if detail is None:
        return None
    gaps = [
        CoverageGap(area, Level(level), _at(starts), _at(ends), Lack(lack))
        for area, level, starts, ends, lack in detail["holes"]
    ]
    return ToldGaps(gaps, _at(detail["until"]))


def said_as_detail(gaps: Sequence[CoverageGap], until: datetime) -> dict[str, Any]:
    """Return what was told as it is kept; times in epoch seconds."""
    rows = [[gap.area_id, gap.level.value, _seconds(gap.starts), _seconds(gap.ends), gap.lack.value] for gap in gaps]
    return {"holes": rows, "until": _seconds(until)}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
