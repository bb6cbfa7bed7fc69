"""Responders in the database: who can be told or sent, with their channels, from rows that several tables share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, null, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import lies_within
from ingest.domain.base.people import Kind, Role
from ingest.domain.duty.calling import Responder
from ingest.store.base.tables import areas, contacts, people, person_channels, push_subscriptions, residents, stations
from ingest.store.duty.tables import responder_areas, responders

_QUERY: Select[*tuple[Any, ...]] = (
    select(
        people.c.person_id,
        people.c.role,
        people.c.area_id,
        people.c.language,
        areas.c.path,
        responders.c.kind,
        stations.c.area_id.label("station_area"),
        person_channels.c.position,
        person_channels.c.channel,
        person_channels.c.address,
        responder_areas.c.area_id.label("serves"),
        exists().where(push_subscriptions.c.person_id == people.c.person_id).label("pushes"),
    )
    .join_from(people, areas, people.c.area_id == areas.c.area_id)
    .outerjoin(responders, responders.c.person_id == people.c.person_id)
    .outerjoin(stations, stations.c.station_id == responders.c.station_id)
    .outerjoin(person_channels, person_channels.c.person_id == people.c.person_id)
    .outerjoin(responder_areas, responder_areas.c.person_id == people.c.person_id)
)
"""A row for each channel of somebody and each area that they serve: a few rows more, and one statement, not three."""


@dataclass(frozen=True, slots=True)
class Around:
    """Everybody who may be asked about a place: of its areas or named, and volunteers of the places near it."""

    people: list[Responder]
    near: list[Responder]


async def people_around(
    connection: AsyncConnection, area_ids: Sequence[str], named: Collection[str], near: str | None
) -> Around:
    """Return all active people of these areas (who lives, works or serves there) and of `named`, in a stable order.

    `near` is the path of a subtree whose volunteers are returned besides. The parts of the union are found by an index
    each; one condition over all of them would read everybody.
    """
    here = [
        select(people.c.person_id).where(people.c.area_id.in_(area_ids)),
        select(responders.c.person_id).join(stations).where(stations.c.area_id.in_(area_ids)),
        select(responder_areas.c.person_id).where(responder_areas.c.area_id.in_(area_ids)),
    ]
    if named:
        here.append(select(people.c.person_id).where(people.c.person_id.in_(sorted(named))))
    if near is not None:
        within = select(areas.c.area_id).where(areas.c.path.startswith(near, autoescape=True))
        volunteers = people.c.role == Role.VOLUNTEER.value
        here.append(select(people.c.person_id).where(people.c.area_id.in_(within), volunteers, people.c.active))
    found = await _found(connection, people.c.active, people.c.person_id.in_(union(*here)))
    theirs = [one for one in found if one.person_id in named or any(one.works_at(area) for area in area_ids)]
    close = [one for one in found if near and one.role is Role.VOLUNTEER and lies_within(one.area_path, near)]
    return Around(theirs, close)


async def responders_by_id(connection: AsyncConnection, person_ids: Sequence[str]) -> list[Responder]:
    """Return those of them who are active."""
    return await _found(connection, people.c.active, people.c.person_id.in_(person_ids)) if person_ids else []


async def responder_by_id(connection: AsyncConnection, person_id: str) -> Responder | None:
    """Return one active person, or None."""
    found = await responders_by_id(connection, [person_id])
    return found[0] if found else None


async def kind_of(connection: AsyncConnection, person_id: str) -> str | None:
    """Return what somebody is where that says more than their role."""
    query = select(responders.c.kind).where(responders.c.person_id == person_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def responders_within(connection: AsyncConnection, path: str) -> list[Responder]:
    """Return all active people of a subtree."""
    return await _found(connection, people.c.active, areas.c.path.startswith(path, autoescape=True))


async def administrators(connection: AsyncConnection) -> list[Responder]:
    """Return all active administrators, wherever they are."""
    return await _found(connection, people.c.active, people.c.role == Role.ADMINISTRATOR.value)


async def home_people(connection: AsyncConnection, home_id: str) -> list[Responder]:
    """Return the residents of a home and then its contacts, in their order."""
    living = select(residents.c.person_id, null().label("position")).where(residents.c.home_id == home_id)
    called = select(contacts.c.person_id, contacts.c.position).where(contacts.c.home_id == home_id)
    order = sorted(
        (row.position is not None, row.position or 0, row.person_id)
        for row in await connection.execute(union_all(living, called))
    )
    kinds: dict[str, Kind] = {}
    for is_contact, _, person_id in order:
        kinds.setdefault(person_id, Kind.CONTACT if is_contact else Kind.RESIDENT)
    if not kinds:
        return []
    found = {one.person_id: one for one in await _found(connection, people.c.person_id.in_(kinds), kinds=kinds)}
    return [found[person_id] for person_id in kinds]


async def _found(
    connection: AsyncConnection, *which: ColumnElement[bool], kinds: dict[str, Kind] | None = None
) -> list[Responder]:
    query = _QUERY.where(*which).order_by(people.c.person_id, person_channels.c.position)
    rows = {}
    ways: dict[str, dict[int, tuple[str, str]]] = {}
    serves: dict[str, set[str]] = {}
    for row in await connection.execute(query):
        rows[row.person_id] = row
        if row.position is not None:
            ways.setdefault(row.person_id, {})[row.position] = (row.channel, row.address)
        if row.serves is not None:
            serves.setdefault(row.person_id, set()).add(row.serves)
    return [
        Responder(
            person_id=row.person_id,
            role=Role(row.role),
            area_id=row.area_id,
            language=row.language,
            channels=tuple(ways.get(row.person_id, {}).values()),
            kind=(kinds or {}).get(row.person_id) or Kind(row.kind or row.role),
            area_path=row.path,
            serves=frozenset(serves.get(row.person_id, ())),
            station_area=row.station_area,
            pushes=row.pushes,
        )
        for row in rows.values()
    ]
