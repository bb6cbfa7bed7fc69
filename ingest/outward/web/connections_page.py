"""Connections: how the other centres do that events are passed on to, and which people's addresses can not be right.

The page is for whoever mends them, the API for programs; both show people of the reader's own places only.
"""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from ingest.outward.store.forwards import CentreRow, centres_now
from ingest.store.notices.contact_faults import faults_in
from ingest.web.base.auth import Who
from ingest.web.base.plain import plain
from ingest.web.base.site_context import site_of

router = APIRouter()


@router.get("/connections")
async def show_connections(request: Request, session: Who) -> Response:
    """The page."""
    site, viewer = site_of(request), session.viewer
    async with site.deps.ctx.db.read() as connection:
        faults = await faults_in(connection, viewer.scope)
        centres = await centres_now(connection)
    return site.page(request, "connections.html", session=session, faults=faults, centres=centres)


@router.get("/api/v1/contact-faults")
async def list_faults(request: Request, session: Who) -> Response:
    """Addresses that can not be right, the newest first."""
    async with site_of(request).deps.ctx.db.read() as connection:
        faults = await faults_in(connection, session.viewer.scope)
    return JSONResponse({"contact_faults": [plain(asdict(fault)) for fault in faults]})


@router.get("/api/v1/forwarders")
async def list_centres(request: Request, session: Who) -> Response:
    """The centres that events are passed on to, and how they do."""
    async with site_of(request).deps.ctx.db.read() as connection:
        centres: list[CentreRow] = await centres_now(connection)
    return JSONResponse({"forwarders": [plain(asdict(centre)) for centre in centres]})
