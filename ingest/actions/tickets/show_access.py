"""Show how to get in: key and access notes, to who took the open ticket and nobody else. Each look is written down."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.annotate import annotate
from ingest.domain.base.people import Actor
from ingest.domain.tickets.ticket import Refusal, Refused, Status
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.tickets.access import Access, access_to
from ingest.store.tickets.tickets import ticket_for_update

_ON_THE_WAY = frozenset({Status.TAKEN, Status.ON_SITE})


@again_on_conflict
async def show_access(ctx: ActionContext, ticket_id: str, actor: Actor, now: datetime) -> Access | Refused:
    """Return what is known, once it is written down who saw it and when: in the ticket's history and the audit log."""
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, ticket_id)
        if ticket is None or actor.person_id is None:
            return Refused(Refusal.UNKNOWN_TICKET)
        if ticket.taken_by != actor.person_id:
            return Refused(Refusal.NOT_YOURS, ticket.status)
        if ticket.status not in _ON_THE_WAY or ticket.home_id is None:
            return Refused(Refusal.NOT_NOW, ticket.status)
        await annotate(connection, ctx, ticket, NoteKind.ACCESS_SHOWN, actor, now=now, detail={})
        event, detail = NoteKind.ACCESS_SHOWN.value, {"ticket_id": ticket_id}
        await write_audit(connection, now, event, actor=actor.person_id, subject=ticket.home_id, detail=detail)
        return await access_to(connection, ticket.home_id)
