"""The JSON API of what people add around a ticket: the same as `ticket_care`'s forms, for programs.

200 with what came of it; 404 for what is not there or not theirs to see, 409 and 422 with a word.
"""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from ingest.actions.tickets.act_on_ticket import Acted
from ingest.actions.tickets.attach_photo import Attached, attach_photo
from ingest.actions.tickets.comment import comment
from ingest.actions.tickets.follow import watch
from ingest.actions.tickets.note_lateness import explain_lateness
from ingest.actions.tickets.relate import link, merge
from ingest.actions.tickets.show_access import show_access
from ingest.domain.tickets.photo import PhotoFault
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.store.tickets.access import Access
from ingest.store.tickets.remarks import photo_of
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import JsonBody
from ingest.web.base.plain import plain
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.base.views import actor_of
from ingest.web.tickets.buttons import LONGEST_NOTE, LONGEST_REASON
from ingest.web.tickets.in_sight import ticket_in_sight
from models.wire.codec import is_id

router = APIRouter(prefix="/api/v1/tickets/{ticket_id}", dependencies=[Depends(ticket_in_sight)])
_PHOTO_CODES = {PhotoFault.TOO_LARGE: 413, PhotoFault.NO_PHOTO: 415}


class TextBody(JsonBody):
    """Something that is written."""

    text: str


class OtherBody(JsonBody):
    """Another ticket; `wanted` false takes a link back."""

    ticket_id: str
    wanted: bool = True


class WatchBody(JsonBody):
    """Whether to be told of changes."""

    wanted: bool


def _answer(result: Acted | Refused | Attached | PhotoFault | Access | bool) -> Response:
    if isinstance(result, Refused):
        code = 422 if result.reason is Refusal.INCOMPLETE else 409
        said = {"status": result.status, "taken_by": result.taken_by, "missing": result.missing}
        return JSONResponse({"error": result.reason, **said}, code)
    if isinstance(result, PhotoFault):
        return JSONResponse({"error": result.value}, _PHOTO_CODES.get(result, 422))
    if isinstance(result, Acted):
        ticket = result.ticket
        return JSONResponse({"ticket_id": ticket.ticket_id, "status": ticket.status, "version": ticket.version})
    if isinstance(result, bool):
        return JSONResponse({"watching": result})
    return JSONResponse(plain(asdict(result)))


@router.post("/comments")
async def post_comment(request: Request, ticket_id: str, session: Who, body: TextBody) -> Response:
    """Add a comment."""
    site = site_of(request)
    text = kept_text(body.text, LONGEST_NOTE)
    return _answer(await comment(site.deps.ctx, ticket_id, text, actor_of(session.viewer), site.now))


@router.post("/watch")
async def post_watch(request: Request, ticket_id: str, session: Who, body: WatchBody) -> Response:
    """Watch, or no longer."""
    site = site_of(request)
    actor = actor_of(session.viewer)
    return _answer(await watch(site.deps.ctx, ticket_id, actor, site.now, wanted=body.wanted))


@router.post("/merge")
async def post_merge(request: Request, ticket_id: str, session: Who, body: OtherBody) -> Response:
    """Let the work be done under another ticket; answers with that one."""
    site = site_of(request)
    if not is_id(body.ticket_id):
        return _answer(Refused(Refusal.UNKNOWN_TICKET))
    return _answer(await merge(site.deps.ctx, ticket_id, body.ticket_id, actor_of(session.viewer), site.now))


@router.post("/link")
async def post_link(request: Request, ticket_id: str, session: Who, body: OtherBody) -> Response:
    """Link with another ticket, or no longer."""
    site = site_of(request)
    if not is_id(body.ticket_id):
        return _answer(Refused(Refusal.UNKNOWN_TICKET))
    actor = actor_of(session.viewer)
    return _answer(await link(site.deps.ctx, ticket_id, body.ticket_id, actor, site.now, wanted=body.wanted))


@router.post("/late")
async def post_late(request: Request, ticket_id: str, session: Who, body: TextBody) -> Response:
    """Say why it was acknowledged late."""
    site = site_of(request)
    cause = kept_text(body.text, LONGEST_REASON)
    return _answer(await explain_lateness(site.deps.ctx, ticket_id, cause, actor_of(session.viewer), site.now))


@router.post("/access")
async def post_access(request: Request, ticket_id: str, session: Who) -> Response:
    """Key and access notes, to who took the ticket; each look is written down."""
    site = site_of(request)
    return _answer(await show_access(site.deps.ctx, ticket_id, actor_of(session.viewer), site.now))


@router.post("/photos")
async def post_photo(request: Request, ticket_id: str, session: Who) -> Response:
    """Keep a photo: the request's body is the JPEG or PNG."""
    site = site_of(request)
    data = await request.body()
    return _answer(await attach_photo(site.deps.ctx, ticket_id, data, actor_of(session.viewer), site.now))


@router.get("/photos/{photo_id}")
async def get_photo(request: Request, ticket_id: str, photo_id: str) -> Response:
    """The photo itself."""
    async with site_of(request).deps.ctx.db.read() as connection:
        found = await photo_of(connection, ticket_id, photo_id)
    if found is None:
        raise NoSuchPageError
    return Response(found[1], media_type=found[0])
