"""The pages to log in, to log out and to choose the language."""

from __future__ import annotations

import secrets
from datetime import timedelta
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.web.base.auth import (
    SESSION_COOKIE,
    LoggedIn,
    TooOften,
    Who,
    log_in,
    log_out,
    session_or_none,
    set_session_cookie,
)
from ingest.web.base.forms import csrf_token_fits
from ingest.web.base.languages import parse_language
from ingest.web.base.schemes import SCHEME_COOKIE, read_scheme
from ingest.web.base.site_context import LANGUAGE_COOKIE, site_of

router = APIRouter()
VISITOR_COOKIE = "linshe_visitor"
_YEAR_S = 365 * 24 * 3600


def local_path(wish: str) -> str:
    """Return `wish` if it is a path of this site, else the board: nobody is sent to another host by our hand."""
    safe = wish.startswith("/") and not wish.startswith("//") and "\\" not in wish and wish.isprintable()
    return wish if safe else "/"


@router.get("/login")
async def show_login(request: Request, back: str = "/") -> Response:
    """Show the form; who is logged in already goes on."""
    if await session_or_none(request):
        return RedirectResponse(local_path(back), 303)
    return _form(request, back, problem=None, status=200)


def _form(request: Request, back: str, *, problem: str | None, status: int, wait_minutes: int = 0) -> Response:
    site = site_of(request)
    visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(24)
    page = site.page(
        request,
        "login.html",
        status=status,
        problem=problem,
        wait_minutes=wait_minutes,
        back=local_path(back),
        csrf=site.link_csrf_token("login", visitor),
    )
    page.set_cookie(VISITOR_COOKIE, visitor, path="/login", secure=site.deps.tls, httponly=True, samesite="lax")
    return page


@router.post("/login")
async def do_login(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Log in and lead to where the person wanted to go."""
    site = site_of(request)
    visitor = request.cookies.get(VISITOR_COOKIE, "")
    if not visitor or not csrf_token_fits(site.form_key(), "login", visitor, csrf):
        return _form(request, back, problem="stale_form", status=403)
    result = await log_in(request, login, password)
    if isinstance(result, TooOften):
        minutes = ceil(result.wait / timedelta(minutes=1))
        return _form(request, back, problem="too_often", status=429, wait_minutes=minutes)
    if not isinstance(result, LoggedIn):
        return _form(request, back, problem="wrong", status=401)
    answer = RedirectResponse(local_path(back), 303)
    set_session_cookie(answer, site, result.token)
    answer.delete_cookie(VISITOR_COOKIE, path="/login")
    return answer


@router.post("/logout")
async def do_logout(request: Request, session: Who) -> Response:
    """Log out."""
    await log_out(request)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/language")
async def switch_language(request: Request, to: str, back: str = "/") -> Response:
    """Remember the reader's language in a cookie; changes nothing else."""
    answer = RedirectResponse(local_path(back), 303)
    language = parse_language(to)
    if language is not None:
        secure = site_of(request).deps.tls
        answer.set_cookie(LANGUAGE_COOKIE, language.value, max_age=_YEAR_S, path="/", secure=secure, samesite="lax")
    return answer


@router.get("/scheme")
async def switch_scheme(request: Request, to: str, back: str = "/") -> Response:
    """Remember whether the reader wants the colours of the day or of the night."""
    answer = RedirectResponse(local_path(back), 303)
    secure, scheme = site_of(request).deps.tls, read_scheme(to)
    answer.set_cookie(SCHEME_COOKIE, scheme.value, max_age=_YEAR_S, path="/", secure=secure, samesite="lax")
    return answer
