"""Look after the promise: an alarm that nobody acknowledged in 60 s, in 180 s, gets an entry that a person explains."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.act_on_ticket import Acted
from ingest.actions.tickets.annotate import annotate, seen_ticket
from ingest.domain.base.people import DESK_ROLES, Actor
from ingest.domain.tickets.promise import ACKNOWLEDGED_AT_LAST, ACKNOWLEDGED_IN
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.tickets.lateness import anything_late, explain, note_answers, note_new

_LIMITS = (ACKNOWLEDGED_IN, ACKNOWLEDGED_AT_LAST)


@again_on_conflict
async def look_after_lateness(ctx: ActionContext, now: datetime) -> int:
    """Write the entries that are due and the acknowledgements that came after all; return how many entries are new."""
    async with ctx.db.read() as connection:
        if not await anything_late(connection, _LIMITS, now):
            return 0
    async with ctx.db.write() as connection:
        new = sum([await note_new(connection, limit, now) for limit in _LIMITS])
        await note_answers(connection, now)
        await count_change(connection)
    return new


@again_on_conflict
async def explain_lateness(
    ctx: ActionContext, ticket_id: str, cause: str, actor: Actor, now: datetime
) -> Acted | Refused:
    """Write down why a ticket was acknowledged late. Only a desk may; what was said before stays in the history."""
    if actor.role not in DESK_ROLES or actor.person_id is None:
        return Refused(Refusal.NOT_ALLOWED)
    async with ctx.db.write() as connection:
        ticket = await seen_ticket(connection, ticket_id, actor)
        if isinstance(ticket, Refused):
            return ticket
        if not cause.strip():
            return Refused(Refusal.INCOMPLETE, ticket.status, missing="text")
        if not await explain(connection, ticket_id, cause.strip(), actor.person_id):
            return Refused(Refusal.NOT_NOW, ticket.status)
        detail = {"reason": cause.strip()}
        return Acted(await annotate(connection, ctx, ticket, NoteKind.LATE_EXPLAINED, actor, now=now, detail=detail))
