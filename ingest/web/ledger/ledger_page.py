"""The ledger page: who is away, told by whom, until when; told, ended and taken back by plain forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.ledger.record_absence import Written, end_away, record_absence, revoke_away
from ingest.domain.ledger.absence import LONGEST_NAME, AbsenceFault, Told, Way
from ingest.store.base.sessions import Session
from ingest.store.ledger.absences import absences_in
from ingest.store.tickets.queries import area_names, homes_in
from ingest.web.base.auth import Who
from ingest.web.base.forms import NOT_A_TIME, CsrfForm, local_time
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of

router = APIRouter(prefix="/ledger")


class AbsenceForm(CsrfForm):
    """What was written into the form; the times are the site's local ones, as a browser's field gives them."""

    home_id: str = ""
    said_by: str = ""
    way: str = Way.PHONE
    since: str = ""
    until: str = ""


EMPTY = AbsenceForm()


@router.get("")
async def show_ledger(request: Request, session: Who) -> Response:
    """Who is away, and the empty form."""
    return await _page(request, session)


@router.post("")
async def queue_notices(request: Request, session: Who, draft: Annotated[AbsenceForm, Form()]) -> Response:
    """Write an entry and show the ledger, or show the form again with what is wrong."""
    site = site_of(request)
    try:
        since = local_time(draft.since, site.deps.zone) or site.now
        until = local_time(draft.until, site.deps.zone)
    except ValueError:
        return await _page(request, session, draft, problem=NOT_A_TIME)
    if draft.way not in set(Way):
        return await _page(request, session, draft, problem=AbsenceFault.NOBODY_SAID)
    told = Told(since, until, draft.said_by, Way(draft.way))
    result = await record_absence(site.deps.ctx, draft.home_id, told, actor_of(session.viewer), site.now)
    return await _done(request, session, result, draft)


@router.post("/{entry_id}/back")
async def back(request: Request, entry_id: str, session: Who) -> Response:
    """The resident is back."""
    site = site_of(request)
    result = await end_away(site.deps.ctx, entry_id, actor_of(session.viewer), site.now)
    return await _done(request, session, result)


@router.post("/{entry_id}/revoke")
async def revoke(request: Request, entry_id: str, session: Who) -> Response:
    """It was a mistake."""
    site = site_of(request)
    result = await revoke_away(site.deps.ctx, entry_id, actor_of(session.viewer), site.now)
    return await _done(request, session, result)


async def _done(
    request: Request, session: Session, result: Written | AbsenceFault, draft: AbsenceForm = EMPTY
) -> Response:
    if isinstance(result, AbsenceFault):
        return await _page(request, session, draft, problem=result)
    return RedirectResponse("/ledger", 303)


async def _page(
    request: Request, session: Session, draft: AbsenceForm = EMPTY, *, problem: str | None = None
) -> Response:
    site, scope = site_of(request), session.viewer.scope
    async with site.deps.ctx.db.read() as connection:
        entries = await absences_in(connection, scope, site.now)
        homes = await homes_in(connection, scope)
        areas = await area_names(connection)
    return site.page(
        request,
        "ledger.html",
        session=session,
        status=200 if problem is None else 422,
        problem=problem,
        entries=entries,
        homes=homes,
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
        ways=list(Way),
        filled=draft,
        longest=LONGEST_NAME,
    )
