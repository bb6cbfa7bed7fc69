"""Health: is the process alive, and could somebody rely on it. Tells a stranger no names and no figures.

The worker needs no heartbeat of its own: if it does not work, deadlines pass and nobody moves them, and that is what
is looked at here.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from ingest.store.base.database import DatabaseError
from ingest.store.incoming.inbox import is_clock_behind
from ingest.store.tickets.queries import oldest_deadline
from ingest.web.base.site_context import site_of

_log = logging.getLogger(__name__)
router = APIRouter()
OVERDUE_AFTER = timedelta(seconds=60)
"""A worker looks at deadlines every second or so; one that old was seen by nobody."""


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return JSONResponse({"alive": True})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """200 if database, schema and worker are as they should be, else 503 with what is not.

    A clock that is behind what was written down is told, but is no reason to turn gateways away.
    """
    site = site_of(request)
    try:
        async with site.deps.ctx.db.read() as connection:
            oldest = await oldest_deadline(connection)
            behind = await is_clock_behind(connection, site.now)
    except (DatabaseError, OSError) as error:
        _log.warning("not ready: the database can't be read: %s", type(error).__name__)
        return JSONResponse({"ready": False, "database": False, "worker": None}, 503)
    worker = oldest is None or site.now - oldest < OVERDUE_AFTER
    return JSONResponse(
        {"ready": worker, "database": True, "worker": worker, "clock": not behind}, 200 if worker else 503
    )
