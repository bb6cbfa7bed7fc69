"""What a visitor adds from the phone: a photo, a word for the desk, that the resident is well, a cry for help; how to
get in.

Only for who took the ticket, while it is not over; the actions themselves see to that.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from ingest.actions.base.links import TICKET_PATH as PATH
from ingest.actions.ledger.note_seen import note_seen
from ingest.actions.tickets.attach_photo import attach_photo
from ingest.actions.tickets.check_in import call_for_help
from ingest.actions.tickets.comment import comment
from ingest.actions.tickets.show_access import show_access
from ingest.domain.ledger.absence import AbsenceFault, Way
from ingest.domain.tickets.photo import LARGEST_PHOTO, PhotoFault
from ingest.domain.tickets.ticket import Refusal, Refused, Status
from ingest.store.tickets.access import Access
from ingest.web.base.forms import CsrfForm
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import site_of
from ingest.web.tickets.buttons import LONGEST_NOTE
from ingest.web.tickets.phone import Called, Caller, phone_page

router = APIRouter(prefix=PATH.rstrip("/"))


class WordForm(CsrfForm):
    """A word that is written."""

    text: str = ""


async def _not_now(request: Request, caller: Caller) -> Response:
    return await phone_page(request, caller, refused=Refused(Refusal.NOT_NOW))


async def _done(request: Request, caller: Caller, result: object) -> Response:
    if isinstance(result, Refused):
        return await phone_page(request, caller, refused=result)
    if isinstance(result, PhotoFault | AbsenceFault):
        return await phone_page(request, caller, fault=result)
    return RedirectResponse(caller.path, 303)


@router.post("/{token}/comments")
async def write_comment(request: Request, caller: Called, form: Annotated[WordForm, Form()]) -> Response:
    """A word for the desk."""
    if not caller.is_at_work:
        return await _not_now(request, caller)
    site = site_of(request)
    text = kept_text(form.text, LONGEST_NOTE)
    result = await comment(site.deps.ctx, caller.ticket.ticket_id, text, caller.actor, site.now)
    return await _done(request, caller, result)


@router.post("/{token}/seen")
async def seen_well(request: Request, caller: Called) -> Response:
    """The resident is well: seen by who is there, spoken to by who is still on the way."""
    if not caller.is_at_work:
        return await _not_now(request, caller)
    site = site_of(request)
    row = caller.ticket
    if row.home_id is None:
        return await _done(request, caller, Refused(Refusal.NOT_NOW, row.ticket.status))
    way = Way.IN_PERSON if row.ticket.status is Status.ON_SITE else Way.PHONE
    result = await note_seen(site.deps.ctx, row.home_id, way, caller.actor, site.now, ticket_id=row.ticket_id)
    return await _done(request, caller, result)


@router.post("/{token}/access")
async def how_to_get_in(request: Request, caller: Called) -> Response:
    """Key and access notes, this once."""
    if not caller.is_at_work:
        return await _not_now(request, caller)
    site = site_of(request)
    result = await show_access(site.deps.ctx, caller.ticket.ticket_id, caller.actor, site.now)
    if isinstance(result, Access):
        return await phone_page(request, caller, access=result)
    return await _done(request, caller, result)


@router.post("/{token}/help")
async def ask_for_help(request: Request, caller: Called) -> Response:
    """Who went there needs help: the desk is told at once."""
    if not caller.is_at_work:
        return await _not_now(request, caller)
    site = site_of(request)
    await call_for_help(site.deps.ctx, caller.ticket.ticket_id, caller.person.person_id, site.now)
    return await _done(request, caller, None)


@router.post("/{token}/photos")
async def send_photo(request: Request, caller: Called, photo: Annotated[UploadFile, File()]) -> Response:
    """A photo of the door, of what was found."""
    if not caller.is_at_work:
        return await _not_now(request, caller)
    site = site_of(request)
    data = await photo.read(LARGEST_PHOTO + 1)
    result = await attach_photo(site.deps.ctx, caller.ticket.ticket_id, data, caller.actor, site.now)
    return await _done(request, caller, result)
