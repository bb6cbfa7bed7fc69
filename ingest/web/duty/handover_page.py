"""The hand-over page: what is open, who is on call, what the desk wrote down, and "I take over"."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.duty.hand_over import LONGEST_NOTE, HandoverFault, take_over, write_note
from ingest.domain.base.rights import DESK
from ingest.store.base.sessions import Session
from ingest.store.duty.shifts import notes_since
from ingest.store.tickets.queries import area_names, live_tickets
from ingest.web.base.auth import Who
from ingest.web.base.forms import CsrfForm
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of, board_counts, home_name, in_order

router = APIRouter(prefix="/handover")
NOTES_KEPT = timedelta(hours=24)


class ShiftNoteForm(CsrfForm):
    """What was written; `handover` is "yes" when the shift is to be handed over."""

    text: str = ""
    handover: str = ""


EMPTY = ShiftNoteForm()


@router.get("")
async def show(request: Request, session: Who) -> Response:
    """The page; it prints well."""
    return await _page(request, session)


@router.post("")
async def write(request: Request, session: Who, draft: Annotated[ShiftNoteForm, Form()]) -> Response:
    """Write a note, or hand the shift over."""
    site, viewer = site_of(request), session.viewer
    text, is_handover = kept_text(draft.text, LONGEST_NOTE), draft.handover == "yes"
    fault = await write_note(site.deps.ctx, viewer.area_id, text, actor_of(viewer), site.now, handover=is_handover)
    return await _page(request, session, draft, fault) if fault else RedirectResponse("/handover", 303)


@router.post("/{note_id}/take")
async def take(request: Request, session: Who, note_id: int, draft: Annotated[ShiftNoteForm, Form()]) -> Response:
    """I have read it, and go on from there."""
    site = site_of(request)
    fault = await take_over(site.deps.ctx, note_id, actor_of(session.viewer), site.now)
    return await _page(request, session, fault=fault) if fault else RedirectResponse("/handover", 303)


async def _page(
    request: Request, session: Session, draft: ShiftNoteForm = EMPTY, fault: HandoverFault | None = None
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
        is_desk=DESK.allows(viewer.role),
        longest=LONGEST_NOTE,
        places=Places(areas, site.catalogue(request, viewer.language).language),
        home_name=home_name,
    )
