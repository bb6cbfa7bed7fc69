"""Act on a ticket: somebody presses a button. The table decides; ticket, history and notices are one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import cancel_notices, queue_notices
from ingest.actions.tickets.check_in import keep_timer
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.duty.calling import Purpose, call_from
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.permits import forbidden
from ingest.domain.tickets.ticket import Event, EventDetail, Refusal, Refused, Status, Ticket
from ingest.domain.tickets.ticket_notes import QUIET
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import actor_by_id, path_of
from ingest.store.duty.reach import reach_of
from ingest.store.duty.responders import responder_by_id
from ingest.store.notices.callees import was_called
from ingest.store.tickets.relations import stand_alone
from ingest.store.tickets.tickets import means_the_same, save_ticket, ticket_for_update

NOTHING_SAID = EventDetail()


@dataclass(frozen=True, slots=True)
class Acted:
    """It was done; `ticket` is how it stands now."""

    ticket: Ticket


@again_on_conflict
async def act_on_ticket(
    ctx: ActionContext,
    ticket_id: str,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    detail: EventDetail = NOTHING_SAID,
    expected_version: int | None = None,
) -> Acted | Refused:
    """Let `event` happen to the ticket, or say why not; then nothing was written.

    With `expected_version` an older page is refused (`CHANGED_MEANWHILE`) unless the event would say more
    (somebody else has taken it).
    """
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, ticket_id)
        if ticket is None:
            return Refused(Refusal.UNKNOWN_TICKET)
        refused = await _not_permitted(connection, ticket, event, actor, detail)
        if refused is not None:
            return refused
        after = decide(ticket, event, actor, detail, now)
        if isinstance(after, Refused):
            return after
        if expected_version is not None and not await means_the_same(connection, ticket, expected_version, QUIET):
            return Refused(Refusal.CHANGED_MEANWHILE, ticket.status, taken_by=ticket.taken_by)
        saved = await save_ticket(
            connection, after, now, actor=actor.person_id, event=event.value, detail=_said(after, detail)
        )
        if event is Event.REOPEN:
            await stand_alone(connection, ticket_id)
        if event is Event.RESOLVE:
            for hear in (hear for wing in ctx.wings for hear in wing.outcomes):
                saved = await hear(connection, saved, now)
        await keep_timer(connection, event, saved, now)
        await _tell_about(connection, ctx, event, saved, now, by=ticket.taken_by or ticket.offered_to)
        await notify_followers(connection, ctx, saved, event.value, now, by=actor.person_id)
        await count_change(connection)
    return Acted(saved)


async def _not_permitted(
    connection: Connection, ticket: Ticket, event: Event, actor: Actor, detail: EventDetail
) -> Refused | None:
    if actor.is_machine:
        return None
    path = await path_of(connection, ticket.area_id)
    called = actor.person_id is not None and await was_called(connection, ticket.ticket_id, actor.person_id)
    reason = forbidden(actor, event, path, was_called=called)
    if reason is not None:
        return Refused(reason)
    if detail.person_id is not None:
        other = await actor_by_id(connection, detail.person_id)
        if other is None or not actor.at_desk or not (sees(other, path) or sees(actor, other.area_path)):
            return Refused(Refusal.UNKNOWN_PERSON, ticket.status)
    return None


def _said(after: Ticket, detail: EventDetail) -> dict[str, str | int | None]:
    return {
        "status": after.status.value,
        "person_id": detail.person_id,
        "reason": detail.reason.strip(),
        "outcome": None if detail.outcome is None else detail.outcome.value,
        "cause": None if detail.cause is None else detail.cause.value,
        "minutes": detail.minutes,
        "into": detail.into,
        "note": detail.note.strip(),
    }


async def _tell_about(
    connection: Connection, ctx: ActionContext, event: Event, ticket: Ticket, now: datetime, *, by: str | None
) -> None:
    """Write the notices that follow from `event`; `by` had the ticket before and is not asked again at once."""
    if ticket.status in (Status.TAKEN, Status.RESOLVED, Status.CLOSED):
        await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED, Purpose.OFFERED))
    if event is Event.OFFER and ticket.offered_to is not None:
        person = await responder_by_id(connection, ticket.offered_to)
        if person is not None:
            await queue_notices(connection, ctx, ticket, [person], Purpose.OFFERED, now=now)
    elif ticket.status is Status.OPEN:
        call = call_from(ticket.plan, ticket.step, ticket.turn, await reach_of(connection, ticket, now))
        others = [person for person in call.people if person.person_id != by]
        await queue_notices(connection, ctx, ticket, others, Purpose.ASKED, now=now)
