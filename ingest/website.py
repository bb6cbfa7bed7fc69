"""Website: the pages and the HTTP doors as one application, and the server that offers it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.channels.registry import build_callbacks, push_offer
from ingest.domain.notices.push import PushOffer
from ingest.families.web import pages as families
from ingest.figures.web import pages as figures
from ingest.fleet.web import pages as fleet
from ingest.intake.batching import Batcher
from ingest.intake.http import envelope_router
from ingest.intake.vendor_http import vendor_router
from ingest.outward.web import pages as outward
from ingest.places.web import pages as places
from ingest.settings import Settings
from ingest.visits.web import pages as visits
from ingest.web import pages as heart
from ingest.web.base.body_limit import BodyLimit
from ingest.web.base.pages import WebPart
from ingest.web.base.site_context import SiteDeps
from ingest.web.site import make_site

PARTS: tuple[WebPart, ...] = (
    heart.HEART,
    visits.PART,
    families.PART,
    places.PART,
    fleet.PART,
    figures.PART,
    outward.PART,
)
"""What the site is made of; where two paths could be meant, the earlier one is."""


class Website:
    """Construct, `serve` as a task, and `stop`."""

    def __init__(
        self,
        settings: Settings,
        ctx: ActionContext,
        batcher: Batcher,
        receipts: ReceiptWriter,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called when a vendor has said something after which there may be notices to send."""
        self.site = _site(settings, ctx, clock)
        self.site.include_router(envelope_router(batcher, receipts, clock))
        callbacks = build_callbacks(settings.notify, settings.base)
        self.site.include_router(vendor_router(callbacks, ctx, clock, wake))
        self.site.add_middleware(BodyLimit)
        self._server = _Server(_configure(settings, self.site))

    async def serve(self) -> None:
        """Answer until `stop`."""
        await self._server.serve()

    def stop(self) -> None:
        """Take nothing more, and end what is under way."""
        self._server.handle_exit(signal.SIGTERM, None)


class _Server(uvicorn.Server):
    """A uvicorn that leaves the signals to the program, which has more than a web server to put away."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture nothing."""
        yield


def _site(settings: Settings, ctx: ActionContext, clock: Callable[[], datetime]) -> FastAPI:
    offer = push_offer(settings.notify, settings.base)
    deps = SiteDeps(
        ctx=ctx,
        clock=clock,
        zone=settings.zone,
        tls=settings.web.tls is not None,
        push=None if offer is None else PushOffer(*offer),
    )
    return make_site(deps, PARTS)


def _configure(settings: Settings, site: FastAPI) -> uvicorn.Config:
    web = settings.web
    return uvicorn.Config(
        site,
        host=web.host,
        port=web.port,
        ssl_certfile=web.tls.cert_file if web.tls else None,
        ssl_keyfile=web.tls.key_file if web.tls else None,
        log_config=None,
        access_log=False,  # a signed link in a path is a secret
        timeout_graceful_shutdown=2,
        server_header=False,
    )
