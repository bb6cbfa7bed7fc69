"""Opening a ticket by hand: a person calls in and says something that no meter saw."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.tickets.open_ticket import open_ticket
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import area_names, homes_in
from ingest.web.base.auth import Who
from ingest.web.base.forms import CsrfForm
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of
from models.flag import Severity
from models.wire.codec import is_id

router = APIRouter()
BY_HAND = (Severity.CRITICAL, Severity.URGENT, Severity.VISIT, Severity.MAINTENANCE)
LONGEST_TEXT = 1000


@router.get("/tickets/new")
async def show_form(
    request: Request,
    session: Who,
    home: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The empty form, or one that has its home chosen already."""
    return await _form(request, session, OpeningForm(home_id=home))


class OpeningForm(CsrfForm):
    """What was written into the form."""

    home_id: str = ""
    severity: str = Severity.URGENT
    text: str = ""

    @property
    def said(self) -> str:
        """Return the text as it is kept."""
        return kept_text(self.text, LONGEST_TEXT)


EMPTY = OpeningForm()


async def _form(
    request: Request, session: Session, draft: OpeningForm = EMPTY, *, status: int = 200, problem: str | None = None
) -> Response:
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        homes = await homes_in(connection, session.viewer.scope)
        areas = await area_names(connection)
    return site.page(
        request,
        "open.html",
        session=session,
        status=status,
        problem=problem,
        homes=homes,
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
        severities=BY_HAND,
        filled=draft,
    )


@router.post("/tickets")
async def open_by_hand(request: Request, session: Who, draft: Annotated[OpeningForm, Form()]) -> Response:
    """Open it and show it, or show the form again with what is missing."""
    site = site_of(request)
    if draft.severity not in set(BY_HAND) or not draft.said or not draft.home_id or not is_id(draft.home_id):
        return await _form(request, session, draft, status=422, problem=Refusal.INCOMPLETE)
    result = await open_ticket(
        site.deps.ctx,
        draft.home_id,
        Severity(draft.severity),
        draft.said,
        actor=actor_of(session.viewer),
        now=site.now,
    )
    if isinstance(result, Refused):
        return await _form(request, session, draft, status=409, problem=result.reason)
    return RedirectResponse(f"/tickets/{result.ticket.ticket_id}", 303)
