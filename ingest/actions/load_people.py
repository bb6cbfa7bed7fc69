"""Load people: stations, what responders are besides their rights, residents, contacts and rosters, from a place file.

Written by `load_places`, in its transaction. What is checked here needs the database; the rest was checked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.people import Kind, Role
from ingest.domain.roster import rotations_data, rotations_of
from ingest.placefile import (
    ChannelEntry,
    ContactEntry,
    PersonEntry,
    PlaceFile,
    PlaceFileError,
    ResidentEntry,
    RosterEntry,
    StationEntry,
)
from ingest.store.database import upsert
from ingest.store.duty_tables import contacts, residents, responder_areas, responders, rosters
from ingest.store.tables import homes, people, person_channels, stations


async def put(connection: AsyncConnection, table: Table, key: str, row: Mapping[str, Any]) -> None:
    """Write one row over what was there under its key."""
    statement = upsert(connection, table).values(row)
    changed = {name: statement.excluded[name] for name in row if name != key}
    await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


async def write_stations(connection: AsyncConnection, entries: Sequence[StationEntry]) -> None:
    """Write the stations; their areas are known."""
    for entry in entries:
        row = {"station_id": entry.id, "area_id": entry.area, "name_zh": entry.name_zh, "name_en": entry.name_en}
        await put(connection, stations, "station_id", {**row, "phone": entry.phone})


async def write_responder(connection: AsyncConnection, entry: PersonEntry, known_areas: Set[str]) -> None:
    """Write what somebody is besides their rights; an entry that says nothing of it leaves no row."""
    if entry.station is not None:
        there = select(stations.c.station_id).where(stations.c.station_id == entry.station)
        if (await connection.execute(there)).first() is None:
            raise PlaceFileError(f"[[people]] {entry.id}: there is no station {entry.station!r}")
    for area in entry.areas:
        if area not in known_areas:
            raise PlaceFileError(f"[[people]] {entry.id}: there is no area {area!r}")
    row = {
        "person_id": entry.id,
        "kind": (entry.kind or Kind(entry.role.value)).value,
        "licence": entry.licence and entry.licence.value,
        "organisation": entry.organisation,
        "station_id": entry.station,
        "skills": entry.skills,
    }
    await put(connection, responders, "person_id", row)
    await connection.execute(delete(responder_areas).where(responder_areas.c.person_id == entry.id))
    if entry.areas:
        rows = [{"person_id": entry.id, "area_id": area} for area in dict.fromkeys(entry.areas)]
        await connection.execute(insert(responder_areas), rows)


async def write_home_people(connection: AsyncConnection, places: PlaceFile) -> None:
    """Write residents and contacts. They are told and have no rights, so their rows in `people` are inactive."""
    for resident in places.residents:
        await _write_told(connection, "residents", resident)
        row = {
            "person_id": resident.id,
            "home_id": resident.home,
            "born": resident.born,
            "languages": resident.languages,
            "access_notes": resident.access_notes,
            "health_notes": resident.health_notes or None,
            "health_consent_on": resident.health_consent_on and resident.health_consent_on.isoformat(),
            "health_consent_by": resident.health_consent_by,
        }
        await put(connection, residents, "person_id", row)
    for contact in places.contacts:
        await _write_told(connection, "contacts", contact)
        row = {
            "person_id": contact.id,
            "home_id": contact.home,
            "position": contact.position,
            "relation": contact.relation,
            "holds_key": contact.holds_key,
        }
        await put(connection, contacts, "person_id", row)


async def write_rosters(connection: AsyncConnection, entries: Sequence[RosterEntry]) -> None:
    """Write the rosters; everybody on them must be there."""
    for entry in entries:
        turning = rotations_of(entry.id, entry.rotations)
        named = {person for rotation in turning for turn in rotation.turns for person in turn}
        query = select(people.c.person_id).where(people.c.person_id.in_(named), people.c.active)
        strangers = named - set((await connection.execute(query)).scalars())
        if strangers:
            raise PlaceFileError(
                f"[[rosters]] {entry.id}: there is nobody with the id {', '.join(sorted(strangers))}; "
                "load the person first, or mend the turn"
            )
        row = {
            "roster_id": entry.id,
            "area_id": entry.area,
            "name": entry.name,
            "timezone": entry.timezone,
            "rotations_json": rotations_data(turning),
        }
        await put(connection, rosters, "roster_id", row)


async def write_channels(connection: AsyncConnection, person_id: str, ways: Sequence[ChannelEntry]) -> None:
    """Write somebody's channels in their order, in place of those before."""
    await connection.execute(delete(person_channels).where(person_channels.c.person_id == person_id))
    rows = [
        {"person_id": person_id, "position": position, "channel": way.kind, "address": way.address}
        for position, way in enumerate(ways)
    ]
    if rows:
        await connection.execute(insert(person_channels), rows)


async def _write_told(connection: AsyncConnection, kind: str, entry: ResidentEntry | ContactEntry) -> None:
    query = select(homes.c.area_id).where(homes.c.home_id == entry.home)
    area_id = (await connection.execute(query)).scalar_one_or_none()
    if area_id is None:
        raise PlaceFileError(f"[[{kind}]] {entry.id}: there is no home {entry.home!r}")
    active = select(people.c.person_id).where(people.c.person_id == entry.id, people.c.active)
    if (await connection.execute(active)).first() is not None:
        raise PlaceFileError(f"[[{kind}]] {entry.id}: is the id of somebody in [[people]]; give another id")
    row = {
        "person_id": entry.id,
        "name": entry.name,
        "role": Role.VOLUNTEER.value,
        "area_id": area_id,
        "phone": entry.phone,
        "language": entry.language,
        "active": False,
    }
    await put(connection, people, "person_id", row)
    by_phone = [ChannelEntry(kind=way, address=entry.phone) for way in ("voice", "sms")] if entry.phone else []
    await write_channels(connection, entry.id, entry.channels or by_phone)
