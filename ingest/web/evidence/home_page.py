"""The page of one home: how it stands, its days and devices, its tickets, and its telephone numbers on request."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ingest.actions.base.note_look import note_look
from ingest.actions.base.show_phone import show_phone
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import area_names, find_home, tickets_of_home
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of
from ingest.web.evidence.why import LATE_DEVICE, home_days

router = APIRouter(prefix="/homes")
MOST_TICKETS = 50


@router.get("/{home_id}")
async def show_home(request: Request, home_id: str, session: Who) -> Response:
    """The page; that it was opened is written down for the household."""
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        row = await find_home(connection, home_id, viewer.scope)
        if row is None:
            raise NoSuchPageError
        home = await home_days(connection, home_id, now, site.deps.zone)
        tickets = await tickets_of_home(connection, home_id, viewer.scope, MOST_TICKETS)
        areas = await area_names(connection)
    await note_look(site.deps.ctx, home_id, actor_of(viewer), now)
    return site.page(
        request,
        "home.html",
        session=session,
        row=row,
        home=home,
        tickets=tickets,
        late_device=LATE_DEVICE,
        places=Places(areas, site.catalogue(request, viewer.language).language),
    )


@router.post("/{home_id}/phone")
async def reveal(request: Request, home_id: str, session: Who) -> Response:
    """The numbers: in place of the button that asked, or as a page."""
    return await _numbers(request, session, home_id)


async def _numbers(request: Request, session: Session, home_id: str) -> Response:
    site = site_of(request)
    numbers = await show_phone(site.deps.ctx, home_id, actor_of(session.viewer), site.now)
    if numbers is None:
        raise NoSuchPageError
    is_part = "text/html" not in request.headers.get("accept", "")
    template = "home_numbers.html" if is_part else "home_numbers_page.html"
    return site.page(request, template, session=session, numbers=numbers, home_id=home_id)
