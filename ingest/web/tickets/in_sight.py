"""In sight: the ticket that a route is about, as far as it lies in the caller's own area."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ingest.store.tickets.queries import TicketRow, find_ticket
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of


async def ticket_in_sight(request: Request, ticket_id: str, session: Who) -> TicketRow:
    """Return it (a FastAPI dependency); raises `NoSuchPageError`."""
    async with site_of(request).deps.ctx.db.read() as connection:
        row = await find_ticket(connection, ticket_id, session.viewer.scope)
    if row is None:
        raise NoSuchPageError
    return row


InSight = Annotated[TicketRow, Depends(ticket_in_sight)]
