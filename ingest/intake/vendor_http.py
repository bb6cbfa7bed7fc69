"""The vendors' door: `POST /api/v1/vendor/NAME/reply` (and `…/receipt`, the same) for what a vendor says back.

401 for who can't prove to be the vendor, 422 for what can't be read, 404 where no notice of theirs is meant (they will
say it again, should our own note of the sending be late), else 200: also for what comes again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.hear_vendor import Hearing, hear_vendor
from ingest.channels.callback import CallbackDoor, Forged, Unreadable
from ingest.channels.replies import say

log = logging.getLogger(__name__)


def vendor_router(
    doors: Mapping[str, CallbackDoor], ctx: ActionContext, clock: Callable[[], datetime], wake: Callable[[], None]
) -> APIRouter:
    """Return the door; `wake` tells the worker that there may be notices to send."""
    router = APIRouter(prefix="/api/v1/vendor")

    async def hear(name: str, request: Request) -> Response:
        door = doors.get(name)
        if door is None:
            return JSONResponse({"error": "not_found"}, 404)
        headers = {key.lower(): value for key, value in request.headers.items()}
        events = door.read(headers, dict(request.query_params), await request.body())
        if isinstance(events, Forged):
            log.warning("vendor %s: a callback was refused: %s", name, events.reason)
            return JSONResponse({"error": "forged"}, 401)
        if isinstance(events, Unreadable):
            return JSONResponse({"error": "bad_request", "detail": events.reason}, 422)
        heard = [await hear_vendor(ctx, name, event, clock()) for event in events]
        wake()
        return _answer(door, heard)

    for path in ("/{name}/reply", "/{name}/receipt"):
        router.add_api_route(path, hear, methods=["POST", "GET"])
    return router


def _answer(door: CallbackDoor, heard: list[Hearing | None]) -> Response:
    known = [one for one in heard if one is not None]
    if heard and not known:
        return JSONResponse({"error": "not_found"}, 404)
    if door.answer:
        return PlainTextResponse(door.answer)
    if len(known) != 1:
        return JSONResponse({"ok": True, "events": len(known)})
    (one,) = known
    return JSONResponse({"ok": True, "result": one.heard, "say": say(one.heard, one.language), "again": one.again})
