"""Tell watchers: whoever follows a ticket hears of its changes, by their own channels, never of their own acts."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.queue_notices import queue_notices
from ingest.actions.notices.wording import NEWS
from ingest.domain.base.areas import lies_within
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import Ticket
from ingest.store.base.database import Connection
from ingest.store.base.places import path_of
from ingest.store.duty.responders import responders_by_id
from ingest.store.tickets.followers import watchers_of


async def notify_followers(
    connection: Connection, ctx: ActionContext, ticket: Ticket, event: str, now: datetime, *, by: str | None
) -> None:
    """Write the notices about what has just been written into the history; `by` is who did it.

    Only what `NEWS` has words for is told, and only to those who still see the place.
    """
    if event not in NEWS:
        return
    ids = [person_id for person_id, _ in await watchers_of(connection, ticket.ticket_id) if person_id != by]
    if not ids:
        return
    path = await path_of(connection, ticket.area_id)
    people = [one for one in await responders_by_id(connection, ids) if lies_within(path, one.area_path)]
    await queue_notices(connection, ctx, ticket, people, Purpose.CHANGED, now=now, news=event)
