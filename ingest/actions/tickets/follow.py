"""Watch a ticket: from now on be told of its changes, or no longer."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.annotate import seen_ticket
from ingest.domain.base.people import Actor
from ingest.domain.tickets.ticket import Refused
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.tickets.followers import add_watcher, remove_watcher


@again_on_conflict
async def watch(ctx: ActionContext, ticket_id: str, actor: Actor, now: datetime, *, wanted: bool) -> bool | Refused:
    """Let the actor be told, or not; return `wanted`. Twice is as good as once."""
    async with ctx.db.write() as connection:
        ticket = await seen_ticket(connection, ticket_id, actor)
        if isinstance(ticket, Refused):
            return ticket
        assert actor.person_id is not None  # `seen_ticket` refuses the machine
        if wanted:
            await add_watcher(connection, ticket_id, actor.person_id, now)
        else:
            await remove_watcher(connection, ticket_id, actor.person_id)
        await count_change(connection)
    return wanted
