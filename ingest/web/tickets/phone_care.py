"""What a visitor adds from the phone: a photo, a word for the desk, that the resident is well, a cry for help; how to
get in.

Only for who took the ticket, while it is not over; the actions themselves see to that.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from ingest.actions.base.links import TICKET_PATH as PATH
from ingest.actions.base.links import LinkFault
from ingest.actions.ledger.note_seen import note_seen
from ingest.actions.tickets.attach_photo import attach_photo
from ingest.actions.tickets.check_in import call_for_help
from ingest.actions.tickets.comment import comment
from ingest.actions.tickets.show_access import show_access
from ingest.domain.ledger.absence import AbsenceFault, Way
from ingest.domain.tickets.photo import LARGEST_PHOTO, PhotoFault
from ingest.domain.tickets.ticket import AT_WORK, Refusal, Refused, Status
from ingest.store.tickets.access import Access
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.tickets.buttons import LONGEST_NOTE
from ingest.web.tickets.phone import Caller, caller_of, check_phone_csrf_token, phone_page

router = APIRouter(prefix=PATH.rstrip("/"))


class Said(BaseModel):
    """What one of the forms says."""

    model_config = ConfigDict(extra="forbid")
    csrf: str = ""
    text: str = ""


Filled = Annotated[Said, Form()]


async def _visitor(request: Request, token: str, csrf: str) -> tuple[SiteContext, Caller] | Response:
    """Return who came by a good link and took its ticket, or the page that says why not."""
    site = site_of(request)
    caller = await caller_of(site, token)
    if isinstance(caller, LinkFault):
        return await phone_page(request, token, caller)
    check_phone_csrf_token(site, token, csrf)
    if not caller.is_theirs or caller.ticket.ticket.status not in AT_WORK:
        return await phone_page(request, token, caller, refused=Refused(Refusal.NOT_NOW))
    return site, caller


async def _done(request: Request, token: str, caller: Caller, result: object) -> Response:
    if isinstance(result, Refused):
        return await phone_page(request, token, caller, refused=result)
    if isinstance(result, PhotoFault | AbsenceFault):
        return await phone_page(request, token, caller, fault=result)
    return RedirectResponse(f"{PATH}{token}", 303)


@router.post("/{token}/comments")
async def write_comment(request: Request, token: str, said: Filled) -> Response:
    """A word for the desk."""
    came = await _visitor(request, token, said.csrf)
    if isinstance(came, Response):
        return came
    site, caller = came
    text = kept_text(said.text, LONGEST_NOTE)
    result = await comment(site.deps.ctx, caller.ticket.ticket_id, text, caller.actor, site.now)
    return await _done(request, token, caller, result)


@router.post("/{token}/seen")
async def seen_well(request: Request, token: str, said: Filled) -> Response:
    """The resident is well: seen by who is there, spoken to by who is still on the way."""
    came = await _visitor(request, token, said.csrf)
    if isinstance(came, Response):
        return came
    site, caller = came
    row = caller.ticket
    if row.home_id is None:
        return await _done(request, token, caller, Refused(Refusal.NOT_NOW, row.ticket.status))
    way = Way.IN_PERSON if row.ticket.status is Status.ON_SITE else Way.PHONE
    result = await note_seen(site.deps.ctx, row.home_id, way, caller.actor, site.now, ticket_id=row.ticket_id)
    return await _done(request, token, caller, result)


@router.post("/{token}/access")
async def how_to_get_in(request: Request, token: str, said: Filled) -> Response:
    """Key and access notes, this once."""
    came = await _visitor(request, token, said.csrf)
    if isinstance(came, Response):
        return came
    site, caller = came
    result = await show_access(site.deps.ctx, caller.ticket.ticket_id, caller.actor, site.now)
    if isinstance(result, Access):
        return await phone_page(request, token, caller, access=result)
    return await _done(request, token, caller, result)


@router.post("/{token}/help")
async def ask_for_help(request: Request, token: str, said: Filled) -> Response:
    """Who went there needs help: the desk is told at once."""
    came = await _visitor(request, token, said.csrf)
    if isinstance(came, Response):
        return came
    site, caller = came
    await call_for_help(site.deps.ctx, caller.ticket.ticket_id, caller.person.person_id, site.now)
    return await _done(request, token, caller, None)


@router.post("/{token}/photos")
async def send_photo(
    request: Request, token: str, photo: Annotated[UploadFile, File()], csrf: Annotated[str, Form()] = ""
) -> Response:
    """A photo of the door, of what was found."""
    came = await _visitor(request, token, csrf)
    if isinstance(came, Response):
        return came
    site, caller = came
    data = await photo.read(LARGEST_PHOTO + 1)
    result = await attach_photo(site.deps.ctx, caller.ticket.ticket_id, data, caller.actor, site.now)
    return await _done(request, token, caller, result)
