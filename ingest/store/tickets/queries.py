"""Queries: what the screens and the API read. Never writes; every list is limited to a subtree of areas (`scope`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.tables import areas, homes, people, stations
from ingest.store.tickets.tables import flags, ticket_history, tickets
from ingest.store.tickets.tickets import ticket_of

_taker = people.alias("taker")
_asked = people.alias("asked")


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with the names that belong to it; `ticket` is the same as the domain sees it."""

    ticket_id: str
    home_id: str | None
    home_label: str | None
    resident: str | None
    home_phone: str | None
    area_id: str
    area_path: str
    subject: str | None
    kind: str
    severity: str
    status: str
    condition: str
    text_zh: str
    text_en: str
    since: datetime
    step: int
    ticket: Ticket
    due_at: datetime | None
    due_kind: str | None
    offered_to: str | None
    offered_name: str | None
    taken_by: str | None
    taken_name: str | None
    taken_role: str | None
    opened_at: datetime
    closed_at: datetime | None
    resolved_by: str | None
    outcome: str | None
    cause: str | None
    note: str | None
    eta_at: datetime | None
    inside_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One thing that happened to a ticket; `actor_name` is None for the machine."""

    number: int
    at: datetime
    actor: str | None
    actor_name: str | None
    actor_role: str | None
    event: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag as it came."""

    flag_id: str
    episode: str
    home_id: str
    kind: str
    severity: str
    event: str
    at: datetime
    received_at: datetime
    text_zh: str
    text_en: str
    ticket_id: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who can be sent or told; `busy_with` are their live tickets."""

    person_id: str
    name: str
    role: str
    phone: str | None
    area_id: str
    area_path: str
    busy_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomeRow:
    """A home as somebody on the telephone would name it."""

    home_id: str
    label: str
    resident: str | None
    area_id: str
    area_path: str


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A place, by both of its names."""

    area_id: str
    level: str
    name_zh: str
    name_en: str
    path: str


def _inside(scope: str) -> ColumnElement[bool]:
    return areas.c.path.startswith(scope, autoescape=True)


_TICKET_QUERY: Select[*tuple[Any, ...]] = (
    select(
        tickets,
        areas.c.path.label("area_path"),
        homes.c.label.label("home_label"),
        homes.c.resident,
        homes.c.phone.label("home_phone"),
        _taker.c.name.label("taken_name"),
        _taker.c.role.label("taken_role"),
        _asked.c.name.label("offered_name"),
    )
    .join_from(tickets, areas, tickets.c.area_id == areas.c.area_id)
    .outerjoin(homes, tickets.c.home_id == homes.c.home_id)
    .outerjoin(_taker, tickets.c.taken_by == _taker.c.person_id)
    .outerjoin(_asked, tickets.c.offered_to == _asked.c.person_id)
)
_TICKET_FIELDS = tuple(name for name in TicketRow.__dataclass_fields__ if name != "ticket")


def _ticket(row: Row[*tuple[Any, ...]]) -> TicketRow:
    values = row._mapping
    return TicketRow(ticket=ticket_of(values), **{name: values[name] for name in _TICKET_FIELDS})


async def live_tickets(connection: AsyncConnection, scope: str) -> list[TicketRow]:
    """Return every ticket of the subtree that is not closed, in no particular order."""
    query = _TICKET_QUERY.where(tickets.c.status != "closed", _inside(scope))
    return [_ticket(row) for row in await connection.execute(query)]


async def recent_tickets(connection: AsyncConnection, scope: str, limit: int) -> list[TicketRow]:
    """Return the newest tickets of the subtree, closed ones as well, newest first."""
    query = _TICKET_QUERY.where(_inside(scope)).order_by(tickets.c.opened_at.desc(), tickets.c.ticket_id).limit(limit)
    return [_ticket(row) for row in await connection.execute(query)]


async def tickets_where(
    connection: AsyncConnection,
    *which: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    limit: int,
    offset: int = 0,
) -> list[TicketRow]:
    """Return tickets that meet every condition; the caller limits them to a subtree."""
    query = _TICKET_QUERY.where(*which).order_by(*order).limit(limit).offset(offset)
    return [_ticket(row) for row in await connection.execute(query)]


async def find_ticket(connection: AsyncConnection, ticket_id: str, scope: str) -> TicketRow | None:
    """Return one ticket, None if there is none in the subtree."""
    query = _TICKET_QUERY.where(tickets.c.ticket_id == ticket_id, _inside(scope))
    row = (await connection.execute(query)).one_or_none()
    return _ticket(row) if row else None


async def history_of(connection: AsyncConnection, ticket_id: str) -> list[HistoryRow]:
    """Return what happened to a ticket, oldest first."""
    query = (
        select(ticket_history, people.c.name, people.c.role)
        .join_from(ticket_history, people, ticket_history.c.actor == people.c.person_id, isouter=True)
        .where(ticket_history.c.ticket_id == ticket_id)
        .order_by(ticket_history.c.number)
    )
    return [
        HistoryRow(row.number, row.at, row.actor, row.name, row.role, row.event, row.detail_json or {})
        for row in await connection.execute(query)
    ]


async def flags_of(connection: AsyncConnection, ticket_id: str) -> list[FlagRow]:
    """Return the flags behind a ticket, oldest first."""
    query = select(flags).where(flags.c.ticket_id == ticket_id).order_by(flags.c.at, flags.c.number)
    return [_flag(row) for row in await connection.execute(query)]


async def flags_in(connection: AsyncConnection, scope: str, limit: int) -> list[FlagRow]:
    """Return the newest flags about homes of the subtree, newest first."""
    query = (
        select(flags)
        .join_from(flags, homes, flags.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(_inside(scope))
        .order_by(flags.c.received_at.desc(), flags.c.flag_id)
        .limit(limit)
    )
    return [_flag(row) for row in await connection.execute(query)]


def _flag(row: Row[*tuple[Any, ...]]) -> FlagRow:
    values = row._mapping
    return FlagRow(**{name: values[name] for name in FlagRow.__dataclass_fields__})


async def people_in(connection: AsyncConnection, scope: str) -> list[PersonRow]:
    """Return the active people of the subtree with what they are busy with, by name."""
    return await _people(connection, _inside(scope))


async def people_by_id(connection: AsyncConnection, person_ids: Sequence[str]) -> dict[str, PersonRow]:
    """Return those of them who are active, wherever they are: a roster may name anybody. At most some hundred."""
    if not person_ids:
        return {}
    return {person.person_id: person for person in await _people(connection, people.c.person_id.in_(person_ids))}


async def _people(connection: AsyncConnection, which: ColumnElement[bool]) -> list[PersonRow]:
    query = (
        select(people, areas.c.path, tickets.c.ticket_id)
        .join_from(people, areas, people.c.area_id == areas.c.area_id)
        .outerjoin(tickets, and_(tickets.c.taken_by == people.c.person_id, tickets.c.status.in_(("taken", "on_site"))))
        .where(people.c.active.is_(True), which)
        .order_by(people.c.name, people.c.person_id)
    )
    found: dict[str, PersonRow] = {}
    for row in await connection.execute(query):
        before = found[row.person_id].busy_with if row.person_id in found else ()
        busy = (*before, row.ticket_id) if row.ticket_id else before
        found[row.person_id] = PersonRow(row.person_id, row.name, row.role, row.phone, row.area_id, row.path, busy)
    return list(found.values())


async def homes_in(connection: AsyncConnection, scope: str) -> list[HomeRow]:
    """Return the homes of the subtree, by place and label."""
    query = (
        select(homes, areas.c.path)
        .join_from(homes, areas, homes.c.area_id == areas.c.area_id)
        .where(_inside(scope))
        .order_by(areas.c.path, homes.c.label, homes.c.home_id)
    )
    return [
        HomeRow(row.home_id, row.label, row.resident, row.area_id, row.path) for row in await connection.execute(query)
    ]


async def find_home(connection: AsyncConnection, home_id: str, scope: str) -> HomeRow | None:
    """Return one home, None if there is none in the subtree."""
    query = select(homes, areas.c.path).join_from(homes, areas, homes.c.area_id == areas.c.area_id)
    row = (await connection.execute(query.where(homes.c.home_id == home_id, _inside(scope)))).one_or_none()
    return HomeRow(row.home_id, row.label, row.resident, row.area_id, row.path) if row else None


async def tickets_of_home(connection: AsyncConnection, home_id: str, scope: str, limit: int) -> list[TicketRow]:
    """Return the newest tickets of a home, closed ones as well, newest first."""
    query = _TICKET_QUERY.where(tickets.c.home_id == home_id, _inside(scope))
    query = query.order_by(tickets.c.opened_at.desc(), tickets.c.ticket_id).limit(limit)
    return [_ticket(row) for row in await connection.execute(query)]


async def station_areas(connection: AsyncConnection, scope: str) -> set[str]:
    """Return the areas of the subtree that have a station."""
    query = select(stations.c.area_id).join_from(stations, areas, stations.c.area_id == areas.c.area_id)
    return set((await connection.execute(query.where(_inside(scope)))).scalars())


async def area_names(connection: AsyncConnection) -> dict[str, AreaRow]:
    """Return every area by id; names of places are no secret."""
    return {
        row.area_id: AreaRow(row.area_id, row.level, row.name_zh, row.name_en, row.path)
        for row in await connection.execute(select(areas))
    }


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One active person, as far as a page for them alone needs it; `scope` is the path of their area."""

    person_id: str
    name: str
    role: str
    language: str
    scope: str


async def find_person(connection: AsyncConnection, person_id: str) -> PersonCard | None:
    """Return an active person, None for anybody else."""
    query = (
        select(people.c.person_id, people.c.name, people.c.role, people.c.language, areas.c.path)
        .join_from(people, areas, people.c.area_id == areas.c.area_id)
        .where(people.c.person_id == person_id, people.c.active.is_(True))
    )
    row = (await connection.execute(query)).one_or_none()
    return PersonCard(row.person_id, row.name, row.role, row.language, row.path) if row else None


async def oldest_deadline(connection: AsyncConnection) -> datetime | None:
    """Return the deadline that has waited longest, of all tickets; None where nothing is live."""
    query = select(func.min(tickets.c.due_at)).where(tickets.c.status != "closed")
    found: datetime | None = (await connection.execute(query)).scalar_one()
    return found
