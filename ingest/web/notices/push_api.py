"""The JSON doors of messages to browsers: what to subscribe with, a browser's subscription, and that one was shown.

Who subscribes is who is logged in, or whose signed link the phone page was opened with.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from ingest.actions.base.links import LinkFault, read_token
from ingest.actions.incoming.push_browsers import note_shown, subscribe, unsubscribe
from ingest.domain.notices.push import LONGEST_ENDPOINT, PushFault, Subscription
from ingest.store.tickets.queries import find_person
from ingest.web.base.auth import check_csrf_token, session_or_none
from ingest.web.base.errors import NotLoggedInError
from ingest.web.base.forms import JsonBody
from ingest.web.base.site_context import site_of

router = APIRouter(prefix="/api/v1/push")
_CODES = {PushFault.NOT_OFFERED: 404, PushFault.UNKNOWN_SERVICE: 422, PushFault.BAD_KEYS: 422}


class Keys(JsonBody):
    """A browser's public key and secret, base64url."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class SubscriptionBody(BaseModel):
    """A browser's `PushSubscription.toJSON()`; `proof` is the phone page's token, where nobody is logged in."""

    model_config = ConfigDict(extra="ignore")
    endpoint: str = Field(max_length=LONGEST_ENDPOINT)
    keys: Keys
    proof: str = Field(default="", max_length=1000)


class GoneBody(JsonBody):
    """The browser that is to be told nothing more."""

    endpoint: str = Field(max_length=LONGEST_ENDPOINT)
    proof: str = Field(default="", max_length=1000)


@router.get("/key")
async def tell_key(request: Request) -> Response:
    """The key that a browser subscribes with."""
    offer = site_of(request).deps.push
    return JSONResponse({"error": "not_offered"}, 404) if offer is None else JSONResponse({"key": offer.key})


@router.post("/subscriptions")
async def keep_subscription(request: Request, body: SubscriptionBody) -> Response:
    """Keep a browser."""
    person_id = await _person(request, body.proof)
    deps = site_of(request).deps
    browser = Subscription(body.endpoint, body.keys.p256dh, body.keys.auth)
    fault = await subscribe(deps.ctx, deps.push, person_id, browser, site_of(request).now)
    return JSONResponse({"ok": True}) if fault is None else JSONResponse({"error": fault.value}, _CODES[fault])


@router.delete("/subscriptions")
async def drop_subscription(request: Request, body: GoneBody) -> Response:
    """Forget a browser."""
    person_id = await _person(request, body.proof)
    was_there = await unsubscribe(site_of(request).deps.ctx, person_id, body.endpoint, site_of(request).now)
    return JSONResponse({"ok": True}) if was_there else JSONResponse({"error": "not_found"}, 404)


@router.post("/seen/{token}")
async def hear_shown(request: Request, token: Annotated[str, Path(max_length=200)]) -> Response:
    """A browser has shown a message; its token is the proof."""
    known = await note_shown(site_of(request).deps.ctx, token, site_of(request).now)
    return JSONResponse({"ok": True}) if known else JSONResponse({"error": "not_found"}, 404)


async def _person(request: Request, proof: str) -> str:
    """Return who asks; raises `NotLoggedInError`, or `BadCsrfTokenError` for a session without its CSRF token."""
    site = site_of(request)
    if proof:
        claim = read_token(site.deps.ctx.keys, proof, site.now)
        if not isinstance(claim, LinkFault):
            async with site.deps.ctx.db.read() as connection:
                if await find_person(connection, claim.person_id) is not None:
                    return claim.person_id
        raise NotLoggedInError
    session = await session_or_none(request)
    if session is None:
        raise NotLoggedInError
    await check_csrf_token(request, session)
    return session.viewer.person_id
