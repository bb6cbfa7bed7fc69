"""Comment on a ticket: what is known beside the evidence, in the author's own words."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.act_on_ticket import Acted
from ingest.actions.tickets.annotate import annotate, seen_ticket
from ingest.domain.base.people import Actor
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.tickets.remarks import add_comment


@again_on_conflict
async def comment(ctx: ActionContext, ticket_id: str, text: str, actor: Actor, now: datetime) -> Acted | Refused:
    """Write it down and tell the watchers. Whoever sees the ticket may, and who took it while it is not over."""
    async with ctx.db.write() as connection:
        ticket = await seen_ticket(connection, ticket_id, actor)
        if isinstance(ticket, Refused):
            return ticket
        if not text.strip():
            return Refused(Refusal.INCOMPLETE, ticket.status, missing="text")
        assert actor.person_id is not None  # `seen_ticket` refuses the machine
        await add_comment(connection, ticket_id, actor.person_id, text.strip(), now)
        return Acted(await annotate(connection, ctx, ticket, NoteKind.COMMENT, actor, now=now, detail={}))
