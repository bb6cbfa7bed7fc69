"""Relate two tickets: merge one into another, link them, or take that back. Each side's history says so.

A merged ticket is closed, and everything further about it comes to the other; reopened, it stands for itself again.
Both rows are locked in the order of their ids, so that two people who merge crosswise never wait for each other.
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import cancel_notices
from ingest.actions.tickets.act_on_ticket import Acted
from ingest.actions.tickets.annotate import annotate, seen_ticket
from ingest.actions.tickets.check_in import keep_timer
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.permits import MAY
from ingest.domain.tickets.relation import Relation, acknowledged, why_not_merged, with_merged
from ingest.domain.tickets.ticket import Event, EventDetail, Refusal, Refused, Ticket
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.tickets.followers import add_watcher, watchers_of
from ingest.store.tickets.relations import are_related, follow, held_homes, relate, unrelate
from ingest.store.tickets.tickets import save_ticket


@again_on_conflict
async def merge(ctx: ActionContext, ticket_id: str, into_id: str, actor: Actor, now: datetime) -> Acted | Refused:
    """Let the work of a ticket be done under another one; return the other as it stands then."""
    if actor.role not in MAY[Event.MERGE]:
        return Refused(Refusal.NOT_ALLOWED)
    async with ctx.db.write() as connection:
        both = await _both(connection, ticket_id, into_id, actor)
        if isinstance(both, Refused):
            return both
        ticket, into = both
        after = decide(ticket, Event.MERGE, actor, EventDetail(into=into_id), now)
        if isinstance(after, Refused):
            return after
        refused = why_not_merged(ticket, into, await held_homes(connection, into_id))
        if refused is not None:
            return refused
        return Acted(await _merge(connection, ctx, acknowledged(after, into, now), into, actor, now=now))


async def _merge(
    connection: Connection, ctx: ActionContext, ticket: Ticket, into: Ticket, actor: Actor, *, now: datetime
) -> Ticket:
    said = {"into": into.ticket_id}
    saved = await save_ticket(connection, ticket, now, actor=actor.person_id, event=Event.MERGE.value, detail=said)
    assert actor.person_id is not None  # a person with a role
    await follow(connection, ticket.ticket_id, into.ticket_id)
    await relate(connection, ticket.ticket_id, into.ticket_id, Relation.MERGED, by=actor.person_id, now=now)
    await keep_timer(connection, Event.MERGE, saved, now)
    await cancel_notices(
        connection, ticket.ticket_id, [purpose for purpose in Purpose if purpose is not Purpose.CHANGED]
    )
    await notify_followers(connection, ctx, saved, Event.MERGE.value, now, by=actor.person_id)
    detail = {"ticket": ticket.ticket_id}
    lead = await annotate(connection, ctx, with_merged(into, ticket), NoteKind.MERGED_IN, actor, now=now, detail=detail)
    for person_id, _ in await watchers_of(connection, ticket.ticket_id):
        await add_watcher(connection, into.ticket_id, person_id, now)
    return lead


@again_on_conflict
async def link(
    ctx: ActionContext, ticket_id: str, other_id: str, actor: Actor, now: datetime, *, wanted: bool = True
) -> Acted | Refused:
    """Write down that two tickets belong together, or (`wanted` False) that they do not; return the first.

    What is merged stays merged: that is taken back by reopening.
    """
    if actor.role not in MAY_OPEN_BY_HAND or actor.person_id is None:
        return Refused(Refusal.NOT_ALLOWED)
    async with ctx.db.write() as connection:
        both = await _both(connection, ticket_id, other_id, actor)
        if isinstance(both, Refused):
            return both
        ticket, other = both
        if ticket_id == other_id:
            return Refused(Refusal.NOT_TOGETHER, ticket.status)
        if await are_related(connection, ticket_id, other_id) == wanted:
            return Acted(ticket)
        if wanted:
            await relate(connection, ticket_id, other_id, Relation.LINKED, by=actor.person_id, now=now)
        elif not await unrelate(connection, ticket_id, other_id, only=Relation.LINKED):
            return Refused(Refusal.NOT_NOW, ticket.status)
        word = NoteKind.LINKED if wanted else NoteKind.UNLINKED
        await annotate(connection, ctx, other, word, actor, now=now, detail={"ticket": ticket_id})
        return Acted(await annotate(connection, ctx, ticket, word, actor, now=now, detail={"ticket": other_id}))


async def _both(connection: Connection, ticket_id: str, other_id: str, actor: Actor) -> tuple[Ticket, Ticket] | Refused:
    found: dict[str, Ticket] = {}
    for one in sorted({ticket_id, other_id}):
        ticket = await seen_ticket(connection, one, actor)
        if isinstance(ticket, Refused):
            # whose ticket that is, or that there is one, is nobody's business beyond their area
            return Refused(Refusal.UNKNOWN_TICKET)
        found[one] = ticket
    return found[ticket_id], found[other_id]
