"""Decline a call: one of several who were asked says "I cannot". The ticket stays open; the next step comes nearer.

Not an event of the ticket's table: an open ticket has been offered to nobody in particular.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import cancel_notices
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.domain.base.people import Actor
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import Event, EventDetail, Refusal, Refused, Status, Ticket
from ingest.domain.tickets.ticket_notes import CALL_DECLINED
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.notices.callees import has_declined, still_thinking, was_called
from ingest.store.tickets.tickets import save_ticket, ticket_for_update


@again_on_conflict
async def decline_call(
    ctx: ActionContext, ticket_id: str, actor: Actor, now: datetime, reason: str = ""
) -> Acted | Refused:
    """Record it, stop this person's waiting notices, and escalate at once when nobody who was asked is left.

    On a ticket that is offered to the actor it is the event DECLINE.
    """
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, ticket_id)
        if ticket is None or actor.person_id is None:
            return Refused(Refusal.UNKNOWN_TICKET)
        if ticket.status is not Status.OFFERED or ticket.offered_to != actor.person_id:
            return await _decline_open(connection, ticket, actor.person_id, now, reason)
    return await act_on_ticket(ctx, ticket_id, Event.DECLINE, actor, now, detail=EventDetail(reason=reason))


async def _decline_open(
    connection: Connection, ticket: Ticket, person_id: str, now: datetime, reason: str
) -> Acted | Refused:
    if ticket.status is not Status.OPEN:
        return Refused(Refusal.NOT_NOW, ticket.status, taken_by=ticket.taken_by)
    if not await was_called(connection, ticket.ticket_id, person_id):
        return Refused(Refusal.NOT_YOURS, ticket.status)
    if await has_declined(connection, ticket.ticket_id, person_id):
        return Acted(ticket)  # said twice, or told twice by a vendor: it counts once
    await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED,), person_id=person_id)
    left = await still_thinking(connection, ticket.ticket_id) - {person_id}
    after = ticket if left else replace(ticket, due_at=now)
    saved = await save_ticket(
        connection, after, now, actor=person_id, event=CALL_DECLINED, detail={"reason": reason.strip()}
    )
    await count_change(connection)
    return Acted(saved)
