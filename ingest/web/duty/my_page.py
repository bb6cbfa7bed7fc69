"""A volunteer's or social worker's own page on the phone: my shifts, and who takes them over. Other parts of the house
add tabs to it.

Behind a signed link of their own, or from a log-in. Looking changes nothing; buttons are decided by the same rules as
everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.base.links import PERSONAL_PATH as PATH
from ingest.actions.base.links import LinkFault, make_personal_token, read_personal_token
from ingest.actions.duty.change_roster import RosterRefusedError, sign_off, sign_up
from ingest.actions.duty.request_cover import ask_relief, withdraw_cover_request
from ingest.domain.base.people import Actor, Kind, Role
from ingest.store.base.sessions import LIFETIME
from ingest.store.duty.my_duty import offers_for, shifts_of
from ingest.store.duty.responders import kind_of
from ingest.store.tickets.queries import PersonCard, find_person
from ingest.web.base.auth import Who, check_link_csrf_token
from ingest.web.base.errors import ClosedLinkError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import first_name

router = APIRouter(prefix=PATH.rstrip("/"))
AHEAD = timedelta(days=35)
INSTALLERS = frozenset({Kind.INSTALLER.value, Kind.STATION_STAFF.value})
"""Who puts devices in and mends them, besides the desk."""
_PURPOSE = "my"
_REFUSED = "refused"


class ShiftForm(CsrfForm):
    """One of the buttons about shifts; instants are epoch seconds."""

    shift: str = ""
    roster: str = ""
    starts: int = 0
    ends: int = 0


Pressed = Annotated[ShiftForm, Form()]


@dataclass(frozen=True, slots=True)
class Me:
    """Who opened a good link, and the link's token."""

    token: str
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

    @property
    def path(self) -> str:
        """Return the path of their page."""
        return f"{PATH}{self.token}"


@router.get("")
async def to_my_page(request: Request, session: Who) -> Response:
    """From a log-in to the own page, with a link as old as the log-in may get."""
    site = site_of(request)
    return RedirectResponse(own_page(site, session.viewer.person_id, site.now + LIFETIME), 303)


def own_page(site: SiteContext, person_id: str, until: datetime) -> str:
    """Return the path of somebody's own page, by a link that is good until then."""
    return f"{PATH}{make_personal_token(site.deps.ctx.keys, person_id, until)}"


async def _me_of(request: Request, token: str) -> Me:
    """Return who holds the link (a FastAPI dependency); raises `ClosedLinkError` and `BadCsrfTokenError`."""
    site = site_of(request)
    claim = read_personal_token(site.deps.ctx.keys, token, site.now)
    if isinstance(claim, LinkFault):
        raise ClosedLinkError(claim)
    async with site.deps.ctx.db.read() as connection:
        person = await find_person(connection, claim.person_id)
        kind = await kind_of(connection, claim.person_id)
    if person is None:
        # somebody who has left: the link is of no use any more
        raise ClosedLinkError(LinkFault.EXPIRED)
    await check_link_csrf_token(request, _PURPOSE, token)
    return Me(token, person, claim.expires_at, kind)


Mine = Annotated[Me, Depends(_me_of)]
"""Who opened the link; a button that was pressed came from the page behind it."""


def write_own_page(request: Request, template: str, me: Me, *, status: int = 200, **context: Any) -> Response:
    """Write one tab of somebody's own page."""
    site = site_of(request)
    return site.page(
        request,
        template,
        person_language=me.person.language,
        csrf=site.link_csrf_token(_PURPOSE, me.token),
        status=status,
        person=me.person,
        tabs=[one for one in site.table.own_tabs if me.serves_devices or not one.for_installers],
        base=me.path,
        **context,
    )


@router.get("/{token}")
async def show_my_shifts(request: Request, me: Mine) -> Response:
    """My shifts of the weeks to come, and those I can take."""
    return await _page(request, me)


@router.post("/{token}/take")
async def take_shift(request: Request, me: Mine, form: Pressed) -> Response:
    """Sign up, or take hours over from somebody."""
    site = site_of(request)
    try:
        await sign_up(site.deps.ctx, form.shift, me.person.person_id, actor=me.actor, now=site.now)
    except RosterRefusedError:
        return await _page(request, me, problem=_REFUSED)
    return RedirectResponse(me.path, 303)


@router.post("/{token}/leave")
async def leave_shift(request: Request, me: Mine, form: Pressed) -> Response:
    """Take a sign-up back."""
    site = site_of(request)
    try:
        await sign_off(site.deps.ctx, form.shift, me.person.person_id, actor=me.actor, now=site.now)
    except RosterRefusedError:
        return await _page(request, me, problem=_REFUSED)
    return RedirectResponse(me.path, 303)


@router.post("/{token}/ask")
async def request_cover(request: Request, me: Mine, form: Pressed) -> Response:
    """Ask others to take hours of mine over."""
    site = site_of(request)
    try:
        when = (datetime.fromtimestamp(form.starts, UTC), datetime.fromtimestamp(form.ends, UTC))
        await ask_relief(site.deps.ctx, form.roster, when, me.actor, site.now)
    except (RosterRefusedError, ValueError, OverflowError, OSError):
        return await _page(request, me, problem=_REFUSED)
    return RedirectResponse(me.path, 303)


@router.post("/{token}/keep")
async def keep_shift(request: Request, me: Mine, form: Pressed) -> Response:
    """I can come after all."""
    site = site_of(request)
    try:
        await withdraw_cover_request(site.deps.ctx, form.shift, me.actor, site.now)
    except RosterRefusedError:
        return await _page(request, me, problem=_REFUSED)
    return RedirectResponse(me.path, 303)


async def _page(request: Request, me: Me, *, problem: str | None = None) -> Response:
    site, now, person = site_of(request), site_of(request).now, me.person
    async with site.deps.ctx.db.read() as connection:
        shifts = await shifts_of(connection, person.person_id, person.scope, (now, now + AHEAD))
        offers = await offers_for(connection, person.person_id, person.scope, now)
    return write_own_page(
        request,
        "my_shifts.html",
        me,
        status=200 if problem is None else 409,
        problem=problem,
        shifts=shifts,
        offers=offers,
        first_name=first_name,
    )
