"""The morning board: homes not yet seen today, emptying as people get up; who is out of sight; who should be back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.ledger.note_seen import note_seen
from ingest.domain.base.areas import Level
from ingest.domain.ledger.absence import AbsenceFault, Way
from ingest.store.base.sessions import Session
from ingest.store.ledger.home_status import stand_of
from ingest.store.tickets.queries import AreaRow, area_names
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of
from ingest.web.ledger.morning import Morning, day_began, home_statuses, waiting

router = APIRouter(prefix="/morning")
MOST_SHOWN = 200
"""Homes of one list: at five in the morning nearly all are in it, and nobody reads thousands."""
Area = Annotated[str, Query(max_length=64)]


@router.get("")
async def show_morning(request: Request, session: Who, area: Area = "") -> Response:
    """The whole page."""
    return await _page(request, session, area, "morning.html")


@router.get("/live")
async def show_morning_live(request: Request, session: Who, area: Area = "") -> Response:
    """Only the part that changes."""
    return await _page(request, session, area, "morning_live.html")


@router.post("/seen")
async def seen(
    request: Request,
    session: Who,
    home_id: Annotated[str, Form(max_length=200)],
    area: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Somebody has spoken to the resident, and all is well."""
    site = site_of(request)
    result = await note_seen(site.deps.ctx, home_id, Way.PHONE, actor_of(session.viewer), site.now)
    if isinstance(result, AbsenceFault):
        raise NoSuchPageError
    return RedirectResponse(f"/morning?area={area}" if area else "/morning", 303)


async def _page(request: Request, session: Session, area: str, template: str) -> Response:
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    zone = site.deps.zone
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        chosen = areas.get(area)
        scope = chosen.path if chosen and chosen.path.startswith(viewer.scope) else viewer.scope
        stand = await stand_of(connection, scope, day_began(now, zone), now)
    found = home_statuses(stand, now, zone)
    lists = {morning: waiting(found, morning) for morning in (Morning.NOT_SEEN, Morning.BLIND, Morning.OVERDUE)}
    return site.page(
        request,
        template,
        session=session,
        area=area if scope != viewer.scope else "",
        parts=_parts(areas, viewer.scope),
        lists=lists,
        most=MOST_SHOWN,
        total=len(found),
        seen=sum(one.morning is Morning.SEEN for one in found),
        away=waiting(found, Morning.AWAY),
        places=Places(areas, site.catalogue(request, viewer.language).language),
    )


def _parts(areas: dict[str, AreaRow], scope: str) -> list[AreaRow]:
    """Return the streets (or, within one street, its communities) to choose from."""
    inside = [area for area in areas.values() if area.path.startswith(scope) and area.path != scope]
    streets = [area for area in inside if area.level == Level.STREET]
    found = streets or [area for area in inside if area.level == Level.COMMUNITY]
    return sorted(found, key=lambda area: area.path)
