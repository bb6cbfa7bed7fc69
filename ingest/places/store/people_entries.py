"""Entries about people into the database: stations, what responders are besides their rights, residents, contacts and
rosters. What is checked here needs the database; the rest was checked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from ingest.domain.base.people import Kind, Role
from ingest.domain.duty.roster import RosterError, agreed_roster
from ingest.places.domain.placefile import (
    ChannelEntry,
    ContactEntry,
    PersonEntry,
    PlaceFile,
    PlaceFileError,
    ResidentEntry,
    RosterEntry,
    StationEntry,
)
from ingest.store.base.bulk import put_all, replace_all, rows_among
from ingest.store.base.database import Connection
from ingest.store.base.tables import contacts, homes, people, person_channels, residents, stations
from ingest.store.duty.rosters import put_rosters
from ingest.store.duty.tables import responder_areas, responders


async def write_stations(connection: Connection, entries: Sequence[StationEntry]) -> None:
    """Write the stations; their areas are known."""
    rows = [
        {
            "station_id": entry.id,
            "area_id": entry.area,
            "name_zh": entry.name_zh,
            "name_en": entry.name_en,
            "phone": entry.phone,
        }
        for entry in entries
    ]
    await put_all(connection, stations, "station_id", rows)


async def write_responders(connection: Connection, entries: Sequence[PersonEntry], known_areas: Set[str]) -> None:
    """Write what people are besides their rights; an entry that says nothing of it leaves no row."""
    wanted = {entry.station for entry in entries if entry.station is not None}
    there = {row.station_id for row in await rows_among(connection, stations.c.station_id, wanted)}
    for entry in entries:
        if entry.station is not None and entry.station not in there:
            raise PlaceFileError(f"[[people]] {entry.id}: there is no station {entry.station!r}")
        for area in entry.areas:
            if area not in known_areas:
                raise PlaceFileError(f"[[people]] {entry.id}: there is no area {area!r}")
    rows = [
        {
            "person_id": entry.id,
            "kind": (entry.kind or Kind(entry.role.value)).value,
            "licence": entry.licence and entry.licence.value,
            "organisation": entry.organisation,
            "station_id": entry.station,
            "skills": entry.skills,
        }
        for entry in entries
    ]
    await put_all(connection, responders, "person_id", rows)
    serving = [{"person_id": entry.id, "area_id": area} for entry in entries for area in dict.fromkeys(entry.areas)]
    await replace_all(connection, responder_areas.c.person_id, [entry.id for entry in entries], serving)


async def write_home_people(connection: Connection, places: PlaceFile) -> None:
    """Write residents and contacts. They are told and have no rights, so their rows in `people` are inactive."""
    await _write_told(connection, "residents", places.residents)
    living = [
        {
            "person_id": resident.id,
            "home_id": resident.home,
            "born": resident.born,
            "languages": resident.languages,
            "access_notes": resident.access_notes,
            "health_notes": resident.health_notes or None,
            "health_consent_on": resident.health_consent_on and resident.health_consent_on.isoformat(),
            "health_consent_by": resident.health_consent_by,
        }
        for resident in places.residents
    ]
    await put_all(connection, residents, "person_id", living)
    await _write_told(connection, "contacts", places.contacts)
    called = [
        {
            "person_id": contact.id,
            "home_id": contact.home,
            "position": contact.position,
            "relation": contact.relation,
            "holds_key": contact.holds_key,
        }
        for contact in places.contacts
    ]
    await put_all(connection, contacts, "person_id", called)


async def write_rosters(connection: Connection, entries: Sequence[RosterEntry]) -> None:
    """Write the rosters; everybody on them must be there."""
    try:
        agreed = [agreed_roster(one.id, one.area, one.name, one.rotations, one.timezone) for one in entries]
        await put_rosters(connection, agreed)
    except RosterError as error:
        raise PlaceFileError(f"[[rosters]] {error}") from error


async def write_channels(connection: Connection, ways: Mapping[str, Sequence[ChannelEntry]]) -> None:
    """Write people's channels in their order, in place of those before."""
    rows = [
        {"person_id": person_id, "position": position, "channel": way.kind, "address": way.address}
        for person_id, theirs in ways.items()
        for position, way in enumerate(theirs)
    ]
    await replace_all(connection, person_channels.c.person_id, ways, rows)


async def _write_told(
    connection: Connection, kind: str, entries: Sequence[ResidentEntry] | Sequence[ContactEntry]
) -> None:
    lived_in = await rows_among(connection, homes.c.home_id, {entry.home for entry in entries}, homes.c.area_id)
    area_of: dict[str, str] = {row.home_id: row.area_id for row in lived_in}
    known = await rows_among(connection, people.c.person_id, [entry.id for entry in entries], people.c.active)
    active = {row.person_id for row in known if row.active}
    for entry in entries:
        if entry.home not in area_of:
            raise PlaceFileError(f"[[{kind}]] {entry.id}: there is no home {entry.home!r}")
        if entry.id in active:
            raise PlaceFileError(
                f"[[{kind}]] {entry.id}: is the id of somebody in [[people]]; give another id", "taken_id"
            )
    rows = [
        {
            "person_id": entry.id,
            "name": entry.name,
            "role": Role.VOLUNTEER.value,
            "area_id": area_of[entry.home],
            "phone": entry.phone,
            "language": entry.language,
            "active": False,
        }
        for entry in entries
    ]
    await put_all(connection, people, "person_id", rows)
    await write_channels(connection, {entry.id: entry.channels or _by_phone(entry.phone) for entry in entries})


def _by_phone(phone: str | None) -> list[ChannelEntry]:
    return [ChannelEntry(kind=way, address=phone) for way in ("voice", "sms")] if phone else []
