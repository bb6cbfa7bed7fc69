"""Figures: how many of what, within a subtree of areas. Only counts; no names, no facts about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, gateways, homes
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import flags, ticket_history, tickets

ESCALATIONS = ("escalated", "no_answer")
"""History events by which a ticket went on to the next step of its plan."""


@dataclass(frozen=True, slots=True)
class Figures:
    """`duplicates` counts what must never be: a flag acted upon twice, and a second ticket for one episode."""

    homes: int
    gateways: int
    last_heartbeat_at: datetime | None
    flags: int
    flags_by_kind: dict[str, int]
    flags_unticketed: int
    tickets: int
    tickets_by_kind: dict[str, int]
    tickets_by_status: dict[str, int]
    notices: int
    notices_by_status: dict[str, int]
    escalations: int
    duplicates: int


async def figures_of(connection: AsyncConnection, scope: str) -> Figures:
    """Count everything in the subtree of `scope`."""
    here = areas.c.path.startswith(scope, autoescape=True)
    of_tickets = tickets.join(areas, tickets.c.area_id == areas.c.area_id)
    of_flags = flags.join(homes, flags.c.home_id == homes.c.home_id).join(areas, homes.c.area_id == areas.c.area_id)
    of_notices = of_tickets.join(notices, notices.c.ticket_id == tickets.c.ticket_id)
    of_history = of_tickets.join(ticket_history, ticket_history.c.ticket_id == tickets.c.ticket_id)

    async def groups(query: Select[str, int]) -> dict[str, int]:
        return {row[0]: row[1] for row in await connection.execute(query)}

    def by(column: ColumnElement[str]) -> Select[str, int]:
        return select(column, func.count()).where(here).group_by(column)

    flags_by_kind = await groups(by(flags.c.kind).select_from(of_flags))
    tickets_by_kind = await groups(by(tickets.c.kind).select_from(of_tickets))
    notices_by_status = await groups(by(notices.c.status).select_from(of_notices))
    lapses = await groups(by(ticket_history.c.event).select_from(of_history))
    count_homes = select(func.count()).select_from(homes.join(areas, homes.c.area_id == areas.c.area_id)).where(here)
    beats = select(func.count(), func.max(gateways.c.last_heartbeat_at)).select_from(
        gateways.join(areas, gateways.c.area_id == areas.c.area_id)
    )
    gateway_count, last_beat = (await connection.execute(beats.where(here))).one()
    unticketed = select(func.count()).select_from(of_flags).where(here, flags.c.ticket_id.is_(None))
    return Figures(
        homes=(await connection.execute(count_homes)).scalar_one(),
        gateways=gateway_count,
        last_heartbeat_at=last_beat,
        flags=sum(flags_by_kind.values()),
        flags_by_kind=flags_by_kind,
        flags_unticketed=(await connection.execute(unticketed)).scalar_one(),
        tickets=sum(tickets_by_kind.values()),
        tickets_by_kind=tickets_by_kind,
        tickets_by_status=await groups(by(tickets.c.status).select_from(of_tickets)),
        notices=sum(notices_by_status.values()),
        notices_by_status=notices_by_status,
        escalations=sum(lapses.get(event, 0) for event in ESCALATIONS),
        duplicates=await _doubled(connection, here),
    )


async def _doubled(connection: AsyncConnection, here: ColumnElement[bool]) -> int:
    """Count flags and tickets beyond the first of the same episode and number."""
    flags_again = (
        select((func.count() - 1).label("more"))
        .select_from(
            flags.join(homes, flags.c.home_id == homes.c.home_id).join(areas, homes.c.area_id == areas.c.area_id)
        )
        .where(here)
        .group_by(flags.c.episode, flags.c.number)
        .having(func.count() > 1)
        .subquery()
    )
    tickets_again = (
        select((func.count() - 1).label("more"))
        .select_from(tickets.join(areas, tickets.c.area_id == areas.c.area_id))
        .where(here, tickets.c.episode.is_not(None))
        .group_by(tickets.c.episode)
        .having(func.count() > 1)
        .subquery()
    )
    total = 0
    for again in (flags_again, tickets_again):
        total += int((await connection.execute(select(func.coalesce(func.sum(again.c.more), 0)))).scalar_one())
    return total
