"""The household's own page behind a signed link, in big type: how things stand, what is measured, who looked, and what
the resident can decide: away, a pause, consents. A contact sees and does what the resident agreed to.

Looking changes nothing. No figure of use is shown to anybody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from ingest.actions.base.links import HOUSEHOLD_PATH as PATH
from ingest.actions.base.links import LinkFault
from ingest.actions.ledger.pause_watch import end_pause, pause_watch
from ingest.actions.ledger.record_absence import end_away, record_absence
from ingest.domain.ledger.absence import AbsenceFault, Told, Way
from ingest.families.actions.family_consent import end_consent
from ingest.families.actions.household_links import Guest, guest_of
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
from ingest.web.base.auth import BadCsrfTokenError
from ingest.web.base.csrf_token import csrf_token_fits, proof
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import first_name
from ingest.web.ledger.ledger_page import local_time

router = APIRouter(prefix=PATH.rstrip("/"))
_GONE = {LinkFault.FORGED: 404, LinkFault.EXPIRED: 410}
_NOT_A_TIME = "not_a_time"
_NO_RETURN = "no_return"
_HOURS = {int(length.total_seconds() // 3600): length for length in PAUSES}


class Wish(BaseModel):
    """What one of the page's forms says."""

    model_config = ConfigDict(extra="forbid")
    csrf: str = ""
    since: str = ""
    until: str = ""
    entry: str = ""
    consent: str = ""
    hours: int = 0


Filled = Annotated[Wish, Form()]


@router.get("/{token}")
async def show_household(request: Request, token: str) -> Response:
    """The page; it changes nothing."""
    return await _page(request, token, await _guest(site_of(request), token))


@router.post("/{token}/away")
async def away_until(request: Request, token: str, wish: Filled) -> Response:
    """The resident is away; a return must be named, so that somebody looks when it does not come."""
    site = site_of(request)
    guest = await _proven(site, token, wish)
    if isinstance(guest, LinkFault):
        return await _page(request, token, guest)
    try:
        since, until = local_time(site, wish.since) or site.now, local_time(site, wish.until)
    except ValueError:
        return await _page(request, token, guest, problem=_NOT_A_TIME)
    if until is None:
        return await _page(request, token, guest, problem=_NO_RETURN)
    if not guest.may_tell_away:
        return await _page(request, token, guest, problem=AbsenceFault.NOT_ALLOWED)
    told = Told(since, until, guest.name, Way.LINK)
    result = await record_absence(site.deps.ctx, guest.home_id, told, guest.actor, site.now)
    return await _done(request, token, guest, result if isinstance(result, AbsenceFault) else None)


@router.post("/{token}/back")
async def back_home(request: Request, token: str, wish: Filled) -> Response:
    """The resident is back."""
    site = site_of(request)
    guest = await _proven(site, token, wish)
    if isinstance(guest, LinkFault):
        return await _page(request, token, guest)
    if not guest.may_tell_away:
        return await _page(request, token, guest, problem=AbsenceFault.NOT_ALLOWED)
    result = await end_away(site.deps.ctx, wish.entry, guest.actor, site.now)
    return await _done(request, token, guest, result if isinstance(result, AbsenceFault) else None)


@router.post("/{token}/pause")
async def pause(request: Request, token: str, wish: Filled) -> Response:
    """The resident wants not to be watched over for some hours."""
    site = site_of(request)
    guest = await _proven(site, token, wish)
    if isinstance(guest, LinkFault):
        return await _page(request, token, guest)
    length = _HOURS.get(wish.hours, timedelta(0))
    fault = await pause_watch(site.deps.ctx, guest.home_id, length, guest.actor, site.now)
    return await _done(request, token, guest, fault)


@router.post("/{token}/resume")
async def resume(request: Request, token: str, wish: Filled) -> Response:
    """The resident wants to be watched over again."""
    site = site_of(request)
    guest = await _proven(site, token, wish)
    if isinstance(guest, LinkFault):
        return await _page(request, token, guest)
    return await _done(request, token, guest, await end_pause(site.deps.ctx, guest.home_id, guest.actor, site.now))


@router.post("/{token}/consent")
async def take_back(request: Request, token: str, wish: Filled) -> Response:
    """A contact is not to be told any more."""
    site = site_of(request)
    guest = await _proven(site, token, wish)
    if isinstance(guest, LinkFault):
        return await _page(request, token, guest)
    fault = await end_consent(site.deps.ctx, guest.home_id, wish.consent, guest.actor, site.now)
    return await _done(request, token, guest, fault)


async def _guest(site: SiteContext, token: str) -> Guest | LinkFault:
    async with site.deps.ctx.db.read() as connection:
        return await guest_of(connection, site.deps.ctx.keys, token, site.now)


async def _proven(site: SiteContext, token: str, wish: Wish) -> Guest | LinkFault:
    guest = await _guest(site, token)
    if isinstance(guest, Guest) and not csrf_token_fits(site.form_key(), "household", token, wish.csrf):
        raise BadCsrfTokenError
    return guest


async def _done(request: Request, token: str, guest: Guest, problem: AbsenceFault | FamilyFault | None) -> Response:
    if problem is not None:
        return await _page(request, token, guest, problem=problem)
    return RedirectResponse(f"{PATH}{token}", 303)


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


async def _page(request: Request, token: str, guest: Guest | LinkFault, *, problem: str | None = None) -> Response:
    site, now = site_of(request), site_of(request).now
    if isinstance(guest, LinkFault):
        return site.page(request, "household_gone.html", status=_GONE[guest], fault=guest)
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
        absence_faults={*AbsenceFault, _NOT_A_TIME},
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
        proof=proof(site.form_key(), "household", token),
        base=f"{PATH}{token}",
        soonest=(now + timedelta(minutes=5)).astimezone(site.deps.zone).strftime("%Y-%m-%dT%H:%M"),
        returns=usual_returns(now.astimezone(site.deps.zone)),
    )


def usual_returns(local: datetime) -> list[tuple[str, datetime]]:
    """Return the ends of an absence that one press tells, by name: eighty-year-olds do not turn wheels of dates."""
    evening = local.replace(hour=21, minute=0, second=0, microsecond=0)
    days = {"tomorrow": 1, "three_days": 3, "week": 7}
    tonight = [("tonight", evening)] if local < evening - timedelta(hours=1) else []
    return [*tonight, *((name, evening + timedelta(days=count)) for name, count in days.items())]
