"""Entries about places into the database: areas, gateways, homes, people who log in, and plans, all or nothing.

What is given is written over what is known; what is not given stays. Passwords and keys are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ingest.domain.base.areas import UPWARDS, Level, path_below
from ingest.domain.duty.plan import PlanError
from ingest.domain.duty.plan_documents import part_of, steps_data, whole_plan
from ingest.domain.duty.quiet_hours import quiet_data
from ingest.places.domain.placefile import AreaEntry, PersonEntry, PlaceFile, PlaceFileError, PlanEntry
from ingest.places.store.people_entries import (
    write_channels,
    write_home_people,
    write_responders,
    write_rosters,
    write_stations,
)
from ingest.store.base.bulk import put_all, rows_among
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, gateways, homes, people
from ingest.store.duty.plans import plan_parts
from ingest.store.duty.tables import plans


async def write_places(connection: Connection, places: PlaceFile) -> None:
    """Write the entries within the caller's transaction; raises `PlaceFileError`."""
    await _write_areas(connection, places.areas)
    known = set((await connection.execute(select(areas.c.area_id))).scalars())
    for kind, entry_id, area_id in _stands_in(places):
        if area_id not in known:
            raise PlaceFileError(f"[[{kind}]] {entry_id}: there is no area {area_id!r}")
    await _write_things(connection, places)
    if places.plans:
        await _write_plans(connection, places.plans)
    await write_stations(connection, places.stations)
    await _write_people(connection, places.people)
    await write_responders(connection, places.people, known)
    await write_home_people(connection, places)
    await write_rosters(connection, places.rosters)


def _stands_in(places: PlaceFile) -> list[tuple[str, str, str]]:
    return [
        *(("gateways", entry.id, entry.area) for entry in places.gateways),
        *(("homes", entry.id, entry.area) for entry in places.homes),
        *(("people", entry.id, entry.area) for entry in places.people),
        *(("plans", entry.id, entry.area) for entry in places.plans),
        *(("stations", entry.id, entry.area) for entry in places.stations),
        *(("rosters", entry.id, entry.area) for entry in places.rosters),
    ]


async def _write_areas(connection: Connection, entries: Sequence[AreaEntry]) -> None:
    named = {entry.id for entry in entries} | {entry.parent for entry in entries if entry.parent is not None}
    found = await rows_among(connection, areas.c.area_id, named, areas.c.level, areas.c.path)
    before = {row.area_id: row.path for row in found}
    there: dict[str, tuple[Level, str]] = {row.area_id: (Level(row.level), row.path) for row in found}
    rows = []
    for entry in sorted(entries, key=lambda one: UPWARDS.index(one.level), reverse=True):
        path = _path_of(entry, there)
        if before.get(entry.id, path) != path:
            raise PlaceFileError(
                f"[[areas]] {entry.id}: is at {before[entry.id]}; an area can not be moved, give it a new id", "moved"
            )
        there[entry.id] = (entry.level, path)
        rows.append(
            {
                "area_id": entry.id,
                "parent_id": entry.parent,
                "level": entry.level.value,
                "name_zh": entry.name_zh,
                "name_en": entry.name_en,
                "path": path,
            }
        )
    await put_all(connection, areas, "area_id", rows)


def _path_of(entry: AreaEntry, there: Mapping[str, tuple[Level, str]]) -> str:
    """Return where the area lies, below a parent that is known or stands in the same file."""
    if entry.parent is None:
        return path_below(None, entry.id)
    if entry.parent not in there:
        raise PlaceFileError(f"[[areas]] {entry.id}: there is no parent {entry.parent!r}")
    level, path = there[entry.parent]
    if UPWARDS.index(level) <= UPWARDS.index(entry.level):
        raise PlaceFileError(
            f"[[areas]] {entry.id}: its parent {entry.parent} is a {level.value}, not wider", "parent_level"
        )
    return path_below(path, entry.id)


async def _write_things(connection: Connection, places: PlaceFile) -> None:
    standing = [{"gateway_id": gateway.id, "area_id": gateway.area} for gateway in places.gateways]
    await put_all(connection, gateways, "gateway_id", standing)
    wanted = {home.gateway for home in places.homes if home.gateway is not None}
    known = {row.gateway_id for row in await rows_among(connection, gateways.c.gateway_id, wanted)}
    for home in places.homes:
        if home.gateway is not None and home.gateway not in known:
            raise PlaceFileError(f"[[homes]] {home.id}: there is no gateway {home.gateway!r}")
    rows = [
        {
            "home_id": home.id,
            "area_id": home.area,
            "gateway_id": home.gateway,
            "label": home.label,
            "resident": home.resident,
            "phone": home.phone,
            "timezone": home.timezone,
            "way": home.way,
        }
        for home in places.homes
    ]
    await put_all(connection, homes, "home_id", rows)


async def _write_plans(connection: Connection, entries: Sequence[PlanEntry]) -> None:
    """Write the plans, and follow every plan there is to its end: a circle may close through one that was there."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        part = part_of(entry.id, entry.steps, entry.quiet, entry.then)
        row: dict[str, Any] = {
            "plan_id": entry.id,
            "area_id": entry.area,
            "severities": [severity.value for severity in entry.severities],
            "steps_json": steps_data(part.steps),
            "then_plan": part.then,
            "quiet_json": None if part.quiet is None else quiet_data(part.quiet),
        }
        rows.append(row)
    await put_all(connection, plans, "plan_id", rows)
    parts = await plan_parts(connection)
    try:
        for plan_id in parts:
            whole_plan(plan_id, parts)
    except PlanError as error:
        raise PlaceFileError(f"[[plans]] {error}") from error


async def _write_people(connection: Connection, entries: Sequence[PersonEntry]) -> None:
    logins = {entry.login: entry.id for entry in entries if entry.login is not None}
    taken = await rows_among(connection, people.c.login, logins, people.c.person_id)
    owner = {**logins, **{row.login: row.person_id for row in taken}}
    for entry in entries:
        if entry.login is not None and owner[entry.login] != entry.id:
            raise PlaceFileError(f"[[people]] {entry.id}: the login {entry.login!r} is somebody else's", "login")
    # whoever has a login keeps it where the file says nothing of it
    for some in ([one for one in entries if one.login is None], [one for one in entries if one.login is not None]):
        rows = [
            {
                "person_id": entry.id,
                "name": entry.name,
                "role": entry.role.value,
                "area_id": entry.area,
                "phone": entry.phone,
                "language": entry.language,
                **({} if entry.login is None else {"login": entry.login}),
            }
            for entry in some
        ]
        await put_all(connection, people, "person_id", rows)
    await write_channels(connection, {entry.id: entry.channels for entry in entries})
