"""Check in on who is inside a home: after a while they are asked whether all is well, once more, then the desk is told.

The timer is a row, so a restart forgets none; the ticket's own row is locked first, so that an answer and the timer's
end never cross, whatever the number of workers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import cancel_notices, label_of, queue_notices, write_notice
from ingest.domain.duty.calling import Purpose, anybody, desk_upwards
from ingest.domain.notices.delivery import ABOUT_VISITOR
from ingest.domain.tickets.check_in import HELP_AGAIN_AFTER, CheckInStep, begin, run_out, told
from ingest.domain.tickets.lifecycle import ask_for_help
from ingest.domain.tickets.ticket import Event, Status, Ticket
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import chain_of
from ingest.store.duty.plans import plan_for
from ingest.store.duty.reach import reach_of
from ingest.store.duty.responders import responder_by_id
from ingest.store.tickets.check_ins import due_timers, end_timer, set_timer, timer_of
from ingest.store.tickets.queries import area_names
from ingest.store.tickets.tickets import save_ticket, ticket_for_update
from models.flag import Severity

_MOST = 500


async def keep_timer(connection: Connection, event: Event, ticket: Ticket, now: datetime) -> None:
    """Begin, begin anew or end the visitor's timer after an event, within the event's transaction."""
    if event in (Event.INSIDE, Event.ALL_WELL) and ticket.taken_by is not None and ticket.inside_at is not None:
        await set_timer(connection, begin(ticket.ticket_id, ticket.taken_by, now))
    elif event in (Event.RESOLVE, Event.GIVE_BACK, Event.MERGE):
        await end_timer(connection, ticket.ticket_id)
    else:
        return
    await cancel_notices(connection, ticket.ticket_id, sorted(ABOUT_VISITOR))


async def look_after_visitors(ctx: ActionContext, now: datetime) -> int:
    """Deal with every timer that has run out by `now`; return how many times somebody is told."""
    async with ctx.db.read() as connection:
        due = await due_timers(connection, now, _MOST)
    return sum([await _one(ctx, ticket_id, now) for ticket_id in due])


@again_on_conflict
async def _one(ctx: ActionContext, ticket_id: str, now: datetime) -> int:
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, ticket_id)
        timer = await timer_of(connection, ticket_id)
        if ticket is None or timer is None or timer.due_at is None or timer.due_at > now:
            return 0  # another worker was here, or they have answered
        if ticket.status is not Status.ON_SITE or ticket.taken_by != timer.person_id:
            await end_timer(connection, ticket_id)
            return 0
        after, step = run_out(timer, now)
        await set_timer(connection, after)
        said = {"person_id": timer.person_id, "count": after.asked}
        saved = await save_ticket(connection, ticket, now, actor=None, event=step.value, detail=said)
        if step is CheckInStep.ASKED:
            visitor = await responder_by_id(connection, timer.person_id)
            await queue_notices(connection, ctx, saved, [visitor] if visitor else [], Purpose.CHECK_IN, now=now)
        else:
            await _tell_desk(connection, ctx, saved, step, visitor=timer.person_id, now=now)
        await count_change(connection)
    return 1


@again_on_conflict
async def call_for_help(ctx: ActionContext, ticket_id: str, person_id: str, now: datetime) -> bool:
    """Tell the desk at once that who went to a home asks for help, and where; False for no such ticket.

    The ticket becomes as urgent as can be and is heard on the boards until they say that all is well. Never too late:
    who has left the home, or given the ticket back, may still need it.
    """
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, ticket_id)
        if ticket is None:
            return False
        # a clock that was set back must not make a new cry the old one
        again = ticket.help_at is not None and timedelta(0) <= now - ticket.help_at < HELP_AGAIN_AFTER
        if ticket.taken_by == person_id and again:
            return True
        timer = await timer_of(connection, ticket_id)
        if timer is not None and timer.person_id == person_id:
            await set_timer(connection, told(timer))
        plan = await plan_for(connection, await chain_of(connection, ticket.area_id), Severity.CRITICAL)
        worse = ask_for_help(ticket, plan, now)
        said = {"severity": worse.severity.value}
        saved = await save_ticket(connection, worse, now, actor=person_id, event=CheckInStep.HELP.value, detail=said)
        await _tell_desk(connection, ctx, saved, CheckInStep.HELP, visitor=person_id, now=now)
        await count_change(connection)
    return True


async def _tell_desk(
    connection: Connection, ctx: ActionContext, ticket: Ticket, step: CheckInStep, *, visitor: str, now: datetime
) -> None:
    reach = await reach_of(connection, ticket, now)
    people = [one for one in desk_upwards(reach) or anybody(reach) if one.person_id != visitor]
    place, label = (await area_names(connection))[ticket.area_id], await label_of(connection, ticket)
    for one in people:
        # a desk has many compounds with a building 3: whoever is rung in the night shall not have to look it up
        where = f"{place.name_zh if one.language == 'zh' else place.name_en} {label}"
        await write_notice(connection, ctx, ticket, one, Purpose(step.value), now=now, label=where)
    await notify_followers(connection, ctx, ticket, step.value, now, by=visitor)
