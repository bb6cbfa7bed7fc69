"""Shifts in the database: the desk's notes, and what one shift hands to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, people
from ingest.store.duty.tables import shift_notes

_writer, _taker = people.alias("writer"), people.alias("taker")


@dataclass(frozen=True, slots=True)
class ShiftNote:
    """A note, or a hand-over (`tickets` is not None) with who took it."""

    note_id: int
    area_id: str
    area_path: str
    by: str
    by_name: str
    at: datetime
    text: str
    tickets: tuple[str, ...] | None
    taken_by: str | None
    taken_name: str | None
    taken_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it is a hand-over that nobody has taken."""
        return self.tickets is not None and self.taken_at is None


async def add_note(
    connection: AsyncConnection, area_id: str, text: str, *, by: str, at: datetime, tickets: Sequence[str] | None
) -> None:
    """Write a note, or a hand-over with the tickets that are open."""
    listed = None if tickets is None else list(tickets)
    row = {"area_id": area_id, "written_by": by, "at": at, "text": text, "tickets_json": listed}
    await connection.execute(insert(shift_notes).values(row))


async def take_note(connection: AsyncConnection, note_id: int, by: str, at: datetime) -> bool:
    """Write down who took a hand-over; False where it has been taken, or is none."""
    free = shift_notes.c.taken_by.is_(None) & shift_notes.c.tickets_json.is_not(None)
    statement = update(shift_notes).where(shift_notes.c.note_id == note_id, free).values(taken_by=by, taken_at=at)
    return (await connection.execute(statement)).rowcount == 1


async def note_by_id(connection: AsyncConnection, note_id: int) -> ShiftNote | None:
    """Return one, wherever it is."""
    found = await _notes(connection, shift_notes.c.note_id == note_id)
    return found[0] if found else None


async def notes_since(connection: AsyncConnection, scope: str, since: datetime) -> list[ShiftNote]:
    """Return the notes of a subtree from `since` on, the newest first, and hand-overs that wait, however old."""
    waits = shift_notes.c.tickets_json.is_not(None) & shift_notes.c.taken_at.is_(None)
    here = areas.c.path.startswith(scope, autoescape=True)
    return await _notes(connection, here, (shift_notes.c.at >= since) | waits)


async def _notes(connection: AsyncConnection, *which: ColumnElement[bool]) -> list[ShiftNote]:
    query = (
        select(shift_notes, areas.c.path, _writer.c.name.label("by_name"), _taker.c.name.label("taken_name"))
        .join_from(shift_notes, areas, shift_notes.c.area_id == areas.c.area_id)
        .join(_writer, shift_notes.c.written_by == _writer.c.person_id)
        .outerjoin(_taker, shift_notes.c.taken_by == _taker.c.person_id)
        .where(*which)
        .order_by(shift_notes.c.at.desc(), shift_notes.c.note_id.desc())
        .limit(200)
    )
    return [
        ShiftNote(
            note_id=row.note_id,
            area_id=row.area_id,
            area_path=row.path,
            by=row.written_by,
            by_name=row.by_name,
            at=row.at,
            text=row.text,
            tickets=None if row.tickets_json is None else tuple(row.tickets_json),
            taken_by=row.taken_by,
            taken_name=row.taken_name,
            taken_at=row.taken_at,
        )
        for row in await connection.execute(query)
    ]
