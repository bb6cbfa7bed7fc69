"""Load places: areas, gateways, homes, people and plans from a checked place file, all or nothing, as often as wanted.

What is in the file is written over what is known; what is not in the file stays. Passwords and keys are not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.desk import Desk
from ingest.actions.load_people import (
    put,
    write_channels,
    write_home_people,
    write_responder,
    write_rosters,
    write_stations,
)
from ingest.domain.areas import UPWARDS, Level, path_below
from ingest.domain.plan import PlanError
from ingest.domain.plan_words import part_of, steps_data, whole_plan
from ingest.domain.quiet import quiet_data
from ingest.placefile import AreaEntry, PersonEntry, PlaceFile, PlaceFileError, PlanEntry
from ingest.store.change_counter import count_change
from ingest.store.places import plan_parts
from ingest.store.tables import areas, gateways, homes, people, plans


async def load_places(desk: Desk, places: PlaceFile) -> dict[str, int]:
    """Write the file's entries; return how many of each there were. Raises `PlaceFileError` and writes nothing."""
    async with desk.db.write() as connection:
        await write_places(connection, places)
        await count_change(connection)
    return {name: len(entries) for name in PlaceFile.__struct_fields__ if (entries := getattr(places, name))}


async def write_places(connection: AsyncConnection, places: PlaceFile) -> None:
    """Write the entries within the caller's transaction; raises `PlaceFileError`."""
    for area in sorted(places.areas, key=lambda entry: UPWARDS.index(entry.level), reverse=True):
        await _write_area(connection, area)
    known = set((await connection.execute(select(areas.c.area_id))).scalars())
    for kind, entry_id, area_id in _stands_in(places):
        if area_id not in known:
            raise PlaceFileError(f"[[{kind}]] {entry_id}: there is no area {area_id!r}")
    await _write_things(connection, places)
    if places.plans:
        await _write_plans(connection, places.plans)
    await write_stations(connection, places.stations)
    for person in places.people:
        await _write_person(connection, person)
        await write_responder(connection, person, known)
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


async def _write_area(connection: AsyncConnection, entry: AreaEntry) -> None:
    parent_path = None
    if entry.parent is not None:
        query = select(areas.c.path, areas.c.level).where(areas.c.area_id == entry.parent)
        parent = (await connection.execute(query)).one_or_none()
        if parent is None:
            raise PlaceFileError(f"[[areas]] {entry.id}: there is no parent {entry.parent!r}")
        if UPWARDS.index(Level(parent.level)) <= UPWARDS.index(entry.level):
            raise PlaceFileError(f"[[areas]] {entry.id}: its parent {entry.parent} is a {parent.level}, not wider")
        parent_path = parent.path
    path = path_below(parent_path, entry.id)
    before = (await connection.execute(select(areas.c.path).where(areas.c.area_id == entry.id))).scalar_one_or_none()
    if before is not None and before != path:
        raise PlaceFileError(f"[[areas]] {entry.id}: is at {before}; an area can not be moved, give it a new id")
    row = {
        "area_id": entry.id,
        "parent_id": entry.parent,
        "level": entry.level.value,
        "name_zh": entry.name_zh,
        "name_en": entry.name_en,
        "path": path,
    }
    await put(connection, areas, "area_id", row)


async def _write_things(connection: AsyncConnection, places: PlaceFile) -> None:
    for gateway in places.gateways:
        await put(connection, gateways, "gateway_id", {"gateway_id": gateway.id, "area_id": gateway.area})
    known = set((await connection.execute(select(gateways.c.gateway_id))).scalars())
    for home in places.homes:
        if home.gateway is not None and home.gateway not in known:
            raise PlaceFileError(f"[[homes]] {home.id}: there is no gateway {home.gateway!r}")
        row = {
            "home_id": home.id,
            "area_id": home.area,
            "gateway_id": home.gateway,
            "label": home.label,
            "resident": home.resident,
            "phone": home.phone,
            "timezone": home.timezone,
        }
        await put(connection, homes, "home_id", row)


async def _write_plans(connection: AsyncConnection, entries: Sequence[PlanEntry]) -> None:
    """Write the plans, and follow every plan there is to its end: a circle may close through one that was there."""
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
        await put(connection, plans, "plan_id", row)
    parts = await plan_parts(connection)
    try:
        for plan_id in parts:
            whole_plan(plan_id, parts)
    except PlanError as error:
        raise PlaceFileError(f"[[plans]] {error}") from error


async def _write_person(connection: AsyncConnection, entry: PersonEntry) -> None:
    row: dict[str, Any] = {
        "person_id": entry.id,
        "name": entry.name,
        "role": entry.role.value,
        "area_id": entry.area,
        "phone": entry.phone,
        "language": entry.language,
    }
    if entry.login is not None:
        owner = select(people.c.person_id).where(people.c.login == entry.login, people.c.person_id != entry.id)
        if (await connection.execute(owner)).first() is not None:
            raise PlaceFileError(f"[[people]] {entry.id}: the login {entry.login!r} is somebody else's")
        row["login"] = entry.login
    await put(connection, people, "person_id", row)
    await write_channels(connection, entry.id, entry.channels)
