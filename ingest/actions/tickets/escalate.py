"""Escalate: tickets whose deadline is over, one transaction each. Safe with any number of workers.

A row that another worker holds is passed over; a deadline that has moved is no longer found.
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import cancel_notices, queue_notices
from ingest.domain.duty.calling import Purpose, anybody, call_after, call_to_make_sure, desk_upwards
from ingest.domain.tickets.ticket import Ticket
from ingest.domain.tickets.timeout import asks_next_step, only_makes_sure, time_out
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.duty.reach import reach_of
from ingest.store.tickets.tickets import anything_due, next_due_ticket, save_ticket


async def escalate(ctx: ActionContext, now: datetime, limit: int = 500) -> int:
    """Deal with what is due at `now`, at most `limit` tickets; return how many there were."""
    async with ctx.db.read() as connection:
        if not await anything_due(connection, now):
            return 0
    for done in range(limit):
        async with ctx.db.write() as connection:
            ticket = await next_due_ticket(connection, now)
            if ticket is None:
                return done
            await _deal_with(connection, ctx, ticket, now)
            await count_change(connection)
    return limit


async def _deal_with(connection: Connection, ctx: ActionContext, ticket: Ticket, now: datetime) -> None:
    reach = await reach_of(connection, ticket, now)
    call = call_to_make_sure(ticket.plan, ticket.step, ticket.turn, reach) if only_makes_sure(ticket) else None
    if call is None and asks_next_step(ticket):
        call = call_after(ticket.plan, ticket.step, ticket.turn, reach)
    people = (desk_upwards(reach) or anybody(reach)) if call is None else call.people
    outcome = time_out(ticket, call, now)
    number = outcome.ticket.step
    said = {
        "due_kind": ticket.due_kind and ticket.due_kind.value,
        "step": number,
        "turn": outcome.ticket.turn or None,
        "level": None if call is None else ticket.plan.step_at(number).level.value,
        "why": None if call is None else call.why.value,
        "asked": [person.person_id for person in people],
    }
    saved = await save_ticket(connection, outcome.ticket, now, actor=None, event=outcome.lapse.value, detail=said)
    if ticket.offered_to is not None:
        await cancel_notices(connection, ticket.ticket_id, (Purpose.OFFERED,))
    wait = 0 if call is None else saved.plan.step_at(number).after_s
    await queue_notices(connection, ctx, saved, people, outcome.purpose, now=now, wait_s=wait)
