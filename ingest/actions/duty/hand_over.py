"""Hand over: what a desk writes down for whoever comes next, and that they have read it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import DESK_ROLES, Actor
from ingest.domain.base.scope import sees
from ingest.store.base.change_counter import count_change
from ingest.store.duty.shifts import add_note, note_by_id, take_note
from ingest.store.tickets.queries import live_tickets

LONGEST_NOTE = 2000


class HandoverFault(StrEnum):
    """Why nothing was written."""

    NOT_ALLOWED = "not_allowed"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    OWN = "own"
    """Nobody takes over from themselves."""
    TAKEN = "taken"


async def write_note(
    ctx: ActionContext, area_id: str, text: str, actor: Actor, now: datetime, *, handover: bool
) -> HandoverFault | None:
    """Write a note of the desk; as a hand-over it lists the tickets that are open now. None: it is written."""
    if actor.person_id is None or actor.role not in DESK_ROLES:
        return HandoverFault.NOT_ALLOWED
    if not text and not handover:
        return HandoverFault.EMPTY
    async with ctx.db.write() as connection:
        open_now = [row.ticket_id for row in await live_tickets(connection, actor.area_path)] if handover else None
        await add_note(connection, area_id, text[:LONGEST_NOTE], by=actor.person_id, at=now, tickets=open_now)
        await count_change(connection)
    return None


async def take_over(ctx: ActionContext, note_id: int, actor: Actor, now: datetime) -> HandoverFault | None:
    """Write down that somebody has read a hand-over and goes on from there. None: it is written."""
    if actor.person_id is None or actor.role not in DESK_ROLES:
        return HandoverFault.NOT_ALLOWED
    async with ctx.db.write() as connection:
        note = await note_by_id(connection, note_id)
        if note is None or note.tickets is None or not sees(actor, note.area_path):
            return HandoverFault.UNKNOWN
        if note.by == actor.person_id:
            return HandoverFault.OWN
        if not await take_note(connection, note_id, actor.person_id, now):
            return HandoverFault.TAKEN
        await count_change(connection)
    return None
