"""Families at the desk: which contact of a home is told what, with whose word; links to the household's page, and the
sheet of paper with the code that opens it.
"""

from __future__ import annotations

import io
from datetime import time
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from ingest.actions.base.note_look import note_look
from ingest.domain.ledger.absence import Way
from ingest.families.actions.family_consent import Consented, Wish, end_consent, give_consent
from ingest.families.actions.household_links import end_household_links, make_household_link
from ingest.families.domain.family import Agreed, FamilyFault
from ingest.families.store.families import consents_of, household, households_in, kin_of, nearest_station_phone
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import area_names
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of

router = APIRouter(prefix="/family")
USUAL_HOUR = "09:30"


class ConsentForm(CsrfForm):
    """A consent as the form says it; a box that is not ticked does not come."""

    contact_id: str = ""
    morning: str = ""
    morning_by: str = USUAL_HOUR
    updates: str = ""
    may_tell_away: str = ""
    given_by: str = ""
    way: str = Way.IN_PERSON


class FamilyButton(CsrfForm):
    """A button beside a consent or a person."""

    consent_id: str = ""
    person_id: str = ""


EMPTY = ConsentForm()


@router.get("")
async def list_households(request: Request, session: Who) -> Response:
    """The homes of the subtree, those with a consent first."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        homes = await households_in(connection, session.viewer.scope)
        areas = await area_names(connection)
    return site.page(
        request,
        "families.html",
        session=session,
        homes=sorted(homes, key=lambda home: home.consents == 0),
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
    )


@router.get("/{home_id}")
async def show_family(request: Request, home_id: str, session: Who) -> Response:
    """One home: its people, what they are told, and the form."""
    return await _page(request, session, home_id)


@router.post("/{home_id}/consents")
async def agree(request: Request, home_id: str, session: Who, draft: Annotated[ConsentForm, Form()]) -> Response:
    """Write a consent down."""
    site = site_of(request)
    try:
        by = time.fromisoformat(draft.morning_by) if draft.morning else None
    except ValueError:
        return await _page(request, session, home_id, draft, problem=FamilyFault.BAD_HOUR)
    if draft.way not in set(Way):
        return await _page(request, session, home_id, draft, problem=FamilyFault.NOBODY_SAID)
    agreed = Agreed(bool(draft.updates), bool(draft.morning), bool(draft.may_tell_away), by)
    wish = Wish(draft.contact_id, agreed, draft.given_by, Way(draft.way))
    result = await give_consent(site.deps.ctx, home_id, wish, actor_of(session.viewer), site.now)
    if not isinstance(result, Consented):
        return await _page(request, session, home_id, draft, problem=result)
    return RedirectResponse(f"/family/{home_id}", 303)


@router.post("/{home_id}/consents/end")
async def end(request: Request, home_id: str, session: Who, press: Annotated[FamilyButton, Form()]) -> Response:
    """The resident has taken it back."""
    site = site_of(request)
    fault = await end_consent(site.deps.ctx, home_id, press.consent_id, actor_of(session.viewer), site.now)
    return await _done(request, session, home_id, fault)


@router.post("/{home_id}/links")
async def make_link(request: Request, home_id: str, session: Who, press: Annotated[FamilyButton, Form()]) -> Response:
    """Make a new link and show it, as text and on the sheet to print."""
    site, now = site_of(request), site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        home = await household(connection, home_id)
        kin = await kin_of(connection, home_id, now)
        station = await nearest_station_phone(connection, home.area_path) if home else None
    link = await make_household_link(site.deps.ctx, home_id, press.person_id, actor_of(session.viewer), now)
    if isinstance(link, FamilyFault):
        return await _page(request, session, home_id, problem=link)
    person = next(one for one in kin if one.person_id == press.person_id)
    return site.page(
        request, "home_sheet.html", session=session, home=home, person=person, link=link, code=_code(link),
        station=station,
    )  # fmt: skip


@router.post("/{home_id}/links/end")
async def end_links(request: Request, home_id: str, session: Who, press: Annotated[FamilyButton, Form()]) -> Response:
    """Let somebody's links open no more."""
    site = site_of(request)
    fault = await end_household_links(site.deps.ctx, home_id, press.person_id, actor_of(session.viewer), site.now)
    return await _done(request, session, home_id, fault)


def _code(link: str) -> Markup:
    """Return the link as a QR code, an SVG without any style of its own."""
    out = io.BytesIO()
    plain = {"xmldecl": False, "svgns": False, "omitsize": True, "svgclass": None, "lineclass": None}
    segno.make(link, error="m").save(out, kind="svg", border=4, light="#fff", **plain)
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by us from a link that we made


async def _done(request: Request, session: Session, home_id: str, fault: FamilyFault | None) -> Response:
    if fault is not None:
        return await _page(request, session, home_id, problem=fault)
    return RedirectResponse(f"/family/{home_id}", 303)


async def _page(
    request: Request, session: Session, home_id: str, draft: ConsentForm = EMPTY, *, problem: FamilyFault | None = None
) -> Response:
    site, now = site_of(request), site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        home = await household(connection, home_id)
        if home is None or not home.area_path.startswith(session.viewer.scope):
            raise NoSuchPageError
        kin = await kin_of(connection, home_id, now)
        consents = await consents_of(connection, home_id)
        areas = await area_names(connection)
    await note_look(site.deps.ctx, home_id, actor_of(session.viewer), now)
    return site.page(
        request,
        "family.html",
        session=session,
        status=200 if problem is None else 422,
        problem=problem,
        home=home,
        kin=kin,
        consents=consents,
        contacts=[one for one in kin if not one.is_resident],
        filled=draft,
        ways=[Way.IN_PERSON, Way.PHONE, Way.STATION, Way.MESSAGE],
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
    )
