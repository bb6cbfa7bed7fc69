"""What people add around a ticket at the console: comments, photos, relations, watching, seen well, how to get in.

Plain forms like the buttons; each leads back to the ticket, or shows it with the reason why not.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from ingest.actions.ledger.note_seen import note_seen
from ingest.actions.tickets.attach_photo import attach_photo
from ingest.actions.tickets.comment import comment
from ingest.actions.tickets.follow import watch
from ingest.actions.tickets.note_lateness import explain_lateness
from ingest.actions.tickets.relate import link, merge
from ingest.actions.tickets.show_access import show_access
from ingest.domain.ledger.absence import AbsenceFault, Way
from ingest.domain.tickets.photo import LARGEST_PHOTO, PhotoFault
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.store.base.sessions import Session
from ingest.store.tickets.access import Access
from ingest.store.tickets.remarks import photo_of
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.base.views import actor_of
from ingest.web.tickets.buttons import LONGEST_NOTE, LONGEST_REASON
from ingest.web.tickets.in_sight import InSight, ticket_in_sight
from ingest.web.tickets.ticket_page import Shown, ticket_page
from models.wire.codec import is_id

router = APIRouter(prefix="/tickets/{ticket_id}", dependencies=[Depends(ticket_in_sight)])
SEEN_WAYS = (Way.IN_PERSON, Way.PHONE)


class RemarkForm(CsrfForm):
    """What one of the forms says; each form has only some of it."""

    text: str = ""
    other: str = ""
    way: str = ""
    wanted: str = "yes"

    @property
    def is_wanted(self) -> bool:
        """Return whether something is to begin, rather than to end."""
        return self.wanted == "yes"

    @property
    def other_id(self) -> str:
        """Return the other ticket's id as people write it, empty where it can be none."""
        written = self.other.strip().lower()
        return written if is_id(written) else ""


Filled = Annotated[RemarkForm, Form()]


async def _done(request: Request, session: Session, ticket_id: str, result: object) -> Response:
    """Lead back to the ticket, or show it with the reason why nothing was done."""
    shown: Shown | None = None
    if isinstance(result, Refused):
        shown = Shown(refused=result)
    elif isinstance(result, PhotoFault | AbsenceFault):
        shown = Shown(fault=result)
    if shown is not None:
        return await ticket_page(request, session, ticket_id, "ticket.html", shown)
    return RedirectResponse(f"/tickets/{ticket_id}", 303)


@router.post("/comments")
async def write_comment(request: Request, ticket_id: str, session: Who, form: Filled) -> Response:
    """Add a comment."""
    site = site_of(request)
    text = kept_text(form.text, LONGEST_NOTE)
    result = await comment(site.deps.ctx, ticket_id, text, actor_of(session.viewer), site.now)
    return await _done(request, session, ticket_id, result)


@router.post("/watch")
async def follow(request: Request, ticket_id: str, session: Who, form: Filled) -> Response:
    """Watch, or no longer."""
    site = site_of(request)
    actor = actor_of(session.viewer)
    result = await watch(site.deps.ctx, ticket_id, actor, site.now, wanted=form.is_wanted)
    return await _done(request, session, ticket_id, result)


@router.post("/seen")
async def was_seen(request: Request, ticket_id: str, row: InSight, session: Who, form: Filled) -> Response:
    """The resident was seen or spoken to, and is well."""
    site = site_of(request)
    actor = actor_of(session.viewer)
    if row.home_id is None or form.way not in SEEN_WAYS:
        return await _done(request, session, ticket_id, Refused(Refusal.NOT_NOW, row.ticket.status))
    result = await note_seen(site.deps.ctx, row.home_id, Way(form.way), actor, site.now, ticket_id=ticket_id)
    return await _done(request, session, ticket_id, result)


@router.post("/merge")
async def merge_into(request: Request, ticket_id: str, row: InSight, session: Who, form: Filled) -> Response:
    """Let the work be done under another ticket; leads to that one."""
    site = site_of(request)
    if not form.other_id:
        return await _done(request, session, ticket_id, Refused(Refusal.UNKNOWN_TICKET, row.ticket.status))
    result = await merge(site.deps.ctx, ticket_id, form.other_id, actor_of(session.viewer), site.now)
    if isinstance(result, Refused):
        return await _done(request, session, ticket_id, result)
    return RedirectResponse(f"/tickets/{form.other_id}", 303)


@router.post("/link")
async def link_with(request: Request, ticket_id: str, row: InSight, session: Who, form: Filled) -> Response:
    """Link with another ticket, or no longer."""
    site = site_of(request)
    if not form.other_id:
        return await _done(request, session, ticket_id, Refused(Refusal.UNKNOWN_TICKET, row.ticket.status))
    actor = actor_of(session.viewer)
    result = await link(site.deps.ctx, ticket_id, form.other_id, actor, site.now, wanted=form.is_wanted)
    return await _done(request, session, ticket_id, result)


@router.post("/late")
async def explain(request: Request, ticket_id: str, session: Who, form: Filled) -> Response:
    """Say why it was acknowledged late."""
    site = site_of(request)
    cause = kept_text(form.text, LONGEST_REASON)
    result = await explain_lateness(site.deps.ctx, ticket_id, cause, actor_of(session.viewer), site.now)
    return await _done(request, session, ticket_id, result)


@router.post("/access")
async def how_to_get_in(request: Request, ticket_id: str, session: Who, form: Filled) -> Response:
    """Show key and access notes, this once, to who took the ticket."""
    site = site_of(request)
    result = await show_access(site.deps.ctx, ticket_id, actor_of(session.viewer), site.now)
    if isinstance(result, Access):
        return await ticket_page(request, session, ticket_id, "ticket.html", Shown(access=result))
    return await _done(request, session, ticket_id, result)


@router.post("/photos")
async def send_photo(
    request: Request,
    ticket_id: str,
    session: Who,
    photo: Annotated[UploadFile, File()],
) -> Response:
    """Keep a photo."""
    site = site_of(request)
    data = await photo.read(LARGEST_PHOTO + 1)
    result = await attach_photo(site.deps.ctx, ticket_id, data, actor_of(session.viewer), site.now)
    return await _done(request, session, ticket_id, result)


@router.get("/photos/{photo_id}")
async def show_photo(request: Request, ticket_id: str, photo_id: str) -> Response:
    """The photo itself, for whoever sees the ticket."""
    async with site_of(request).deps.ctx.db.read() as connection:
        found = await photo_of(connection, ticket_id, photo_id)
    if found is None:
        raise NoSuchPageError
    media_type, content = found
    return Response(content, media_type=media_type, headers={"Content-Disposition": "inline"})
