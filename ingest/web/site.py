"""Site: puts the pages, the API and the health doors together. The composition root calls `make_site` once.

Knows no wing: whose pages there are, it is told as parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from ingest.actions.base.links import LinkFault
from ingest.web.base.auth import Gatekeeper, guard
from ingest.web.base.errors import (
    BadCsrfTokenError,
    ClosedLinkError,
    NoRightError,
    NoSuchPageError,
    NotLoggedInError,
)
from ingest.web.base.headers import SecurityHeaders
from ingest.web.base.live import ChangeWatch
from ingest.web.base.pages import WebPart
from ingest.web.base.readable import ReadableAddress
from ingest.web.base.site_context import SiteDeps, build_site_context, site_of

STATIC = Path(__file__).parent / "static"


def make_site(deps: SiteDeps, parts: Sequence[WebPart]) -> FastAPI:
    """Return the web application; it opens nothing until a request comes, and needs no lifespan."""
    site = FastAPI(title="Linshe", docs_url=None, redoc_url=None, openapi_url=None)
    site.state.site = context = build_site_context(deps, parts)
    site.state.gatekeeper = Gatekeeper()
    site.state.change_watch = ChangeWatch(deps.ctx.db)
    for part in parts:
        for name, make in part.state.items():
            setattr(site.state, name, make())
    for router in context.table.routers:
        site.include_router(router, dependencies=[Depends(guard)])
    site.mount("/static", StaticFiles(directory=STATIC), name="static")
    # streams of events pass as they are; nothing secret and nothing a stranger chose share a page that he can ask for
    site.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    site.add_middleware(ReadableAddress)
    site.add_middleware(SecurityHeaders, tls=deps.tls)
    site.add_exception_handler(NotLoggedInError, _to_log_in)
    site.add_exception_handler(NoRightError, _no_right)
    site.add_exception_handler(BadCsrfTokenError, _bad_csrf_token)
    site.add_exception_handler(ClosedLinkError, _closed_link)
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


def _no_right(request: Request, error: Exception) -> Response:
    right = error.right if isinstance(error, NoRightError) else None
    if right is None or not right.tells_roles:
        return _not_found(request, error)
    roles = ", ".join(sorted(role.value for role in right.roles))
    return JSONResponse({"error": "not_allowed", "problem": f"only these roles may: {roles}"}, 403)


def _bad_csrf_token(request: Request, error: Exception) -> Response:
    if _is_for_program(request):
        return JSONResponse({"error": "bad_csrf_token"}, 403)
    return site_of(request).page(request, "problem.html", status=403, problem="stale_form")


_CLOSED = {LinkFault.FORGED: 404, LinkFault.EXPIRED: 410}


def _closed_link(request: Request, error: Exception) -> Response:
    if not isinstance(error, ClosedLinkError):
        return _not_found(request, error)
    return site_of(request).page(request, error.template, status=_CLOSED[error.fault], fault=error.fault)


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
