"""The JSON API of what is said beforehand about a home: absences, who was seen well, silences, planned tests.

Answers are as in `api`: 200 with the entry, 404 for what is not there or not theirs to see, 403 and 422 with a word.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime

from ingest.actions.ledger.note_seen import note_seen
from ingest.actions.ledger.record_absence import Written, change_away, end_away, record_absence, revoke_away
from ingest.actions.ledger.suppress import Suppressed, end_silence, plan_test, silence_home
from ingest.domain.ledger.absence import AbsenceFault, Told, Way
from ingest.domain.ledger.suppression import QuietFault
from ingest.store.ledger.absences import absences_in
from ingest.store.ledger.suppressions import silences_in, tests_in
from ingest.web.base.auth import Who
from ingest.web.base.forms import JsonBody
from ingest.web.base.plain import plain
from ingest.web.base.site_context import site_of
from ingest.web.base.views import actor_of
from models.flag import FlagKind

router = APIRouter(prefix="/api/v1")
_CODES = {"unknown_home": 404, "unknown_entry": 404, "not_allowed": 403, "over": 409}


class AwayBody(JsonBody):
    """An absence; without `until` nobody knows when they come back, without `since` it is from now on."""

    home_id: str
    said_by: str
    way: Way
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class UntilBody(JsonBody):
    """Another return than was told."""

    until: AwareDatetime


class SeenBody(JsonBody):
    """Somebody has seen or spoken to the resident, and all is well."""

    home_id: str
    way: Way
    ticket_id: str | None = None


class SilenceBody(JsonBody):
    """What is not to become a ticket, why, and until when."""

    home_id: str
    kinds: list[FlagKind]
    reason: str
    until: AwareDatetime


class TestBody(JsonBody):
    """What is to be tested, and when."""

    home_id: str
    kind: FlagKind
    since: AwareDatetime | None = None
    until: AwareDatetime


def _answer(result: Written | AbsenceFault | Suppressed | QuietFault) -> Response:
    if isinstance(result, AbsenceFault | QuietFault):
        return JSONResponse({"error": result.value}, _CODES.get(result.value, 422))
    return JSONResponse(asdict(result))


def _rows(name: str, rows: list[Any]) -> Response:
    return JSONResponse({name: [plain(asdict(row)) for row in rows]})


@router.get("/away")
async def list_away(request: Request, session: Who) -> Response:
    """Return the absences of the subtree that are not over, or overdue."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        return _rows("away", await absences_in(connection, session.viewer.scope, site.now))


@router.post("/away")
async def post_away(request: Request, body: AwayBody, session: Who) -> Response:
    """Tell an absence."""
    site, now = site_of(request), site_of(request).now
    told = Told(body.since or now, body.until, body.said_by, body.way)
    return _answer(await record_absence(site.deps.ctx, body.home_id, told, actor_of(session.viewer), now))


@router.post("/away/{entry_id}/until")
async def post_until(request: Request, entry_id: str, body: UntilBody, session: Who) -> Response:
    """Move the return."""
    site, now = site_of(request), site_of(request).now
    return _answer(await change_away(site.deps.ctx, entry_id, body.until, actor_of(session.viewer), now))


@router.post("/away/{entry_id}/back")
async def post_back(request: Request, entry_id: str, session: Who) -> Response:
    """The resident is back."""
    site, now = site_of(request), site_of(request).now
    return _answer(await end_away(site.deps.ctx, entry_id, actor_of(session.viewer), now))


@router.post("/away/{entry_id}/revoke")
async def post_revoke(request: Request, entry_id: str, session: Who) -> Response:
    """It was a mistake."""
    site, now = site_of(request), site_of(request).now
    return _answer(await revoke_away(site.deps.ctx, entry_id, actor_of(session.viewer), now))


@router.post("/seen")
async def post_seen(request: Request, body: SeenBody, session: Who) -> Response:
    """The resident was seen well."""
    site, now = site_of(request), site_of(request).now
    actor = actor_of(session.viewer)
    return _answer(await note_seen(site.deps.ctx, body.home_id, body.way, actor, now, ticket_id=body.ticket_id))


@router.get("/silences")
async def list_silences(request: Request, session: Who) -> Response:
    """Return the silences of the subtree that hold."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        return _rows("silences", await silences_in(connection, session.viewer.scope, site.now))


@router.post("/silences")
async def post_silence(request: Request, body: SilenceBody, session: Who) -> Response:
    """Silence kinds of flags at a home; the one who asks owns it."""
    site, now = site_of(request), site_of(request).now
    kinds, actor = frozenset(body.kinds), actor_of(session.viewer)
    result = await silence_home(site.deps.ctx, body.home_id, kinds, body.reason, until=body.until, actor=actor, now=now)
    return _answer(result)


@router.post("/silences/{silence_id}/end")
async def post_end_silence(request: Request, silence_id: str, session: Who) -> Response:
    """End a silence."""
    site, now = site_of(request), site_of(request).now
    return _answer(await end_silence(site.deps.ctx, silence_id, actor_of(session.viewer), now))


@router.get("/planned-tests")
async def list_tests(request: Request, session: Who) -> Response:
    """Return the planned tests of the subtree."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        return _rows("planned_tests", await tests_in(connection, session.viewer.scope, site.now))


@router.post("/planned-tests")
async def post_test(request: Request, body: TestBody, session: Who) -> Response:
    """Plan a test; the one who asks is the tester."""
    site, now = site_of(request), site_of(request).now
    actor = actor_of(session.viewer)
    result = await plan_test(
        site.deps.ctx, body.home_id, body.kind, body.since or now, until=body.until, actor=actor, now=now
    )
    return _answer(result)
