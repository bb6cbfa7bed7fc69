"""Roster holes: every stretch of the days to come in which nobody would answer, said before it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ingest.actions.duty.check_rosters import check_rosters
from ingest.store.tickets.queries import area_names
from ingest.web.base.auth import Who
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places

router = APIRouter(prefix="/holes")
MOST_SHOWN = 500
Days = Annotated[int, Query(ge=1, le=60)]


@router.get("")
async def show_coverage(request: Request, session: Who, days: Days = 30) -> Response:
    """The page; the check is the one that `linshe-ingest roster check` does."""
    site, viewer = site_of(request), session.viewer
    begin = site.now.replace(second=0, microsecond=0)
    checked = await check_rosters(site.deps.ctx, viewer.scope, begin, timedelta(days=days))
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
    return site.page(
        request,
        "holes.html",
        session=session,
        checked=checked,
        gaps=sorted(checked.gaps, key=lambda gap: (gap.starts, gap.area_id))[:MOST_SHOWN],
        days=days,
        places=Places(areas, site.catalogue(request, viewer.language).language),
    )
