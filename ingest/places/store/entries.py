"""The entries of places and people in the database, as a place file or a sheet has them. All is personal data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError

from ingest.domain.base.areas import Level
from ingest.domain.base.people import Kind, Licence, Role
from ingest.places.domain.placefile import (
    AreaEntry,
    ChannelEntry,
    ContactEntry,
    GatewayEntry,
    HomeEntry,
    PersonEntry,
    ResidentEntry,
    StationEntry,
)
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, contacts, gateways, homes, people, person_channels, residents, stations
from ingest.store.duty.tables import responder_areas, responders


class InUseError(RuntimeError):
    """Something else rests on the entry: it stays."""


async def read_entries(connection: Connection, scope: str, name: str, only: str | None = None) -> list[Any]:
    """Return the entries of one sheet within a subtree, or the one with the id `only`, if it is there."""
    key, read = _READERS[name]
    here = areas.c.path.startswith(scope, autoescape=True)
    return await read(connection, here if only is None else here & (key == only))


Ways = dict[str, list[ChannelEntry]]


async def _channels(connection: Connection) -> Ways:
    ways: Ways = {}
    query = select(person_channels).order_by(person_channels.c.person_id, person_channels.c.position)
    for row in await connection.execute(query):
        ways.setdefault(row.person_id, []).append(ChannelEntry(kind=row.channel, address=row.address))
    return ways


async def _areas(connection: Connection, here: ColumnElement[bool]) -> list[AreaEntry]:
    rows = await connection.execute(select(areas).where(here).order_by(areas.c.path))
    return [
        AreaEntry(
            id=row.area_id, level=Level(row.level), name_zh=row.name_zh, name_en=row.name_en, parent=row.parent_id
        )
        for row in rows
    ]


async def _stations(connection: Connection, here: ColumnElement[bool]) -> list[StationEntry]:
    query = select(stations).join(areas, areas.c.area_id == stations.c.area_id).where(here)
    return [
        StationEntry(id=row.station_id, area=row.area_id, name_zh=row.name_zh, name_en=row.name_en, phone=row.phone)
        for row in await connection.execute(query.order_by(stations.c.station_id))
    ]


async def _gateways(connection: Connection, here: ColumnElement[bool]) -> list[GatewayEntry]:
    query = select(gateways.c.gateway_id, gateways.c.area_id).join(areas, areas.c.area_id == gateways.c.area_id)
    rows = await connection.execute(query.where(here).order_by(gateways.c.gateway_id))
    return [GatewayEntry(id=row.gateway_id, area=row.area_id) for row in rows]


async def _homes(connection: Connection, here: ColumnElement[bool]) -> list[HomeEntry]:
    query = select(homes).join(areas, areas.c.area_id == homes.c.area_id).where(here).order_by(homes.c.home_id)
    return [
        HomeEntry(
            id=row.home_id,
            area=row.area_id,
            label=row.label,
            gateway=row.gateway_id,
            resident=row.resident,
            phone=row.phone,
            timezone=row.timezone,
            way=row.way,
        )
        for row in await connection.execute(query)
    ]


async def _people(connection: Connection, here: ColumnElement[bool]) -> list[PersonEntry]:
    ways = await _channels(connection)
    serving: dict[str, list[str]] = {}
    for row in await connection.execute(select(responder_areas).order_by(responder_areas.c.area_id)):
        serving.setdefault(row.person_id, []).append(row.area_id)
    query = (
        select(people, responders.c.kind, responders.c.licence, responders.c.organisation)
        .add_columns(responders.c.station_id, responders.c.skills)
        .join_from(people, areas, areas.c.area_id == people.c.area_id)
        .outerjoin(responders, responders.c.person_id == people.c.person_id)
        .where(here, people.c.active)
        .order_by(people.c.person_id)
    )
    return [
        PersonEntry(
            id=row.person_id,
            name=row.name,
            role=Role(row.role),
            area=row.area_id,
            phone=row.phone,
            language=row.language,
            login=row.login,
            channels=ways.get(row.person_id, []),
            kind=None if row.kind in (None, row.role) else Kind(row.kind),
            licence=row.licence and Licence(row.licence),
            organisation=row.organisation,
            station=row.station_id,
            skills=row.skills or [],
            areas=serving.get(row.person_id, []),
        )
        for row in await connection.execute(query)
    ]


async def _residents(connection: Connection, here: ColumnElement[bool]) -> list[ResidentEntry]:
    ways = await _channels(connection)
    query = select(people.c.name, people.c.phone, people.c.language, residents)
    query = query.join_from(people, residents, residents.c.person_id == people.c.person_id)
    query = query.join(areas, areas.c.area_id == people.c.area_id).where(here).order_by(people.c.person_id)
    return [
        ResidentEntry(
            id=row.person_id,
            home=row.home_id,
            name=row.name,
            phone=row.phone,
            born=row.born,
            language=row.language,
            languages=row.languages,
            access_notes=row.access_notes,
            health_notes=row.health_notes,
            health_consent_on=row.health_consent_on and date.fromisoformat(row.health_consent_on),
            health_consent_by=row.health_consent_by,
            channels=ways.get(row.person_id, []),
        )
        for row in await connection.execute(query)
    ]


async def _contacts(connection: Connection, here: ColumnElement[bool]) -> list[ContactEntry]:
    ways = await _channels(connection)
    query = select(people.c.name, people.c.phone, people.c.language, contacts)
    query = query.join_from(people, contacts, contacts.c.person_id == people.c.person_id)
    query = query.join(areas, areas.c.area_id == people.c.area_id).where(here)
    rows: Iterable[Any] = await connection.execute(query.order_by(contacts.c.home_id, contacts.c.position))
    return [
        ContactEntry(
            id=row.person_id,
            home=row.home_id,
            name=row.name,
            position=row.position,
            relation=row.relation,
            phone=row.phone,
            language=row.language,
            holds_key=row.holds_key,
            channels=ways.get(row.person_id, []),
        )
        for row in rows
    ]


_READERS: dict[str, tuple[Column[Any], Callable[[Connection, ColumnElement[bool]], Awaitable[list[Any]]]]] = {
    "areas": (areas.c.area_id, _areas),
    "stations": (stations.c.station_id, _stations),
    "gateways": (gateways.c.gateway_id, _gateways),
    "homes": (homes.c.home_id, _homes),
    "people": (people.c.person_id, _people),
    "residents": (people.c.person_id, _residents),
    "contacts": (people.c.person_id, _contacts),
}
"""Sheet → its key and its reader, in the order in which they are loaded."""
ENTRY_SHEETS = tuple(_READERS)

_IDS: dict[str, Column[Any]] = {
    "areas": areas.c.area_id,
    "stations": stations.c.station_id,
    "gateways": gateways.c.gateway_id,
    "homes": homes.c.home_id,
    "people": people.c.person_id,
}
_BEING = (person_channels.c.person_id,)
_ROWS: dict[str, tuple[Column[Any], ...]] = {
    **{name: (key,) for name, key in _IDS.items()},
    "people": (*_BEING, responder_areas.c.person_id, responders.c.person_id, people.c.person_id),
    "residents": (*_BEING, residents.c.person_id, people.c.person_id),
    "contacts": (*_BEING, contacts.c.person_id, people.c.person_id),
}
"""The rows an entry is made of, those that rest on others first."""


async def ids_of(connection: Connection, scope: str, *, inside: bool) -> dict[str, set[str]]:
    """Return the ids of areas, stations, gateways, homes and people inside a subtree, or of all outside it."""
    here = areas.c.path.startswith(scope, autoescape=True)
    found: dict[str, set[str]] = {}
    for name, key in _IDS.items():
        query = select(key).where(here if inside else ~here)
        if key.table is not areas:
            query = query.join(areas, areas.c.area_id == key.table.c.area_id)
        found[name] = set((await connection.execute(query)).scalars())
    return found


async def hold_entry(connection: Connection, name: str, entry_id: str, scope: str) -> Any:
    """Return an entry as it stands, and let nobody change it before this transaction ends; None where there is none in
    the subtree."""
    key = _READERS[name][0]
    await connection.execute(select(key).where(key == entry_id).with_for_update())
    found = await read_entries(connection, scope, name, entry_id)
    return found[0] if found else None


async def delete_entry(connection: Connection, name: str, entry_id: str) -> None:
    """Take an entry away; raises `InUseError` where something rests on it, and the transaction is lost then."""
    try:
        for column in _ROWS[name]:
            await connection.execute(delete(column.table).where(column == entry_id))
    except IntegrityError as error:
        raise InUseError from error
