"""A volunteer's or social worker's own pages on the phone: my shifts and who takes them over, my visits, my hours.

Behind a signed link of their own, or from a log-in. Looking changes nothing; buttons are decided by the same rules as
everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from ingest.actions.base.links import PERSONAL_PATH as PATH
from ingest.actions.base.links import LinkFault, make_personal_token, read_personal_token
from ingest.actions.duty.change_roster import RosterRefusedError, sign_off, sign_up
from ingest.actions.duty.request_cover import ask_relief, withdraw_cover_request
from ingest.domain.base.people import Actor, Kind, Role
from ingest.domain.tickets.stints import Stint
from ingest.places.store.installs import kind_of
from ingest.store.base.sessions import LIFETIME, Session
from ingest.store.duty.my_duty import minutes_on_call, offers_for, shifts_of
from ingest.store.tickets.hours import hours_of
from ingest.store.tickets.queries import PersonCard, area_names, find_person
from ingest.visits.store.visit_hours import visit_stints
from ingest.web.base.auth import BadCsrfTokenError, logged_in
from ingest.web.base.csrf_token import csrf_token_fits, proof
from ingest.web.base.languages import Catalogue
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, first_name

router = APIRouter(prefix=PATH.rstrip("/"))
AHEAD = timedelta(days=35)
INSTALLERS = frozenset({Kind.INSTALLER.value, Kind.STATION_STAFF.value})
"""Who puts devices in and mends them, besides the desk."""
_GONE = {LinkFault.FORGED: 404, LinkFault.EXPIRED: 410}
_REFUSED = "refused"


class Press(BaseModel):
    """One of the buttons about shifts; instants are epoch seconds."""

    model_config = ConfigDict(extra="forbid")
    csrf: str = ""
    shift: str = ""
    roster: str = ""
    starts: int = 0
    ends: int = 0


Pressed = Annotated[Press, Form()]


@dataclass(frozen=True, slots=True)
class Me:
    """Who opened a good link."""

    person: PersonCard
    expires_at: datetime
    kind: str | None = None

    @property
    def actor(self) -> Actor:
        """Return who acts when a button is pressed."""
        return Actor(self.person.person_id, Role(self.person.role), self.person.scope)

    @property
    def serves_devices(self) -> bool:
        """Return whether they have to do with meters and gateways."""
        return self.actor.at_desk or self.kind in INSTALLERS


@router.get("")
async def to_my_page(request: Request, session: Annotated[Session, Depends(logged_in)]) -> Response:
    """From a log-in to the own page, with a link as old as the log-in may get."""
    site = site_of(request)
    return RedirectResponse(own_page(site, session.viewer.person_id, site.now + LIFETIME), 303)


def own_page(site: SiteContext, person_id: str, until: datetime) -> str:
    """Return the path of somebody's own page, by a link that is good until then."""
    return f"{PATH}{make_personal_token(site.deps.ctx.keys, person_id, until)}"


async def me_of(site: SiteContext, token: str) -> Me | LinkFault:
    """Return who holds the link, or why it does not open."""
    claim = read_personal_token(site.deps.ctx.keys, token, site.now)
    if isinstance(claim, LinkFault):
        return claim
    async with site.deps.ctx.db.read() as connection:
        person = await find_person(connection, claim.person_id)
        kind = await kind_of(connection, claim.person_id)
    # somebody who has left: the link is of no use any more
    return Me(person, claim.expires_at, kind) if person else LinkFault.EXPIRED


async def proven_me(site: SiteContext, token: str, csrf: str) -> Me | LinkFault:
    """Return the same for a button that was pressed; raises `BadCsrfTokenError`."""
    me = await me_of(site, token)
    if isinstance(me, Me) and not csrf_token_fits(site.form_key(), "my", token, csrf):
        raise BadCsrfTokenError
    return me


def gone(request: Request, fault: LinkFault) -> Response:
    """Say why the link does not open."""
    return site_of(request).page(request, "phone_gone.html", status=_GONE[fault], fault=fault)


def own_csrf_token(site: SiteContext, token: str) -> str:
    """Return the proof that forms of this page carry."""
    return proof(site.form_key(), "my", token)


@router.get("/{token}")
async def show_my_shifts(request: Request, token: str) -> Response:
    """My shifts of the weeks to come, and those I can take."""
    return await _page(request, token, await me_of(site_of(request), token))


@router.post("/{token}/take")
async def take_shift(request: Request, token: str, press: Pressed) -> Response:
    """Sign up, or take hours over from somebody."""
    site = site_of(request)
    me = await proven_me(site, token, press.csrf)
    if isinstance(me, LinkFault):
        return gone(request, me)
    try:
        await sign_up(site.deps.ctx, press.shift, me.person.person_id, actor=me.actor, now=site.now)
    except RosterRefusedError:
        return await _page(request, token, me, problem=_REFUSED)
    return RedirectResponse(f"{PATH}{token}", 303)


@router.post("/{token}/leave")
async def leave_shift(request: Request, token: str, press: Pressed) -> Response:
    """Take a sign-up back."""
    site = site_of(request)
    me = await proven_me(site, token, press.csrf)
    if isinstance(me, LinkFault):
        return gone(request, me)
    try:
        await sign_off(site.deps.ctx, press.shift, me.person.person_id, actor=me.actor, now=site.now)
    except RosterRefusedError:
        return await _page(request, token, me, problem=_REFUSED)
    return RedirectResponse(f"{PATH}{token}", 303)


@router.post("/{token}/ask")
async def request_cover(request: Request, token: str, press: Pressed) -> Response:
    """Ask others to take hours of mine over."""
    site = site_of(request)
    me = await proven_me(site, token, press.csrf)
    if isinstance(me, LinkFault):
        return gone(request, me)
    try:
        when = (datetime.fromtimestamp(press.starts, UTC), datetime.fromtimestamp(press.ends, UTC))
        await ask_relief(site.deps.ctx, press.roster, when, me.actor, site.now)
    except (RosterRefusedError, ValueError, OverflowError, OSError):
        return await _page(request, token, me, problem=_REFUSED)
    return RedirectResponse(f"{PATH}{token}", 303)


@router.post("/{token}/keep")
async def keep_shift(request: Request, token: str, press: Pressed) -> Response:
    """I can come after all."""
    site = site_of(request)
    me = await proven_me(site, token, press.csrf)
    if isinstance(me, LinkFault):
        return gone(request, me)
    try:
        await withdraw_cover_request(site.deps.ctx, press.shift, me.actor, site.now)
    except RosterRefusedError:
        return await _page(request, token, me, problem=_REFUSED)
    return RedirectResponse(f"{PATH}{token}", 303)


async def _page(request: Request, token: str, me: Me | LinkFault, *, problem: str | None = None) -> Response:
    if isinstance(me, LinkFault):
        return gone(request, me)
    site, now, person = site_of(request), site_of(request).now, me.person
    async with site.deps.ctx.db.read() as connection:
        shifts = await shifts_of(connection, person.person_id, person.scope, (now, now + AHEAD))
        offers = await offers_for(connection, person.person_id, person.scope, now)
    return site.page(
        request,
        "my_shifts.html",
        person_language=person.language,
        status=200 if problem is None else 409,
        person=person,
        with_devices=me.serves_devices,
        base=f"{PATH}{token}",
        proof=own_csrf_token(site, token),
        problem=problem,
        shifts=shifts,
        offers=offers,
        first_name=first_name,
    )


@router.get("/{token}/hours")
async def show_my_hours(request: Request, token: str) -> Response:
    """What I did this month and the last: alarms, visits, and hours on call."""
    site, now = site_of(request), site_of(request).now
    me = await me_of(site, token)
    if isinstance(me, LinkFault):
        return gone(request, me)
    first = now.astimezone(site.deps.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = (first - timedelta(days=1)).replace(day=1)
    months = []
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        # what has ended this very moment is done as well
        for since, until in ((first, now + timedelta(seconds=1)), (before, first)):
            visited = await visit_stints(connection, "/", since, until)
            stints = await hours_of(connection, me.person.person_id, since, until, now)
            stints += [stint for stint in visited if stint.person_id == me.person.person_id]
            stints.sort(key=lambda stint: stint.start)
            on_call = await minutes_on_call(connection, me.person.person_id, me.person.scope, (since, until))
            months.append(_Month(since, stints, on_call))
    catalogue = site.catalogue(request, me.person.language)
    return site.page(
        request,
        "my_hours.html",
        person_language=me.person.language,
        person=me.person,
        with_devices=me.serves_devices,
        base=f"{PATH}{token}",
        months=months,
        places=Places(areas, catalogue.language),
        lasted=partial(lasted, catalogue),
    )


@dataclass(frozen=True, slots=True)
class _Month:
    since: datetime
    stints: list[Stint]
    on_call_minutes: int

    @property
    def minutes(self) -> int:
        return sum(stint.minutes for stint in self.stints)

    @property
    def visits(self) -> int:
        return sum(stint.ticket_id.startswith("v-") for stint in self.stints)

    @property
    def alarms(self) -> int:
        return len(self.stints) - self.visits


def lasted(words: Catalogue, minutes: int) -> str:
    """Return a length of work in words, as `2 h 5 min`."""
    if minutes < 60:
        return words.say("my.lasted_minutes", minutes=minutes)
    return words.say("my.lasted", hours=minutes // 60, minutes=minutes % 60)
