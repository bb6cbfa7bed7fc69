"""Rosters and the calendar in the database: rows to `domain.roster` and `domain.holidays`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.holidays import Calendar, DayKind, SpecialDay
from ingest.domain.roster import OpenShift, Override, Roster, roster_zone, rotations_of
from ingest.domain.spans import Span
from ingest.store.duty_tables import (
    calendar_years,
    open_shifts,
    roster_changes,
    rosters,
    shift_signups,
    special_days,
)


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


async def calendar_of(connection: AsyncConnection) -> Calendar:
    """Return every special day that is known."""
    days = await connection.execute(select(special_days.c.day, special_days.c.kind))
    years = await connection.execute(select(calendar_years.c.year))
    return Calendar({date.fromisoformat(day): DayKind(kind) for day, kind in days}, frozenset(years.scalars()))


async def special_days_of(connection: AsyncConnection, year: int) -> list[SpecialDay]:
    """Return the year's table, in order."""
    query = select(special_days).where(special_days.c.day.startswith(f"{year:04}-")).order_by(special_days.c.day)
    return [
        SpecialDay(date.fromisoformat(row.day), DayKind(row.kind), row.name, row.official)
        for row in await connection.execute(query)
    ]


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
