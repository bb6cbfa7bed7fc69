"""The JSON API: the same tickets and buttons for other programs. Times are ISO 8601 UTC; errors are `{"error": …}`.

A program logs in once with `POST /api/v1/login` and sends the token as `Authorization: Bearer …`; a page of ours that
uses its cookie must send the session's CSRF token as `X-CSRF-Token`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from ingest.actions.tickets.act_on_ticket import act_on_ticket
from ingest.domain.tickets.ticket import Refusal, Refused
from ingest.store.base.sessions import LIFETIME
from ingest.store.notices.counts import figures_of
from ingest.store.notices.told import notices_of
from ingest.store.tickets.queries import TicketRow, find_ticket, flags_in, history_of, live_tickets, recent_tickets
from ingest.web.base.auth import LoggedIn, TooOften, Who, log_in
from ingest.web.base.forms import JsonBody
from ingest.web.base.plain import plain
from ingest.web.base.site_context import site_of
from ingest.web.base.views import actor_of, in_order
from ingest.web.tickets.buttons import EventBody, NotAnEventError, buttons, read_asked
from ingest.web.tickets.in_sight import ticket_in_sight
from ingest.web.tickets.ticket_sheet import read_sheet

router = APIRouter(prefix="/api/v1")
MOST = 1000


class LogIn(JsonBody):
    """What a program logs in with."""

    login: str
    password: str


def _ticket_json(row: TicketRow) -> dict[str, Any]:
    names = [name for name in TicketRow.__dataclass_fields__ if name != "ticket"]
    return {name: plain(getattr(row, name)) for name in names}


def _error(code: int, word: str, **more: object) -> JSONResponse:
    return JSONResponse({"error": word, **more}, code)


@router.post("/login")
async def log_in_program(request: Request, body: LogIn) -> Response:
    """Return a bearer token."""
    result = await log_in(request, body.login, body.password)
    if isinstance(result, TooOften):
        seconds = int(result.wait.total_seconds()) + 1
        answer = _error(429, "too_often", wait_s=seconds)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if not isinstance(result, LoggedIn):
        return _error(401, "wrong_login_or_password")
    return JSONResponse({"token": result.token, "expires_at": plain(site_of(request).now + LIFETIME)})


@router.get("/tickets")
async def list_tickets(request: Request, session: Who, status: str = "live", limit: int = 200) -> Response:
    """Return live tickets in the board's order, or (`status=all`) the newest of all."""
    async with site_of(request).deps.ctx.db.read() as connection:
        if status == "live":
            rows = in_order(await live_tickets(connection, session.viewer.scope))
        elif status == "all":
            rows = await recent_tickets(connection, session.viewer.scope, min(max(limit, 1), MOST))
        else:
            return _error(422, "bad_request", detail=f"status is {status!r}; use live or all")
    return JSONResponse({"tickets": [_ticket_json(row) for row in rows]})


@router.get("/tickets/{ticket_id}")
async def one_ticket(request: Request, ticket_id: str, session: Who) -> Response:
    """Return a ticket with its flags, history, notices and the events that this person may say now."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        row = await find_ticket(connection, ticket_id, session.viewer.scope)
        if row is None:
            return _error(404, "not_found")
        history = await history_of(connection, ticket_id)
        notices = await notices_of(connection, ticket_id)
        sheet = await read_sheet(connection, ticket_id, session.viewer.scope)
    return JSONResponse(
        {
            **_ticket_json(row),
            "allowed": [event.value for event in buttons(row, actor_of(session.viewer), site.now)],
            **plain(asdict(sheet)),
            "history": [plain(asdict(entry)) for entry in history],
            "notices": [plain(asdict(notice)) for notice in notices],
        }
    )


@router.post("/tickets/{ticket_id}/events", dependencies=[Depends(ticket_in_sight)])
async def press(request: Request, ticket_id: str, body: EventBody, session: Who) -> Response:
    """Let an event happen: 200 with the ticket's new state, 409 with the reason why not."""
    site, viewer = site_of(request), session.viewer
    try:
        asked = read_asked(body)
    except NotAnEventError as error:
        return _error(422, "bad_request", detail=str(error))
    result = await act_on_ticket(
        site.deps.ctx,
        ticket_id,
        asked.event,
        actor_of(viewer),
        site.now,
        detail=asked.detail,
        expected_version=asked.version,
    )
    if isinstance(result, Refused):
        code = 422 if result.reason is Refusal.INCOMPLETE else 409
        return _error(code, result.reason, status=result.status, taken_by=result.taken_by, missing=result.missing)
    ticket = result.ticket
    return JSONResponse({"ticket_id": ticket.ticket_id, "status": ticket.status, "version": ticket.version})


@router.get("/flags")
async def list_flags(request: Request, session: Who, limit: int = 200) -> Response:
    """Return the newest flags about homes of the subtree."""
    async with site_of(request).deps.ctx.db.read() as connection:
        flags = await flags_in(connection, session.viewer.scope, min(max(limit, 1), 100_000))
    return JSONResponse({"flags": [plain(asdict(flag)) for flag in flags]})


@router.get("/summary")
async def summary(request: Request, session: Who) -> Response:
    """Return how many of what there are in the subtree."""
    async with site_of(request).deps.ctx.db.read() as connection:
        figures = await figures_of(connection, session.viewer.scope)
    return JSONResponse(plain(asdict(figures)))
