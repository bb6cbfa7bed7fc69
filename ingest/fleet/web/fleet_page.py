"""The fleet: gateways and devices, when they were last heard, what troubles them, which homes are out of sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ingest.store.base.devices import GatewayHealth, gateway_in, gateways_in
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import AreaRow, area_names
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places
from ingest.web.evidence.why import LATE_DEVICE

router = APIRouter(prefix="/fleet")
Show = Annotated[str, Query(max_length=10)]
TROUBLED = "troubled"


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """The figures above the list."""

    gateways: int
    late: int
    devices: int
    silent: int
    blind: int
    waiting: int
    """Messages that wait in the gateways' outboxes."""


def silent_devices(gateway: GatewayHealth, now: datetime) -> int:
    """Return how many devices were not heard for longer than a battery lets them be silent."""
    return sum(one.last_heard is None or now - one.last_heard > LATE_DEVICE for one in gateway.devices)


def is_troubled(gateway: GatewayHealth, now: datetime) -> bool:
    """Return whether somebody should look at it."""
    late = gateway.is_late(now) or not gateway.clock_trusted
    return bool(late or gateway.troubles or gateway.blind or silent_devices(gateway, now))


def _counts(found: Iterable[GatewayHealth], now: datetime) -> FleetCounts:
    rows = list(found)
    return FleetCounts(
        gateways=len(rows),
        late=sum(one.is_late(now) for one in rows),
        devices=sum(len(one.devices) for one in rows),
        silent=sum(silent_devices(one, now) for one in rows),
        blind=sum(len(one.blind) for one in rows),
        waiting=sum(one.outbox_waiting for one in rows),
    )


@router.get("")
async def show_fleet(request: Request, session: Who, show: Show = "") -> Response:
    """All gateways, those in trouble first."""
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        found = await gateways_in(connection, viewer.scope)
        areas = await area_names(connection)
    shown = [one for one in found if show != TROUBLED or is_troubled(one, now)]
    return site.page(
        request,
        "fleet.html",
        session=session,
        gateways=sorted(shown, key=lambda one: (not one.is_late(now), not is_troubled(one, now))),
        counts=_counts(found, now),
        only_troubled=show == TROUBLED,
        silent_devices=silent_devices,
        places=_places(request, session, areas),
    )


@router.get("/{gateway_id}")
async def show_gateway(request: Request, gateway_id: str, session: Who) -> Response:
    """One gateway with its devices, the longest silent first."""
    site, now = site_of(request), site_of(request).now
    async with site.deps.ctx.db.read() as connection:
        found = await gateway_in(connection, gateway_id, session.viewer.scope)
        areas = await area_names(connection)
    if found is None:
        raise NoSuchPageError
    return site.page(
        request,
        "fleet_gateway.html",
        session=session,
        gateway=found,
        devices=sorted(found.devices, key=lambda one: one.last_heard or datetime.min.replace(tzinfo=now.tzinfo)),
        late_device=LATE_DEVICE,
        places=_places(request, session, areas),
    )


def _places(request: Request, session: Session, areas: dict[str, AreaRow]) -> Places:
    return Places(areas, site_of(request).catalogue(request, session.viewer.language).language)
