"""The map: needs and resources on a plan of our own, and the same as a list. Asks no other host for anything."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ingest.domain.tickets.ticket import AT_WORK
from ingest.places.web.map_plan import Budget, HomeSign, lay_out
from ingest.places.web.map_shapes import HEIGHT, WIDTH
from ingest.store.base.sessions import Session
from ingest.store.ledger.home_status import stand_of
from ingest.store.tickets.queries import area_names, live_tickets, station_areas
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, in_order
from ingest.web.ledger.morning import day_began, home_statuses

router = APIRouter(prefix="/map")
Area = Annotated[str, Query(max_length=64)]
By = Annotated[str, Query(max_length=10)]
BUDGET = "budget"
MOST_PRESSING = 7
"""Tickets named beside the plan; all of them are on the board."""


@router.get("")
async def show_map(request: Request, session: Who, area: Area = "", by: By = "state") -> Response:
    """The whole page."""
    return await _page(request, session, area, by, "map.html")


@router.get("/live")
async def show_map_live(request: Request, session: Who, area: Area = "", by: By = "state") -> Response:
    """Only the part that changes."""
    return await _page(request, session, area, by, "map_live.html")


async def _page(request: Request, session: Session, area: str, by: str, template: str) -> Response:
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    zone = site.deps.zone
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        root = areas.get(area or viewer.area_id)
        if root is None or not root.path.startswith(viewer.scope):
            raise NoSuchPageError
        stand = await stand_of(connection, root.path, day_began(now, zone), now)
        tickets = await live_tickets(connection, root.path)
        stations = await station_areas(connection, root.path)
    found = home_statuses(stand, now, zone)
    pressing = [row for row in in_order(tickets) if row.status in AT_WORK]
    plan = lay_out(root, areas, found, tickets, stations, now=now, by_budget=by == BUDGET)
    return site.page(
        request,
        template,
        session=session,
        plan=plan,
        pressing=pressing[:MOST_PRESSING],
        pressing_more=max(0, len(pressing) - MOST_PRESSING),
        root=root,
        trail=[areas[one] for one in root.path.strip("/").split("/") if areas[one].path.startswith(viewer.scope)],
        by=BUDGET if by == BUDGET else "state",
        words_of=list(Budget) if by == BUDGET else list(HomeSign),
        needs=list(HomeSign),
        width=WIDTH,
        height=HEIGHT,
        places=Places(areas, site.catalogue(request, viewer.language).language),
    )
