"""Beside a ticket: what each note, photo or relation needs: the ticket, locked, and a row of its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.tickets.ticket import AT_WORK, Refusal, Refused, Ticket
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.base.places import path_of
from ingest.store.tickets.tickets import save_ticket, ticket_for_update


async def seen_ticket(connection: Connection, ticket_id: str, actor: Actor) -> Ticket | Refused:
    """Return the ticket, locked, if its place is the actor's to see, or if they have taken it and it is not over."""
    ticket = await ticket_for_update(connection, ticket_id)
    if ticket is None or actor.person_id is None:
        return Refused(Refusal.UNKNOWN_TICKET)
    theirs = ticket.taken_by == actor.person_id and ticket.status in AT_WORK
    if not theirs and not sees(actor, await path_of(connection, ticket.area_id)):
        return Refused(Refusal.OUT_OF_SCOPE)
    return ticket


async def annotate(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    word: NoteKind,
    actor: Actor,
    *,
    now: datetime,
    detail: Mapping[str, Any],
) -> Ticket:
    """Write the row of the history and tell the watchers, within the caller's transaction."""
    saved = await save_ticket(connection, ticket, now, actor=actor.person_id, event=word.value, detail=detail)
    await notify_followers(connection, ctx, saved, word.value, now, by=actor.person_id)
    await count_change(connection)
    return saved
