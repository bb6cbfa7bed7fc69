"""The volunteer's page behind a signed link: one ticket, one person, a few big buttons. No log-in, no script needed.

Looking never changes anything: link previews and virus scanners open links too. What a link may do is decided when a
button is pressed, by the same table as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from ingest.actions.base.links import LINK_LIFE, LinkFault, read_token
from ingest.actions.base.links import TICKET_PATH as PATH
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.decline_call import decline_call
from ingest.domain.base.people import Actor, Role
from ingest.domain.ledger.absence import AbsenceFault
from ingest.domain.tickets.photo import PhotoFault
from ingest.domain.tickets.ticket import AT_WORK, ETA_CHOICES, Event, Refusal, Refused, Status
from ingest.store.base.places import way_to
from ingest.store.tickets.access import Access
from ingest.store.tickets.check_ins import timer_of
from ingest.store.tickets.queries import PersonCard, TicketRow, area_names, find_person, find_ticket
from ingest.store.tickets.remarks import photos_of
from ingest.web.base.auth import check_link_csrf_token
from ingest.web.base.errors import ClosedLinkError
from ingest.web.base.forms import Several
from ingest.web.base.languages import Catalogue
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, evidence, first_name, home_name
from ingest.web.duty.my_page import own_page
from ingest.web.evidence.weeks import courses_of, draw_weeks
from ingest.web.tickets.buttons import (
    LONGEST_NOTE,
    Asked,
    EventForm,
    NotAnEventError,
    buttons,
    causes_of,
    outcomes_of,
    read_asked,
)
from ingest.web.tickets.checks import checks_of, note_with

router = APIRouter(prefix=PATH.rstrip("/"))
EVERYWHERE = "/"
FIRST = (Event.TAKE, Event.DECLINE)
THUMB = (*FIRST, Event.ARRIVE, Event.INSIDE, Event.ALL_WELL)
"""What is pressed next, and so lies where the thumb is."""
STEPS = ("way", "door", "inside", "told")
DECLINED = "declined"
_PURPOSE = "phone"


class DoorForm(EventForm):
    """A button of the page; with an outcome come the ticks of the checklist."""

    checks: Several = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who opened a good link, and the ticket behind it."""

    token: str
    person: PersonCard
    ticket: TicketRow

    @property
    def actor(self) -> Actor:
        """Return who acts when a button is pressed."""
        return Actor(self.person.person_id, Role(self.person.role), self.person.scope)

    @property
    def path(self) -> str:
        """Return the path of the page."""
        return f"{PATH}{self.token}"

    @property
    def is_theirs(self) -> bool:
        """Whether this person has taken the ticket."""
        return self.ticket.taken_by == self.person.person_id

    @property
    def is_at_work(self) -> bool:
        """Whether this person has the ticket and it is not over."""
        return self.is_theirs and self.ticket.ticket.status in AT_WORK


async def caller_of(site: SiteContext, token: str) -> Caller:
    """Return who opened the link, and how its ticket stands now; raises `ClosedLinkError`."""
    claim = read_token(site.deps.ctx.keys, token, site.now)
    if isinstance(claim, LinkFault):
        raise ClosedLinkError(claim)
    async with site.deps.ctx.db.read() as connection:
        person = await find_person(connection, claim.person_id)
        ticket = await find_ticket(connection, claim.ticket_id, EVERYWHERE)
    if person is None or ticket is None:
        # a person who has left, or a ticket that is not there: the link is of no use any more
        raise ClosedLinkError(LinkFault.EXPIRED)
    return Caller(token, person, ticket)


async def _called(request: Request, token: str) -> Caller:
    caller = await caller_of(site_of(request), token)
    await check_link_csrf_token(request, _PURPOSE, token)
    return caller


Called = Annotated[Caller, Depends(_called)]
"""Who opened the link; a button that was pressed came from the page behind it."""


@router.get("/{token}")
async def show_phone(request: Request, caller: Called, said: str = "") -> Response:
    """The page; it changes nothing."""
    return await phone_page(request, caller, thanks=said == DECLINED)


@router.post("/{token}")
async def press_on_phone(request: Request, caller: Called, form: Annotated[DoorForm, Form()]) -> Response:
    """Let it happen and show how things stand, or say why not."""
    site = site_of(request)
    try:
        asked = _with_checks(read_asked(form), form, site.catalogue(request, caller.person.language))
    except NotAnEventError:
        return await phone_page(request, caller, refused=Refused(Refusal.NOT_NOW))
    result = await _act(site, caller, asked)
    if isinstance(result, Acted) or _was_done_before(result, caller, asked):
        return RedirectResponse(f"{caller.path}{f'?said={DECLINED}' if asked.event is Event.DECLINE else ''}", 303)
    return await phone_page(request, await caller_of(site, caller.token), refused=result)


def _with_checks(asked: Asked, form: DoorForm, words: Catalogue) -> Asked:
    """Let the ticks of the checklist go into the note of the outcome."""
    if asked.event is not Event.RESOLVE:
        return asked
    note = note_with(asked.detail.note, form.checks, words, LONGEST_NOTE)
    return replace(asked, detail=replace(asked.detail, note=note))


def step_of(ticket: TicketRow) -> str:
    """Return which step of the way is the next one of who has the ticket."""
    if ticket.status == Status.ON_SITE:
        return "told" if ticket.inside_at is not None else "inside"
    return "door" if ticket.status == Status.TAKEN else "way"


def _in_reach(event: Event, caller: Caller) -> bool:
    """Return whether the event is a next step of this person's way."""
    is_next = event is not Event.ALL_WELL or (caller.ticket.inside_at is not None and not caller.ticket.ticket.help_at)
    return event in FIRST or (caller.is_theirs and is_next)


async def _act(site: SiteContext, caller: Caller, asked: Asked) -> Acted | Refused:
    ctx, now, ticket_id = site.deps.ctx, site.now, caller.ticket.ticket_id
    if asked.event is Event.DECLINE:
        return await decline_call(ctx, ticket_id, caller.actor, now, asked.detail.reason)
    # no expected version: a phone in a pocket is always a little old, and the table refuses what no longer fits
    return await act_on_ticket(ctx, ticket_id, asked.event, caller.actor, now, detail=asked.detail)


def _was_done_before(result: Acted | Refused, caller: Caller, asked: Asked) -> bool:
    """Whether a thumb pressed twice: what was asked for is how it already is."""
    already = {
        Event.TAKE: (Status.TAKEN, Status.ON_SITE),
        Event.ARRIVE: (Status.ON_SITE,),
        Event.INSIDE: (Status.ON_SITE,),
    }
    return (
        isinstance(result, Refused)
        and result.reason is Refusal.NOT_NOW
        and caller.is_theirs
        and result.status in already.get(asked.event, ())
    )


async def phone_page(
    request: Request,
    caller: Caller,
    *,
    refused: Acted | Refused | None = None,
    thanks: bool = False,
    fault: PhotoFault | AbsenceFault | None = None,
    access: Access | None = None,
) -> Response:
    """Write the page; `access` only this once, to who has just asked for it."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        timer = await timer_of(connection, caller.ticket.ticket_id)
        photos = await photos_of(connection, caller.ticket.ticket_id)
        way = await way_to(connection, caller.ticket.home_id)
        # how somebody lives is for who goes there
        courses = await courses_of(connection, caller.ticket.ticket_id) if caller.is_theirs else []
    language = site.catalogue(request, caller.person.language).language
    allowed = buttons(caller.ticket, caller.actor, site.now, was_called=True)
    if caller.ticket.status == Status.OPEN and Event.TAKE in allowed:
        allowed = [*allowed, Event.DECLINE]
    return site.page(
        request,
        "phone.html",
        person_language=caller.person.language,
        own_page=own_page(site, caller.person.person_id, site.now + LINK_LIFE),
        status=409 if refused or fault else 200,
        person=caller.person,
        ticket=caller.ticket,
        is_theirs=caller.is_theirs,
        refused=refused,
        fault=fault,
        access=access,
        photo_faults=list(PhotoFault),
        my_photos=sum(photo.author == caller.person.person_id for photo in photos),
        at_work=caller.ticket.status in AT_WORK,
        link=caller.path,
        thanks=thanks,
        allowed=allowed,
        thumb=[event for event in THUMB if event in allowed and _in_reach(event, caller)],
        steps=STEPS,
        step=step_of(caller.ticket),
        checks=checks_of(caller.ticket.kind),
        way=way,
        weeks=[draw_weeks(course) for course in courses],
        live_script=caller.is_theirs,
        outcomes=outcomes_of(caller.ticket.kind, site.table.system_kinds),
        causes=causes_of(caller.ticket.kind, site.table.system_kinds),
        eta_choices=ETA_CHOICES,
        timer=timer if caller.is_theirs else None,
        csrf=site.link_csrf_token(_PURPOSE, caller.token),
        places=Places(areas, language),
        home_name=home_name,
        first_name=first_name,
        push_proof=caller.token if site.deps.push is not None else "",
        evidence=partial(evidence, language=language),
    )
