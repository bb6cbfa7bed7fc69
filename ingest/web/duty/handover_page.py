"""The hand-over page: what is open, who is on call, what the desk wrote down, and "I take over"."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from ingest.actions.duty.hand_over import LONGEST_NOTE, HandoverFault, take_over, write_note
from ingest.domain.base.people import DESK_ROLES, Role
from ingest.store.base.sessions import Session
from ingest.store.duty.shifts import notes_since
from ingest.store.tickets.queries import area_names, live_tickets
from ingest.web.base.auth import check_csrf_token, logged_in
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of, board_counts, home_name, in_order
from ingest.web.tickets.board import NOTES_KEPT

router = APIRouter(prefix="/handover")
Who = Annotated[Session, Depends(logged_in)]


class Draft(BaseModel):
    """What was written; `handover` is "yes" when the shift is to be handed over."""

    model_config = ConfigDict(extra="forbid")
    csrf: str = ""
    text: str = ""
    handover: str = ""


EMPTY = Draft()


@router.get("")
async def show(request: Request, session: Who) -> Response:
    """The page; it prints well."""
    return await _page(request, session)


@router.post("")
async def write(request: Request, session: Who, draft: Annotated[Draft, Form()]) -> Response:
    """Write a note, or hand the shift over."""
    check_csrf_token(request, session, draft.csrf)
    site, viewer = site_of(request), session.viewer
    text, is_handover = kept_text(draft.text, LONGEST_NOTE), draft.handover == "yes"
    fault = await write_note(site.deps.ctx, viewer.area_id, text, actor_of(viewer), site.now, handover=is_handover)
    return await _page(request, session, draft, fault) if fault else RedirectResponse("/handover", 303)


@router.post("/{note_id}/take")
async def take(request: Request, session: Who, note_id: int, draft: Annotated[Draft, Form()]) -> Response:
    """I have read it, and go on from there."""
    check_csrf_token(request, session, draft.csrf)
    site = site_of(request)
    fault = await take_over(site.deps.ctx, note_id, actor_of(session.viewer), site.now)
    return await _page(request, session, fault=fault) if fault else RedirectResponse("/handover", 303)


async def _page(
    request: Request, session: Session, draft: Draft = EMPTY, fault: HandoverFault | None = None
) -> Response:
    site, viewer = site_of(request), session.viewer
    async with site.deps.ctx.db.read() as connection:
        tickets = in_order(await live_tickets(connection, viewer.scope))
        areas = await area_names(connection)
        notes = await notes_since(connection, viewer.scope, site.now - NOTES_KEPT)
    return site.page(
        request,
        "handover.html",
        session=session,
        status=409 if fault else 200,
        fault=fault,
        filled=draft,
        tickets=tickets,
        counts=board_counts(tickets),
        notes=notes,
        is_desk=viewer.role in set(Role) and Role(viewer.role) in DESK_ROLES,
        longest=LONGEST_NOTE,
        places=Places(areas, site.catalogue(request, viewer.language).language),
        home_name=home_name,
    )
