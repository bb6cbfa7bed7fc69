"""Auth: logging in and out, who asks, and whether they may. Sessions are rows; the cookie carries only a random token.

Knows nothing of tickets. `guard` stands before every route of a page and reads the table of rights. What changes
something is believed only with the session's own CSRF token; a client with a bearer token needs none, because no
browser adds that header by itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from ingest.actions.base.passwords import verify_password
from ingest.domain.base.rights import Credential
from ingest.store.base.sessions import (
    LIFETIME,
    Session,
    close_session,
    credentials,
    find_session,
    open_session,
    touch_session,
)
from ingest.web.base.errors import BadCsrfTokenError, NoRightError, NotLoggedInError
from ingest.web.base.forms import csrf_token_fits, same
from ingest.web.base.readable import is_encodable
from ingest.web.base.site_context import SiteContext, site_of

SESSION_COOKIE = "linshe_session"
LONGEST_PASSWORD = 256
_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A log-in that worked: the new session's token."""

    token: str


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """Log-in name or password are wrong; which of them is nobody's business."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """Too many attempts: how long to wait."""

    wait: timedelta


@dataclass(slots=True)
class Throttle:
    """Allows `limit` attempts per key within any `window`; remembers at most `memory` keys, dropping the oldest."""

    limit: int
    window: timedelta
    memory: int = 10_000
    _attempts: OrderedDict[str, list[datetime]] = field(default_factory=OrderedDict)

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """Count an attempt and return None, or return how long `key` has to wait; a refused attempt is not counted."""
        recent = [at for at in self._attempts.get(key, ()) if now - at < self.window]
        if len(recent) >= self.limit:
            self._attempts[key] = recent
            return recent[0] + self.window - now
        self._attempts[key] = [*recent, now]
        self._attempts.move_to_end(key)
        while len(self._attempts) > self.memory:
            self._attempts.popitem(last=False)
        return None

    def forget(self, key: str) -> None:
        """Wipe the slate of `key`, after an attempt that succeeded."""
        self._attempts.pop(key, None)


@dataclass(slots=True)
class Gatekeeper:
    """Counts attempts per log-in name and per address, and checks few passwords at a time (64 MiB each)."""

    by_pair: Throttle = field(default_factory=lambda: Throttle(8, _WINDOW))
    by_login: Throttle = field(default_factory=lambda: Throttle(60, _WINDOW))
    by_address: Throttle = field(default_factory=lambda: Throttle(40, _WINDOW))
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def wait(self, login: str, address: str, now: datetime) -> timedelta | None:
        """Count an attempt; return how long to wait if it is one too many."""
        return (
            self.by_address.wait(address, now)
            or self.by_pair.wait(f"{login}\n{address}", now)
            or self.by_login.wait(login, now)
        )

    def forget(self, login: str, address: str) -> None:
        """A log-in that worked wipes the slate of that person at that address."""
        self.by_pair.forget(f"{login}\n{address}")


async def log_in(request: Request, login: str, password: str) -> LoggedIn | WrongPassword | TooOften:
    """Check a password and open a session; any session the browser had before is closed (rotation)."""
    site, now = site_of(request), site_of(request).now
    gatekeeper: Gatekeeper = request.app.state.gatekeeper
    address = request.client.host if request.client else "?"
    name = login.strip()[:200]
    wait = gatekeeper.wait(name, address, now)
    if wait is not None:
        return TooOften(wait)
    if not name.isprintable() or not is_encodable(password) or len(password) > LONGEST_PASSWORD:
        return WrongPassword()
    async with site.deps.ctx.db.read() as connection:
        known = await credentials(connection, name)
    async with gatekeeper.gate:
        fits = await verify_password(password, known.password_hash if known else None)
    if known is None or not fits:
        return WrongPassword()
    gatekeeper.forget(name, address)
    token = secrets.token_urlsafe(32)
    async with site.deps.ctx.db.write() as connection:
        old = request.cookies.get(SESSION_COOKIE)
        if old:
            await close_session(connection, old)
        await open_session(
            connection, token=token, csrf_token=secrets.token_urlsafe(32), person_id=known.person_id, now=now
        )
    return LoggedIn(token)


async def log_out(request: Request) -> None:
    """Close the session that the request came with."""
    token = _token(request)
    if token:
        async with site_of(request).deps.ctx.db.write() as connection:
            await close_session(connection, token)


def set_session_cookie(response: Response, site: SiteContext, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=site.deps.tls,
        httponly=True,
        samesite="lax",
    )


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _token(request: Request) -> str | None:
    return _bearer(request) or request.cookies.get(SESSION_COOKIE)


async def session_or_none(request: Request) -> Session | None:
    """Return who asks, None for a stranger."""
    token = _token(request)
    if not token or len(token) > 200:
        return None
    db, now = site_of(request).deps.ctx.db, site_of(request).now
    async with db.read() as connection:
        session = await find_session(connection, token, now)
    if session is not None and session.to_be_touched(now):
        async with db.write() as connection:
            await touch_session(connection, token, now)
    return session


async def logged_in(request: Request) -> Session:
    """Return who asks, read once a request (a FastAPI dependency); raises `NotLoggedInError`."""
    if not hasattr(request.state, "session"):
        request.state.session = await session_or_none(request)
    session: Session | None = request.state.session
    if session is None:
        raise NotLoggedInError
    return session


Who = Annotated[Session, Depends(logged_in)]
"""Who asks; whether they may is decided already, by `guard`."""


async def guard(request: Request) -> None:
    """Let a request through if the table of rights allows it and our own page made it (a FastAPI dependency)."""
    right = site_of(request).table.rights[f"{request.method} {request.scope['route'].path}"]
    if right.credential is not Credential.LOG_IN:
        return
    session = await logged_in(request)
    if not right.allows(session.viewer.role):
        raise NoRightError(right)
    if request.method != "GET":
        await check_csrf_token(request, session)


async def check_csrf_token(request: Request, session: Session) -> None:
    """Believe a request only if our own page made it; raises `BadCsrfTokenError`."""
    if _bearer(request) is None and not same(session.csrf_token, await given_csrf_token(request)):
        raise BadCsrfTokenError


async def given_csrf_token(request: Request) -> str:
    """Return the token that came with a script's header or with a form, empty where none came."""
    given = request.headers.get("x-csrf-token")
    return given if given is not None else str((await request.form()).get("csrf", ""))


async def check_link_csrf_token(request: Request, purpose: str, link_token: str) -> None:
    """Believe what changes something only if the page behind this very link made it; raises `BadCsrfTokenError`."""
    if request.method == "GET":
        return
    if not csrf_token_fits(site_of(request).form_key(), purpose, link_token, await given_csrf_token(request)):
        raise BadCsrfTokenError
