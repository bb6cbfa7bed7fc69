"""Responders in the database: who can be told or sent, with their channels, from rows that several tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.areas import Area
from ingest.domain.calling import Responder
from ingest.domain.people import Kind, Role
from ingest.store.duty_tables import contacts, residents, responder_areas, responders
from ingest.store.tables import areas, people, person_channels, stations

_MANY = 500
"""For more people all rows are read: a statement takes only so many parameters."""
_QUERY: Select[*tuple[Any, ...]] = (
    select(
        people.c.person_id,
        people.c.role,
        people.c.area_id,
        people.c.language,
        areas.c.path,
        responders.c.kind,
        stations.c.area_id.label("station_area"),
    )
    .join_from(people, areas, people.c.area_id == areas.c.area_id)
    .outerjoin(responders, responders.c.person_id == people.c.person_id)
    .outerjoin(stations, stations.c.station_id == responders.c.station_id)
)


async def responders_of(connection: AsyncConnection, chain: Sequence[Area]) -> list[Responder]:
    """Return all active people of these areas, in a stable order: who lives, works or serves there."""
    ids = [area.area_id for area in chain]
    serving = select(responder_areas.c.person_id).where(responder_areas.c.area_id.in_(ids))
    here = or_(people.c.area_id.in_(ids), stations.c.area_id.in_(ids), people.c.person_id.in_(serving))
    return await _found(connection, people.c.active, here)


async def responders_by_id(connection: AsyncConnection, person_ids: Sequence[str]) -> list[Responder]:
    """Return those of them who are active."""
    return await _found(connection, people.c.active, people.c.person_id.in_(person_ids)) if person_ids else []


async def responder_by_id(connection: AsyncConnection, person_id: str) -> Responder | None:
    """Return one active person, or None."""
    found = await responders_by_id(connection, [person_id])
    return found[0] if found else None


async def responders_within(connection: AsyncConnection, path: str) -> list[Responder]:
    """Return all active people of a subtree."""
    return await _found(connection, people.c.active, areas.c.path.startswith(path, autoescape=True))


async def volunteers_within(connection: AsyncConnection, path: str) -> list[Responder]:
    """Return the active volunteers of a subtree."""
    here = areas.c.path.startswith(path, autoescape=True)
    return await _found(connection, people.c.active, people.c.role == Role.VOLUNTEER.value, here)


async def administrators(connection: AsyncConnection) -> list[Responder]:
    """Return all active administrators, wherever they are."""
    return await _found(connection, people.c.active, people.c.role == Role.ADMINISTRATOR.value)


async def home_people(connection: AsyncConnection, home_id: str) -> list[Responder]:
    """Return the residents of a home and then its contacts, in their order."""
    living = await connection.execute(
        select(residents.c.person_id).where(residents.c.home_id == home_id).order_by(residents.c.person_id)
    )
    called = await connection.execute(
        select(contacts.c.person_id)
        .where(contacts.c.home_id == home_id)
        .order_by(contacts.c.position, contacts.c.person_id)
    )
    kinds = {**dict.fromkeys(living.scalars(), Kind.RESIDENT)}
    for person_id in called.scalars():
        kinds.setdefault(person_id, Kind.CONTACT)
    if not kinds:
        return []
    found = {one.person_id: one for one in await _found(connection, people.c.person_id.in_(kinds), kinds=kinds)}
    return [found[person_id] for person_id in kinds]


async def _found(
    connection: AsyncConnection, *which: ColumnElement[bool], kinds: dict[str, Kind] | None = None
) -> list[Responder]:
    rows = (await connection.execute(_QUERY.where(*which).order_by(people.c.person_id))).all()
    ids = [row.person_id for row in rows]
    ways = await _channels_of(connection, ids)
    serves = await _serves(connection, ids)
    return [
        Responder(
            person_id=row.person_id,
            role=Role(row.role),
            area_id=row.area_id,
            language=row.language,
            channels=ways.get(row.person_id, ()),
            kind=(kinds or {}).get(row.person_id) or Kind(row.kind or row.role),
            area_path=row.path,
            serves=serves.get(row.person_id, frozenset()),
            station_area=row.station_area,
        )
        for row in rows
    ]


async def _channels_of(
    connection: AsyncConnection, person_ids: Sequence[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    query = select(person_channels.c.person_id, person_channels.c.channel, person_channels.c.address)
    if len(person_ids) <= _MANY:
        query = query.where(person_channels.c.person_id.in_(person_ids))
    query = query.order_by(person_channels.c.position)
    ways: dict[str, tuple[tuple[str, str], ...]] = {}
    for person_id, channel, address in await connection.execute(query):
        ways[person_id] = (*ways.get(person_id, ()), (channel, address))
    return ways


async def _serves(connection: AsyncConnection, person_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    query = select(responder_areas)
    if len(person_ids) <= _MANY:
        query = query.where(responder_areas.c.person_id.in_(person_ids))
    found: dict[str, frozenset[str]] = {}
    for person_id, area_id in await connection.execute(query):
        found[person_id] = found.get(person_id, frozenset()) | {area_id}
    return found
