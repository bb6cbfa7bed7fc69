"""The ticket page: why, what the meters saw, who was told, what happened, and the buttons that are allowed now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.ledger.absence import AbsenceFault
from ingest.domain.tickets.photo import PhotoFault
from ingest.domain.tickets.ticket import AT_WORK, ETA_CHOICES, Event, Refusal, Refused, Status
from ingest.store.base.change_counter import current_change
from ingest.store.base.sessions import Session
from ingest.store.notices.told import notices_of
from ingest.store.tickets.access import Access
from ingest.store.tickets.queries import area_names, find_ticket, history_of, live_tickets, people_in
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of
from ingest.web.base.views import (
    Places,
    actor_of,
    alarm_key,
    alarms_of,
    escalated_to,
    evidence,
    home_name,
    nearest_first,
    people_in_order,
)
from ingest.web.evidence.how_sure import certainty_of
from ingest.web.evidence.weeks import courses_of, draw_weeks
from ingest.web.evidence.why import LATE_DEVICE, home_days, posts_around, told_of
from ingest.web.ledger.morning import NEWS_AFTER
from ingest.web.tickets.buttons import EventForm, NotAnEventError, buttons, causes_of, outcomes_of, read_asked
from ingest.web.tickets.history_words import said
from ingest.web.tickets.in_sight import ticket_in_sight
from ingest.web.tickets.ticket_sheet import may_do, read_sheet
from ingest.web.tickets.who_goes import who_goes

router = APIRouter()
LADDER = (Status.OPEN, Status.OFFERED, Status.TAKEN, Status.ON_SITE, Status.RESOLVED)
"""The way of a ticket as its page shows it, from the opening to the desk's review."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows only now: why something was not done, or how to get in."""

    refused: Refused | None = None
    fault: AbsenceFault | PhotoFault | None = None
    access: Access | None = None


NOTHING_MORE = Shown()


@router.get("/tickets/{ticket_id}")
async def show_ticket(request: Request, ticket_id: str, session: Who) -> Response:
    """The whole page."""
    return await ticket_page(request, session, ticket_id, "ticket.html")


@router.get("/tickets/{ticket_id}/live")
async def show_ticket_live(request: Request, ticket_id: str, session: Who) -> Response:
    """Only the part that changes."""
    return await ticket_page(request, session, ticket_id, "ticket_live.html")


@router.post("/tickets/{ticket_id}/events", dependencies=[Depends(ticket_in_sight)])
async def press_button(
    request: Request,
    ticket_id: str,
    session: Who,
    form: Annotated[EventForm, Form()],
) -> Response:
    """Let it happen and show the ticket, or say why not."""
    site, viewer = site_of(request), session.viewer
    try:
        asked = read_asked(form)
    except NotAnEventError:
        return await ticket_page(request, session, ticket_id, "ticket.html", Shown(Refused(Refusal.NOT_NOW)))
    result = await act_on_ticket(
        site.deps.ctx,
        ticket_id,
        asked.event,
        actor_of(viewer),
        site.now,
        detail=asked.detail,
        expected_version=asked.version,
    )
    if isinstance(result, Refused):
        return await ticket_page(request, session, ticket_id, "ticket.html", Shown(result))
    return RedirectResponse("/" if asked.event is Event.CLOSE else f"/tickets/{ticket_id}", 303)


async def ticket_page(
    request: Request, session: Session, ticket_id: str, template: str, shown: Shown = NOTHING_MORE
) -> Response:
    """Write the page (or its live part); after a refusal it says why and is answered 409."""
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        row = await find_ticket(connection, ticket_id, viewer.scope)
        if row is None:
            raise NoSuchPageError
        history = await history_of(connection, ticket_id)
        notices = await notices_of(connection, ticket_id)
        live = await live_tickets(connection, viewer.scope)
        people = await people_in(connection, viewer.scope)
        areas = await area_names(connection)
        change = await current_change(connection)
        sheet = await read_sheet(connection, ticket_id, viewer.scope)
        home = (
            await home_days(connection, row.home_id, now, site.deps.zone, since=row.since, kind=row.kind)
            if row.home_id
            else None
        )
        courses = await courses_of(connection, ticket_id)
        posts = await posts_around(connection, row.ticket, now)
        certainty = await certainty_of(connection, row, home.devices if home else (), viewer.scope, now)
    told = told_of(notices, history)
    catalogue = site.catalogue(request, viewer.language)
    language = catalogue.language
    return site.page(
        request,
        template,
        session=session,
        change=change,
        status=409 if shown.refused or shown.fault else 200,
        ticket=row,
        refused=shown.refused,
        fault=shown.fault,
        access=shown.access,
        sheet=sheet,
        may=may_do(row, actor_of(viewer), sheet),
        photo_faults=list(PhotoFault),
        history=history,
        people=nearest_first(people_in_order(people), row.area_path),
        said=partial(said, catalogue=catalogue, people={person.person_id: person.name for person in people}),
        allowed=buttons(row, actor_of(viewer), now),
        outcomes=outcomes_of(row.kind, site.table.system_kinds),
        causes=causes_of(row.kind, site.table.system_kinds),
        eta_choices=ETA_CHOICES,
        timer=sheet.timer,
        home=home,
        late_device=LATE_DEVICE,
        weeks=[draw_weeks(course) for course in courses],
        told=told,
        posts=posts,
        certainty=certainty,
        late_data=NEWS_AFTER,
        goers=who_goes(people, posts, told, row.area_path) if row.ticket.status in AT_WORK else [],
        ladder=LADDER,
        places=Places(areas, language),
        alarms=alarms_of(live),
        alarm_key=alarm_key,
        home_name=home_name,
        escalated_to=escalated_to,
        evidence=partial(evidence, language=language),
    )
