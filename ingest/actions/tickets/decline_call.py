"""Decline a call: one of several who were asked says "I cannot". The ticket stays open; the next step comes nearer.

Not an event of the ticket's table: an open ticket has been offered to nobody in particular.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import cancel_notices
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket, was_called
from ingest.domain.base.people import Actor
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import Event, EventDetail, Refusal, Refused, Status, Ticket
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history
from ingest.store.tickets.tickets import save_ticket, ticket_for_update

CALL_DECLINED = "call_declined"
"""The history's word for it."""


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
    connection: AsyncConnection, ticket: Ticket, person_id: str, now: datetime, reason: str
) -> Acted | Refused:
    if ticket.status is not Status.OPEN:
        return Refused(Refusal.NOT_NOW, ticket.status, taken_by=ticket.taken_by)
    if not await was_called(connection, ticket.ticket_id, person_id):
        return Refused(Refusal.NOT_YOURS, ticket.status)
    if await _has_declined(connection, ticket.ticket_id, person_id):
        return Acted(ticket)  # said twice, or told twice by a vendor: it counts once
    await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED,), person_id=person_id)
    left = await _still_thinking(connection, ticket.ticket_id) - {person_id}
    after = ticket if left else replace(ticket, due_at=now)
    saved = await save_ticket(
        connection, after, now, actor=person_id, event=CALL_DECLINED, detail={"reason": reason.strip()}
    )
    await count_change(connection)
    return Acted(saved)


async def _has_declined(connection: AsyncConnection, ticket_id: str, person_id: str) -> bool:
    """Return whether they have said no since they were asked last."""
    said = select(func.max(ticket_history.c.at)).where(
        ticket_history.c.ticket_id == ticket_id,
        ticket_history.c.event == CALL_DECLINED,
        ticket_history.c.actor == person_id,
    )
    asked = select(func.max(notices.c.created_at)).where(
        notices.c.ticket_id == ticket_id, notices.c.person_id == person_id, notices.c.purpose == Purpose.ASKED.value
    )
    said_at, asked_at = [(await connection.execute(query)).scalar_one() for query in (said, asked)]
    return said_at is not None and (asked_at is None or said_at >= asked_at)


async def _still_thinking(connection: AsyncConnection, ticket_id: str) -> set[str]:
    """Return who was asked last, can have heard of it, and has not said no.

    Whoever was asked before and never answered may still come, but the next one does not wait for them any longer.
    """
    asked = (notices.c.ticket_id == ticket_id, notices.c.purpose == Purpose.ASKED.value)
    first_ways = (*asked, notices.c.position == 0)
    last = select(func.max(notices.c.created_at)).where(*first_ways).scalar_subquery()
    asked_last = await connection.execute(select(notices.c.person_id).where(*first_ways, notices.c.created_at == last))
    reached = await connection.execute(select(notices.c.person_id).where(*asked, notices.c.status != "rejected"))
    declined = await connection.execute(
        select(ticket_history.c.actor).where(
            ticket_history.c.ticket_id == ticket_id, ticket_history.c.event == CALL_DECLINED
        )
    )
    return (set(asked_last.scalars()) & set(reached.scalars())) - set(declined.scalars())
