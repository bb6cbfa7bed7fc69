"""Site: puts the pages, the API and the health doors together. The composition root calls `make_site` once."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from ingest.families.web import family_page, household_page
from ingest.figures.web import kpi_page as numbers
from ingest.fleet.web import fleet_page
from ingest.fleet.web import threshold_page as trial_page
from ingest.fleet.web.threshold_page import ThresholdPreviews
from ingest.outward.web import connections_page
from ingest.places.web import map_page, my_devices, places_page
from ingest.places.web import places_api as api_places
from ingest.visits.web import my_visits, visits_page
from ingest.web.base import health, live, login_pages, pwa
from ingest.web.base.auth import BadCsrfTokenError, Gatekeeper, NotLoggedInError
from ingest.web.base.deps import SiteDeps
from ingest.web.base.headers import SecurityHeaders
from ingest.web.base.live import ChangeWatch
from ingest.web.base.readable import ReadableAddress
from ingest.web.base.site_context import build_site_context, site_of
from ingest.web.duty import coverage_page as holes_page
from ingest.web.duty import handover_page, my_page
from ingest.web.duty import rosters_api as api_rosters
from ingest.web.evidence import home_page
from ingest.web.ledger import care_api, ledger_page, morning_page
from ingest.web.notices import push_api
from ingest.web.tickets import (
    api,
    board,
    closed_page,
    find,
    opening,
    phone,
    phone_care,
    ticket_care,
    ticket_care_api,
    ticket_page,
)
from ingest.web.tickets.find import FindIndex
from ingest.web.tickets.ticket_page import NoSuchPageError

STATIC = Path(__file__).parent / "static"
PARTS = (
    health,
    login_pages,
    board,
    find,
    handover_page,
    home_page,
    live,
    map_page,
    closed_page,
    fleet_page,
    holes_page,
    morning_page,
    opening,
    ticket_page,
    ticket_care,
    phone,
    phone_care,
    places_page,
    pwa,
    numbers,
    api,
    ticket_care_api,
    connections_page,
    care_api,
    api_places,
    api_rosters,
    ledger_page,
    push_api,
    family_page,
    household_page,
    my_page,
    my_devices,
    my_visits,
    trial_page,
    visits_page,
)
"""Every door of the site; where two paths could be meant, the earlier one is."""


def make_site(deps: SiteDeps) -> FastAPI:
    """Return the web application; it opens nothing until a request comes, and needs no lifespan."""
    site = FastAPI(title="Linshe", docs_url=None, redoc_url=None, openapi_url=None)
    site.state.site = build_site_context(deps)
    site.state.gatekeeper = Gatekeeper()
    site.state.change_watch = ChangeWatch(deps.ctx.db)
    site.state.find_index = FindIndex()
    site.state.trials = ThresholdPreviews()
    for part in PARTS:
        site.include_router(part.router)
    site.mount("/static", StaticFiles(directory=STATIC), name="static")
    # streams of events pass as they are; nothing secret and nothing a stranger chose share a page that he can ask for
    site.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    site.add_middleware(ReadableAddress)
    site.add_middleware(SecurityHeaders, tls=deps.tls)
    site.add_exception_handler(NotLoggedInError, _to_log_in)
    site.add_exception_handler(BadCsrfTokenError, _bad_proof)
    site.add_exception_handler(NoSuchPageError, _not_found)
    site.add_exception_handler(HTTPException, _http_error)
    site.add_exception_handler(RequestValidationError, _bad_request)
    return site


def _is_for_program(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _to_log_in(request: Request, error: Exception) -> Response:
    """A page leads to the log-in; a program, a stream or a page's live part is told 401."""
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if _is_for_program(request) or not wants_page:
        return JSONResponse({"error": "not_logged_in"}, 401)
    back = request.url.path if request.url.path != "/" else None
    return RedirectResponse("/login" + (f"?back={back}" if back else ""), 303)


def _bad_proof(request: Request, error: Exception) -> Response:
    if _is_for_program(request):
        return JSONResponse({"error": "bad_csrf_token"}, 403)
    return site_of(request).page(request, "problem.html", status=403, problem="stale_form")


def _not_found(request: Request, error: Exception) -> Response:
    if _is_for_program(request):
        return JSONResponse({"error": "not_found"}, 404)
    return site_of(request).page(request, "problem.html", status=404, problem="not_found")


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return _not_found(request, error)
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"error": "http", "status": status}, status, headers=headers)


def _bad_request(request: Request, error: Exception) -> Response:
    """Say where the fault is, without repeating what was sent: it may be a password."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    where = [{"at": ".".join(str(part) for part in fault["loc"]), "problem": fault["msg"]} for fault in faults]
    return JSONResponse({"error": "bad_request", "faults": where}, 422)
