"""Rosters and the calendar in the database: rows to `domain.roster` and `domain.holidays`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.spans import Span
from ingest.domain.duty.holidays import Calendar, DayKind
from ingest.domain.duty.roster import (
    AgreedRoster,
    OpenShift,
    Override,
    Roster,
    RosterError,
    roster_zone,
    rotations_data,
    rotations_of,
)
from ingest.store.base.bulk import put_all
from ingest.store.base.known_people import active_among
from ingest.store.base.tables import areas
from ingest.store.duty.tables import calendar_years, open_shifts, roster_changes, rosters, shift_signups, special_days


async def rosters_of(connection: AsyncConnection, area_ids: Sequence[str], within: Span) -> list[Roster]:
    """Return the rosters of these areas, with the changes and open shifts that touch `within`."""
    query = select(rosters).where(rosters.c.area_id.in_(area_ids)).order_by(rosters.c.roster_id)
    rows = (await connection.execute(query)).all()
    ids = [row.roster_id for row in rows]
    if not ids:
        return []
    changes = await _changes(connection, ids, within)
    shifts = await _shifts(connection, ids, within)
    return [
        Roster(
            roster_id=row.roster_id,
            area_id=row.area_id,
            zone=roster_zone(row.roster_id, row.timezone),
            rotations=rotations_of(row.roster_id, row.rotations_json),
            overrides=tuple(changes.get(row.roster_id, ())),
            open_shifts=tuple(shifts.get(row.roster_id, ())),
        )
        for row in rows
    ]


async def put_rosters(connection: AsyncConnection, agreed: Sequence[AgreedRoster]) -> None:
    """Write rosters over what was agreed before; raises `RosterError` where somebody on one is not there."""
    known = await active_among(connection, frozenset[str]().union(*(one.everybody() for one in agreed)))
    for one in agreed:
        strangers = one.everybody() - known
        if strangers:
            raise RosterError(
                f"{one.roster_id}: there is nobody with the id {', '.join(sorted(strangers))}; "
                "load the person first, or mend the turn"
            )
    rows = [
        {
            "roster_id": one.roster_id,
            "area_id": one.area_id,
            "name": one.name,
            "timezone": one.timezone,
            "rotations_json": rotations_data(one.rotations),
        }
        for one in agreed
    ]
    await put_all(connection, rosters, "roster_id", rows)


async def calendar_of(connection: AsyncConnection) -> Calendar:
    """Return every special day that is known."""
    days = await connection.execute(select(special_days.c.day, special_days.c.kind))
    years = await connection.execute(select(calendar_years.c.year))
    return Calendar({date.fromisoformat(day): DayKind(kind) for day, kind in days}, frozenset(years.scalars()))


async def _changes(connection: AsyncConnection, ids: Sequence[str], within: Span) -> dict[str, list[Override]]:
    query = (
        select(roster_changes)
        .where(
            roster_changes.c.roster_id.in_(ids),
            roster_changes.c.revoked.is_(False),
            roster_changes.c.starts < within[1],
            roster_changes.c.ends > within[0],
        )
        .order_by(roster_changes.c.id)
    )
    found: dict[str, list[Override]] = {}
    for row in await connection.execute(query):
        change = Override(row.person_id, row.replaces, row.starts, row.ends)
        found.setdefault(row.roster_id, []).append(change)
    return found


async def _shifts(connection: AsyncConnection, ids: Sequence[str], within: Span) -> dict[str, list[OpenShift]]:
    query = (
        select(open_shifts, shift_signups.c.person_id)
        .outerjoin(shift_signups, shift_signups.c.shift_id == open_shifts.c.shift_id)
        .where(open_shifts.c.roster_id.in_(ids), open_shifts.c.starts < within[1], open_shifts.c.ends > within[0])
        .order_by(open_shifts.c.starts, open_shifts.c.shift_id, shift_signups.c.at, shift_signups.c.person_id)
    )
    people: dict[str, list[str]] = {}
    rows = {}
    for row in await connection.execute(query):
        rows[row.shift_id] = row
        people.setdefault(row.shift_id, [])
        if row.person_id is not None:
            people[row.shift_id].append(row.person_id)
    found: dict[str, list[OpenShift]] = {}
    for shift_id, row in rows.items():
        shift = OpenShift(row.starts, row.ends, row.places, tuple(people[shift_id]))
        found.setdefault(row.roster_id, []).append(shift)
    return found


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A roster as it was agreed."""

    roster_id: str
    area_id: str
    name: str
    timezone: str
    rotations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An override, or one half of a swap, that counts."""

    number: int
    kind: str
    person: str | None
    replaces: str | None
    starts: datetime
    ends: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift to sign up for, and who has."""

    shift_id: str
    starts: datetime
    ends: datetime
    places: int
    people: list[str]


async def roster_rows(connection: AsyncConnection, scope: str, only: str | None = None) -> list[RosterRow]:
    """Return the rosters of a subtree, or the one with the id `only`."""
    query = (
        select(rosters).join(areas, areas.c.area_id == rosters.c.area_id).order_by(areas.c.path, rosters.c.roster_id)
    )
    query = query.where(areas.c.path.startswith(scope, autoescape=True))
    if only is not None:
        query = query.where(rosters.c.roster_id == only)
    return [
        RosterRow(row.roster_id, row.area_id, row.name, row.timezone, row.rotations_json)
        for row in await connection.execute(query)
    ]


async def changes_in(connection: AsyncConnection, roster_id: str, within: Span) -> list[ChangeRow]:
    """Return the changes of a roster that touch a stretch of time and were not taken back."""
    query = select(roster_changes).where(
        roster_changes.c.roster_id == roster_id,
        roster_changes.c.revoked.is_(False),
        roster_changes.c.starts < within[1],
        roster_changes.c.ends > within[0],
    )
    return [
        ChangeRow(row.id, row.kind, row.person_id, row.replaces, row.starts, row.ends, row.recorded_by)
        for row in await connection.execute(query.order_by(roster_changes.c.id))
    ]


async def shifts_in(connection: AsyncConnection, roster_id: str, within: Span) -> list[ShiftRow]:
    """Return the shifts of a roster that people sign up for and that touch a stretch of time, with who has."""
    query = select(open_shifts).where(
        open_shifts.c.roster_id == roster_id, open_shifts.c.starts < within[1], open_shifts.c.ends > within[0]
    )
    rows = (await connection.execute(query.order_by(open_shifts.c.starts, open_shifts.c.shift_id))).all()
    signed = select(shift_signups).where(shift_signups.c.shift_id.in_([row.shift_id for row in rows]))
    people: dict[str, list[str]] = {}
    for sign in await connection.execute(signed.order_by(shift_signups.c.at, shift_signups.c.person_id)):
        people.setdefault(sign.shift_id, []).append(sign.person_id)
    return [ShiftRow(row.shift_id, row.starts, row.ends, row.places, people.get(row.shift_id, [])) for row in rows]
