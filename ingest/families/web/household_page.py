"""The household's own page behind a signed link, in big type: how things stand, what is measured, who looked, and what
the resident can decide: away, a pause, consents. A contact sees and does what the resident agreed to.

Looking changes nothing. No figure of use is shown to anybody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.base.links import HOUSEHOLD_PATH as PATH
from ingest.actions.base.links import LinkFault
from ingest.actions.ledger.record_absence import end_away, record_absence
from ingest.domain.ledger.absence import AbsenceFault, Told, Way
from ingest.families.actions.family_consent import end_consent
from ingest.families.actions.household_links import Guest, guest_of
from ingest.families.actions.pause_watch import end_pause, pause_watch
from ingest.families.domain.family import PAUSES, FamilyFault, Seen
from ingest.families.store.families import (
    absences_of,
    consents_of,
    household,
    looks_of,
    nearest_station_phone,
    open_matters,
    pause_of,
    seen_of,
)
from ingest.web.base.auth import check_link_csrf_token
from ingest.web.base.errors import ClosedLinkError
from ingest.web.base.forms import NOT_A_TIME, CsrfForm, local_time
from ingest.web.base.site_context import site_of
from ingest.web.base.views import first_name

router = APIRouter(prefix=PATH.rstrip("/"))
_PURPOSE = "household"
_NO_RETURN = "no_return"
_HOURS = {int(length.total_seconds() // 3600): length for length in PAUSES}


class HouseholdForm(CsrfForm):
    """What one of the page's forms says."""

    since: str = ""
    until: str = ""
    entry: str = ""
    consent: str = ""
    hours: int = 0


Filled = Annotated[HouseholdForm, Form()]


async def _guest_of(request: Request, token: str) -> Guest:
    """Return who holds the link (a FastAPI dependency); raises `ClosedLinkError` and `BadCsrfTokenError`."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        guest = await guest_of(connection, site.deps.ctx.keys, token, site.now)
    if isinstance(guest, LinkFault):
        raise ClosedLinkError(guest, "household_gone.html")
    await check_link_csrf_token(request, _PURPOSE, token)
    return guest


Visitor = Annotated[Guest, Depends(_guest_of)]


@router.get("/{token}")
async def show_household(request: Request, guest: Visitor) -> Response:
    """The page; it changes nothing."""
    return await _page(request, guest)


@router.post("/{token}/away")
async def away_until(request: Request, guest: Visitor, form: Filled) -> Response:
    """The resident is away; a return must be named, so that somebody looks when it does not come."""
    site = site_of(request)
    try:
        since, until = local_time(form.since, site.deps.zone) or site.now, local_time(form.until, site.deps.zone)
    except ValueError:
        return await _page(request, guest, problem=NOT_A_TIME)
    if until is None:
        return await _page(request, guest, problem=_NO_RETURN)
    if not guest.may_tell_away:
        return await _page(request, guest, problem=AbsenceFault.NOT_ALLOWED)
    told = Told(since, until, guest.name, Way.LINK)
    result = await record_absence(site.deps.ctx, guest.home_id, told, guest.actor, site.now)
    return await _done(request, guest, result if isinstance(result, AbsenceFault) else None)


@router.post("/{token}/back")
async def back_home(request: Request, guest: Visitor, form: Filled) -> Response:
    """The resident is back."""
    site = site_of(request)
    if not guest.may_tell_away:
        return await _page(request, guest, problem=AbsenceFault.NOT_ALLOWED)
    result = await end_away(site.deps.ctx, form.entry, guest.actor, site.now)
    return await _done(request, guest, result if isinstance(result, AbsenceFault) else None)


@router.post("/{token}/pause")
async def pause(request: Request, guest: Visitor, form: Filled) -> Response:
    """The resident wants not to be watched over for some hours."""
    site = site_of(request)
    length = _HOURS.get(form.hours, timedelta(0))
    fault = await pause_watch(site.deps.ctx, guest.home_id, length, guest.actor, site.now)
    return await _done(request, guest, fault)


@router.post("/{token}/resume")
async def resume(request: Request, guest: Visitor, form: Filled) -> Response:
    """The resident wants to be watched over again."""
    site = site_of(request)
    return await _done(request, guest, await end_pause(site.deps.ctx, guest.home_id, guest.actor, site.now))


@router.post("/{token}/consent")
async def take_back(request: Request, guest: Visitor, form: Filled) -> Response:
    """A contact is not to be told any more."""
    site = site_of(request)
    fault = await end_consent(site.deps.ctx, guest.home_id, form.consent, guest.actor, site.now)
    return await _done(request, guest, fault)


async def _done(request: Request, guest: Guest, problem: AbsenceFault | FamilyFault | None) -> Response:
    if problem is not None:
        return await _page(request, guest, problem=problem)
    return RedirectResponse(_path(request), 303)


def _path(request: Request) -> str:
    return f"{PATH}{request.path_params['token']}"


def _standing(seen: Seen, matters: Sequence[str], is_paused: bool) -> str:
    """Return in one word how things stand; what needs somebody comes first."""
    if matters:
        return "looked_into"
    if is_paused:
        return "paused"
    if seen.away:
        return "away"
    if seen.blind:
        return "blind"
    return "well"


async def _page(request: Request, guest: Guest, *, problem: str | None = None) -> Response:
    site, now = site_of(request), site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        home = await household(connection, guest.home_id)
        seen = await seen_of(connection, guest.home_id, now)
        matters = await open_matters(connection, guest.home_id)
        paused = await pause_of(connection, guest.home_id, now)
        absences = await absences_of(connection, guest.home_id, now)
        consents = await consents_of(connection, guest.home_id)
        looks = await looks_of(connection, guest.home_id) if guest.is_resident else []
        station = await nearest_station_phone(connection, home.area_path) if home else None
    today = now.astimezone(site.deps.zone).date()
    sign = seen.last_sign
    return site.page(
        request,
        "household.html",
        person_language=guest.language,
        status=200 if problem is None else 422,
        problem=problem,
        absence_faults={*AbsenceFault, NOT_A_TIME},
        guest=guest,
        home=home,
        standing=_standing(seen, matters, paused is not None),
        seen_today=sign is not None and sign.astimezone(site.deps.zone).date() == today and not seen.away,
        paused=paused,
        absences=absences,
        consents=[one for one in consents if guest.is_resident or one.contact_id == guest.person_id],
        looks=looks,
        hours=list(_HOURS),
        station=station,
        first_name=first_name,
        csrf=site.link_csrf_token(_PURPOSE, request.path_params["token"]),
        base=_path(request),
        soonest=(now + timedelta(minutes=5)).astimezone(site.deps.zone).strftime("%Y-%m-%dT%H:%M"),
        returns=usual_returns(now.astimezone(site.deps.zone)),
    )


def usual_returns(local: datetime) -> list[tuple[str, datetime]]:
    """Return the ends of an absence that one press tells, by name: eighty-year-olds do not turn wheels of dates."""
    evening = local.replace(hour=21, minute=0, second=0, microsecond=0)
    days = {"tomorrow": 1, "three_days": 3, "week": 7}
    tonight = [("tonight", evening)] if local < evening - timedelta(hours=1) else []
    return [*tonight, *((name, evening + timedelta(days=count)) for name, count in days.items())]
