"""My devices on the phone, for who puts meters in and mends them: what is broken, which homes are not signed off, and
one home step by step, ticked by what its gateway tells. Says where a home is, not who lives there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.base.links import LINK_LIFE, TICKET_PATH, make_token
from ingest.actions.base.links import PERSONAL_PATH as PATH
from ingest.actions.base.note_look import note_look
from ingest.domain.tickets.ticket import GATEWAY_SILENT
from ingest.places.actions.sign_off import SignOffNote, sign_off
from ingest.places.domain.commissioning import LONGEST_NOTE, InstallStep, Seen, passed
from ingest.places.store.installs import ServedHome, SignOff, last_test_of, served_home, served_homes, signed_off
from ingest.store.base.devices import DeviceHealth, gateway_of_home
from ingest.store.ledger.home_states import Watch, home_status_of, standings_in
from ingest.store.tickets.queries import TicketRow, area_names, live_tickets
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, evidence, home_name, in_order
from ingest.web.duty.my_page import Me, Mine, write_own_page
from models.flag import FlagKind

router = APIRouter(prefix=PATH.rstrip("/"))
REPAIRS = frozenset({FlagKind.DEVICE_SILENT, FlagKind.DEVICE_TROUBLE, FlagKind.HOME_BLIND, GATEWAY_SILENT})
"""Kinds of tickets that ask for a screwdriver."""


class SignOffForm(CsrfForm):
    """What is said with a sign-off."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device and whether it is known of the home's gateway to be heard."""

    health: DeviceHealth
    heard: bool


async def _installer(me: Mine) -> Me:
    """Return who holds the link, if they have to do with devices; raises `NoSuchPageError` for others."""
    if not me.serves_devices:
        raise NoSuchPageError
    return me


Installer = Annotated[Me, Depends(_installer)]


@router.get("/{token}/devices")
async def show_my_devices(request: Request, me: Installer) -> Response:
    """What is broken first, then homes that nobody has signed off, then all others."""
    site, now = site_of(request), site_of(request).now
    scope = me.person.scope
    async with site.deps.ctx.db.read() as connection:
        homes = await served_homes(connection, scope)
        signs = await signed_off(connection, [home.home_id for home in homes])
        blind = {one.home_id for one in await standings_in(connection, scope) if one.watch is Watch.BLIND}
        broken = in_order(one for one in await live_tickets(connection, scope) if one.kind in REPAIRS)
        areas = await area_names(connection)
    language = site.catalogue(request, me.person.language).language

    def link(ticket: TicketRow) -> str:
        token = make_token(site.deps.ctx.keys, ticket.ticket_id, me.person.person_id, now + LINK_LIFE)
        return f"{TICKET_PATH}{token}"

    def order(home: ServedHome) -> tuple[bool, bool]:
        return home.home_id in signs, home.home_id not in blind

    return write_own_page(
        request, "my_devices.html", me,
        repairs=[(one, link(one), evidence(one, language)) for one in broken], homes=sorted(homes, key=order),
        signs=signs, blind=blind, places=Places(areas, language), home_name=home_name,
    )  # fmt: skip


@router.get("/{token}/devices/{home_id}")
async def show_home_devices(request: Request, me: Installer, home_id: str) -> Response:
    """One home, step by step."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        home = await served_home(connection, home_id, me.person.scope)
        signs = await signed_off(connection, [home_id])
        areas = await area_names(connection)
    if home is None:
        raise NoSuchPageError
    await note_look(site.deps.ctx, home_id, me.actor, site.now)
    seen, devices = await _seen(site, home)
    steps = passed(seen, site.now)
    sign: SignOff | None = signs.get(home_id)
    return write_own_page(
        request, "my_home_devices.html", me, home=home, seen=seen, devices=devices, steps=steps, sign=sign,
        places=Places(areas, site.catalogue(request, me.person.language).language),
    )  # fmt: skip


@router.post("/{token}/devices/{home_id}/done")
async def sign_home_off(
    request: Request, me: Installer, home_id: str, form: Annotated[SignOffForm, Form()]
) -> Response:
    """It is in order, or as far as can be."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        home = await served_home(connection, home_id, me.person.scope)
    if home is None:
        raise NoSuchPageError
    seen, _ = await _seen(site, home)
    lacking = [step for step, is_passed in passed(seen, site.now).items() if not is_passed]
    note = kept_text(form.note, LONGEST_NOTE)
    await sign_off(site.deps.ctx, home_id, SignOffNote(tuple(lacking), note), me.actor, site.now)
    return RedirectResponse(f"{me.path}/devices/{home_id}", 303)


async def _seen(site: SiteContext, home: ServedHome) -> tuple[Seen, list[Device]]:
    now = site.now
    async with site.deps.ctx.db.read() as connection:
        gateway = await gateway_of_home(connection, home.home_id)
        standing = await home_status_of(connection, home.home_id)
        tested = await last_test_of(connection, home.home_id)
    own = [one for one in gateway.devices if one.home_id == home.home_id] if gateway else []
    seen = Seen(
        gateway_id=home.gateway_id,
        gateway_late=gateway is None or gateway.is_late(now),
        home_known=standing is not None,
        devices_heard=[one.last_heard for one in own],
        last_sign=standing.last_sign_at if standing else None,
        last_test=tested,
    )
    heard = [
        passed(Seen(None, True, False, [one.last_heard], None, None), now)[InstallStep.DEVICES_HEARD] for one in own
    ]
    return seen, [Device(one, is_heard) for one, is_heard in zip(own, heard, strict=True)]
