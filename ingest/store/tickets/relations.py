"""Relations of tickets in the database: merged and linked ones, and whose situations follow which ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.relation import Relation
from ingest.domain.tickets.ticket import AT_WORK
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, homes
from ingest.store.tickets.tables import episodes, flags, ticket_homes, ticket_relations, tickets


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """Another ticket that belongs to one; `leads` is whether the work is done under it."""

    ticket_id: str
    relation: str
    leads: bool
    kind: str
    severity: str
    status: str
    home_label: str | None
    subject: str | None


async def relate(
    connection: AsyncConnection, ticket_id: str, other_id: str, relation: Relation, *, by: str, now: datetime
) -> None:
    """Write it down; merging takes the place of a link."""
    await unrelate(connection, ticket_id, other_id)
    row = {"ticket_id": ticket_id, "other_id": other_id, "kind": relation.value, "recorded_by": by, "at": now}
    await connection.execute(upsert(connection, ticket_relations).values(row))


async def unrelate(connection: AsyncConnection, ticket_id: str, other_id: str, *, only: Relation | None = None) -> bool:
    """Forget the relation the two have (`only` that one), either way round; return whether there was one."""
    which = [_pair(ticket_id, other_id)]
    if only is not None:
        which.append(ticket_relations.c.kind == only.value)
    return (await connection.execute(delete(ticket_relations).where(*which))).rowcount > 0


def _pair(ticket_id: str, other_id: str) -> ColumnElement[bool]:
    one, other = ticket_relations.c.ticket_id, ticket_relations.c.other_id
    return ((one == ticket_id) & (other == other_id)) | ((one == other_id) & (other == ticket_id))


async def are_related(connection: AsyncConnection, ticket_id: str, other_id: str) -> bool:
    """Return whether the two are merged or linked, either way round."""
    query = select(ticket_relations.c.kind).where(_pair(ticket_id, other_id)).limit(1)
    return (await connection.execute(query)).first() is not None


async def related_to(connection: AsyncConnection, ticket_id: str, scope: str) -> list[RelatedRow]:
    """Return the tickets that belong to this one, as far as they lie in the subtree; merged ones first."""
    mine = ticket_relations.c.ticket_id == ticket_id
    other = case((mine, ticket_relations.c.other_id), else_=ticket_relations.c.ticket_id)
    query = (
        select(
            tickets.c.ticket_id,
            ticket_relations.c.kind.label("relation"),
            ticket_relations.c.ticket_id.label("first"),
            tickets.c.kind,
            tickets.c.severity,
            tickets.c.status,
            homes.c.label,
            tickets.c.subject,
        )
        .join_from(ticket_relations, tickets, tickets.c.ticket_id == other)
        .join(areas, areas.c.area_id == tickets.c.area_id)
        .outerjoin(homes, homes.c.home_id == tickets.c.home_id)
        .where(or_(mine, ticket_relations.c.other_id == ticket_id), areas.c.path.startswith(scope, autoescape=True))
        .order_by(ticket_relations.c.kind.desc(), ticket_relations.c.at, tickets.c.ticket_id)
    )
    return [
        RelatedRow(
            ticket_id=row.ticket_id,
            relation=row.relation,
            leads=row.relation == Relation.MERGED.value and row.first == ticket_id,
            kind=row.kind,
            severity=row.severity,
            status=row.status,
            home_label=row.label,
            subject=row.subject,
        )
        for row in await connection.execute(query)
    ]


async def leader_of(connection: AsyncConnection, ticket_id: str) -> str | None:
    """Return the ticket that this one's work is done under."""
    which = (ticket_relations.c.ticket_id == ticket_id, ticket_relations.c.kind == Relation.MERGED.value)
    return (await connection.execute(select(ticket_relations.c.other_id).where(*which))).scalar_one_or_none()


async def merged_under(connection: AsyncConnection, ticket_id: str) -> list[str]:
    """Return the tickets whose work is done under this one."""
    which = (ticket_relations.c.other_id == ticket_id, ticket_relations.c.kind == Relation.MERGED.value)
    query = select(ticket_relations.c.ticket_id).where(*which).order_by(ticket_relations.c.ticket_id)
    return list((await connection.execute(query)).scalars())


async def follow(connection: AsyncConnection, ticket_id: str, into_id: str) -> None:
    """Let the situations of a ticket, and whatever was merged into it, belong to another from now on."""
    await connection.execute(update(episodes).where(episodes.c.ticket_id == ticket_id).values(ticket_id=into_id))
    merged = (ticket_relations.c.other_id == ticket_id, ticket_relations.c.kind == Relation.MERGED.value)
    await connection.execute(update(ticket_relations).where(*merged).values(other_id=into_id))


async def stand_alone(connection: AsyncConnection, ticket_id: str) -> None:
    """Let a ticket that was merged into another stand for itself, with the situations that began it."""
    leader_id = await leader_of(connection, ticket_id)
    if leader_id is None:
        return
    await unrelate(connection, ticket_id, leader_id)
    key = (episodes.c.gateway_id, episodes.c.episode)
    began = select(flags.c.gateway_id, flags.c.episode).where(flags.c.ticket_id == ticket_id)
    mine = (episodes.c.ticket_id == leader_id, tuple_(*key).in_(began))
    await connection.execute(update(episodes).where(*mine).values(ticket_id=ticket_id))


async def goes_on_elsewhere(connection: AsyncConnection, ticket_id: str, home_id: str, kind: str) -> bool:
    """Return whether a situation of another kind, or at another home, of the same ticket has not been cleared.

    Of one kind a home has one situation at a time: a later one takes the place of an earlier.
    """
    same = (flags.c.gateway_id == episodes.c.gateway_id) & (flags.c.episode == episodes.c.episode)
    query = (
        select(episodes.c.episode)
        .join_from(episodes, flags, same)
        .where(episodes.c.ticket_id == ticket_id, episodes.c.cleared.is_(False))
        .where(or_(flags.c.home_id != home_id, flags.c.kind != kind))
    )
    return (await connection.execute(query.limit(1))).first() is not None


@dataclass(frozen=True, slots=True)
class HeldHome:
    """A home of a ticket about a place; what is live there, if anything."""

    home_id: str
    label: str | None
    live_ticket: str | None
    live_kind: str | None


async def held_homes(connection: AsyncConnection, ticket_id: str) -> list[str]:
    """Return the ids of the homes that a ticket about a place holds."""
    query = select(ticket_homes.c.home_id).where(ticket_homes.c.ticket_id == ticket_id)
    return list((await connection.execute(query.order_by(ticket_homes.c.home_id))).scalars())


async def held_homes_in(connection: AsyncConnection, ticket_id: str, scope: str) -> list[HeldHome]:
    """Return the homes that a ticket about a place holds, within the subtree, with what is live there."""
    query = (
        select(ticket_homes.c.home_id, homes.c.label, tickets.c.ticket_id, tickets.c.kind)
        .join_from(ticket_homes, homes, homes.c.home_id == ticket_homes.c.home_id)
        .join(areas, areas.c.area_id == homes.c.area_id)
        .outerjoin(tickets, (tickets.c.home_id == homes.c.home_id) & (tickets.c.status.in_(sorted(AT_WORK))))
        .where(ticket_homes.c.ticket_id == ticket_id, areas.c.path.startswith(scope, autoescape=True))
        .order_by(homes.c.label, ticket_homes.c.home_id, tickets.c.opened_at)
    )
    return [HeldHome(row.home_id, row.label, row.ticket_id, row.kind) for row in await connection.execute(query)]
