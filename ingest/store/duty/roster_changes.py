"""Changes of rosters in the database: stand-ins and swaps, shifts that people sign up for, and who has signed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, insert, select, update

from ingest.domain.base.spans import Span
from ingest.domain.duty.roster import Override
from ingest.store.base.database import Connection
from ingest.store.duty.tables import open_shifts, roster_changes, rosters, shift_signups


@dataclass(frozen=True, slots=True)
class ShiftToFill:
    """A shift that people sign up for; `instead_of`: who asks to be relieved of it."""

    shift_id: str
    roster_id: str
    when: Span
    places: int
    instead_of: str | None = None


async def area_of_roster(connection: Connection, roster_id: str, *, lock: bool = False) -> str | None:
    """Return the area of a roster, None if there is no such roster; with `lock` nobody else decides about it."""
    query = select(rosters.c.area_id).where(rosters.c.roster_id == roster_id)
    return (await connection.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def add_change(
    connection: Connection,
    roster_id: str,
    change: Override,
    kind: Literal["override", "swap"],
    *,
    by: str | None,
    at: datetime,
) -> int:
    """Write a change and return its number."""
    row = {
        "roster_id": roster_id,
        "person_id": change.person,
        "replaces": change.replaces,
        "starts": change.starts,
        "ends": change.ends,
        "kind": kind,
        "recorded_by": by,
        "recorded_at": at,
    }
    return int(
        (await connection.execute(insert(roster_changes).values(row).returning(roster_changes.c.id))).scalar_one()
    )


async def roster_of_change(connection: Connection, number: int) -> str | None:
    """Return whose change it is, None if there is no such change."""
    query = select(roster_changes.c.roster_id).where(roster_changes.c.id == number)
    return (await connection.execute(query)).scalar_one_or_none()


async def mark_revoked(connection: Connection, number: int) -> None:
    """Let a change count no more."""
    await connection.execute(update(roster_changes).where(roster_changes.c.id == number).values(revoked=True))


async def add_shift(connection: Connection, shift: ShiftToFill) -> None:
    """Write a shift."""
    row = {
        "shift_id": shift.shift_id,
        "roster_id": shift.roster_id,
        "starts": shift.when[0],
        "ends": shift.when[1],
        "places": shift.places,
        "instead_of": shift.instead_of,
    }
    await connection.execute(insert(open_shifts).values(row))


async def shift_for_update(connection: Connection, shift_id: str) -> ShiftToFill | None:
    """Return a shift, locked until the transaction ends."""
    query = select(open_shifts).where(open_shifts.c.shift_id == shift_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return ShiftToFill(row.shift_id, row.roster_id, (row.starts, row.ends), row.places, row.instead_of)


async def delete_shift(connection: Connection, shift_id: str) -> None:
    """Take a shift away that nobody has signed up for."""
    await connection.execute(delete(open_shifts).where(open_shifts.c.shift_id == shift_id))


async def signed_up(connection: Connection, shift_id: str) -> set[str]:
    """Return who has signed up for a shift."""
    query = select(shift_signups.c.person_id).where(shift_signups.c.shift_id == shift_id)
    return set((await connection.execute(query)).scalars())


async def add_sign_up(connection: Connection, shift_id: str, person: str, at: datetime) -> None:
    """Write down that somebody signs up."""
    await connection.execute(insert(shift_signups).values(shift_id=shift_id, person_id=person, at=at))


async def delete_sign_up(connection: Connection, shift_id: str, person: str) -> None:
    """Take a sign-up back."""
    theirs = (shift_signups.c.shift_id == shift_id) & (shift_signups.c.person_id == person)
    await connection.execute(delete(shift_signups).where(theirs))


async def has_asked(connection: Connection, roster_id: str, person: str, when: Span) -> bool:
    """Return whether somebody asks already to be relieved of hours in this stretch, and nobody has taken them."""
    asked = select(func.count()).select_from(open_shifts)
    asked = asked.outerjoin(shift_signups, shift_signups.c.shift_id == open_shifts.c.shift_id)
    asked = asked.where(
        open_shifts.c.roster_id == roster_id,
        open_shifts.c.instead_of == person,
        open_shifts.c.starts < when[1],
        open_shifts.c.ends > when[0],
        shift_signups.c.person_id.is_(None),
    )
    return bool((await connection.execute(asked)).scalar_one())
