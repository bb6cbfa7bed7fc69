"""The board: what is going on in the viewer's areas right now, the most urgent first, and who is there to go.

The same queue without any name is the wall-board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ingest.actions.duty.check_rosters import on_call_now
from ingest.domain.base.areas import UPWARDS, Level
from ingest.domain.tickets.ticket import Event
from ingest.store.base.change_counter import current_change
from ingest.store.base.sessions import Session
from ingest.store.duty.shifts import notes_since
from ingest.store.tickets.queries import AreaRow, area_names, live_tickets, people_by_id, people_in
from ingest.web.base.auth import Who
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import (
    Places,
    alarm_key,
    alarms_of,
    board_counts,
    escalated_to,
    evidence,
    home_name,
    in_order,
    people_in_order,
)
from ingest.web.duty.handover_page import NOTES_KEPT
from ingest.web.evidence.why import Post, people_of

router = APIRouter()
KEYS = (
    ("j", "next"),
    ("k", "previous"),
    ("Enter", "open"),
    ("Esc", "leave"),
    ("a", "seen"),
    ("u", "undo"),
    ("/", "find"),
    ("h", "handover"),
    ("w", "wall"),
    ("?", "help"),
)
"""Keys of the desk that are no event of a ticket; static/desk.js listens for them."""
ACT_KEYS = (
    ("s", Event.ACKNOWLEDGE),
    ("t", Event.TAKE),
    ("o", Event.OFFER),
    ("r", Event.ARRIVE),
    ("e", Event.RESOLVE),
    ("g", Event.GIVE_BACK),
    ("c", Event.CLOSE),
    ("p", Event.REOPEN),
)
MOST_POSTS, MOST_PEOPLE = 24, 30
"""What an overview shows; the rest is found by name."""
_ALWAYS = frozenset({Level.DISTRICT, Level.STREET})
"""Levels at which nobody on call is worth saying; below them rosters often are for nights only."""


@router.get("/")
async def show_board(request: Request, session: Who) -> Response:
    """The whole page."""
    site = site_of(request)
    catalogue = site.catalogue(request, session.viewer.language)
    labels = {event.value: catalogue.label("action", event) for _, event in ACT_KEYS}
    shift = await _shift(site, session)
    return await _board(request, session, "board.html", keys=KEYS, act_keys=ACT_KEYS, act_labels=labels, **shift)


@router.get("/board/live")
async def show_board_live(request: Request, session: Who) -> Response:
    """Only the part that changes; the page's script puts it in place."""
    return await _board(request, session, "board_live.html")


@router.get("/board/shift")
async def show_shift(request: Request, session: Who) -> Response:
    """Only the overview: who is on call, who is there, what the last shift left behind."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
    language = site.catalogue(request, session.viewer.language).language
    shift = await _shift(site, session)
    return site.page(request, "board_shift.html", session=session, places=Places(areas, language), **shift)


@router.get("/wall")
async def show_wall(request: Request, session: Who) -> Response:
    """The wall-board: big, without names."""
    return await _board(request, session, "board_wall.html", wall_lines=await _wall_lines(request, session))


@router.get("/wall/live")
async def show_wall_live(request: Request, session: Who) -> Response:
    """Only the part of it that changes."""
    return await _board(request, session, "board_wall_live.html", wall_lines=await _wall_lines(request, session))


async def _board(request: Request, session: Session, template: str, **more: Any) -> Response:
    site, viewer = site_of(request), session.viewer
    async with site.deps.ctx.db.read() as connection:
        tickets = await live_tickets(connection, viewer.scope)
        areas = await area_names(connection)
        change = await current_change(connection)
    language = site.catalogue(request, viewer.language).language
    return site.page(
        request,
        template,
        session=session,
        change=change,
        tickets=in_order(tickets),
        counts=board_counts(tickets),
        places=Places(areas, language),
        alarms=alarms_of(tickets),
        alarm_key=alarm_key,
        home_name=home_name,
        escalated_to=escalated_to,
        evidence=partial(evidence, language=language),
        **more,
    )


async def _wall_lines(request: Request, session: Session) -> list[tuple[str, object]]:
    """Return what other parts of the house add to the wall: a template each, and what it writes."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        return [
            (line.template, await line.read(connection, session.viewer.scope, site.now))
            for line in site.table.wall_lines
        ]


async def _shift(site: SiteContext, session: Session) -> dict[str, Any]:
    viewer, now = session.viewer, site.now
    on_call = await on_call_now(site.deps.ctx, viewer.scope, now)
    async with site.deps.ctx.db.read() as connection:
        people = people_in_order(await people_in(connection, viewer.scope))
        areas = await area_names(connection)
        posts = [post for post in _from_above(on_call, areas) if post[1] or areas[post[0]].level in _ALWAYS]
        shown = dict(posts[:MOST_POSTS])
        known = await people_by_id(connection, sorted(set().union(*shown.values())))
        notes = await notes_since(connection, viewer.scope, now - NOTES_KEPT)
    return {
        "people": people[:MOST_PEOPLE],
        "people_more": max(0, len(people) - MOST_PEOPLE),
        "duty": [Post(area, areas[area].level, people_of(ids, known)) for area, ids in shown.items()],
        "duty_more": max(0, len(posts) - MOST_POSTS),
        "waiting_handovers": [note for note in notes if note.waits and note.by != viewer.person_id],
    }


def _from_above(on_call: Mapping[str, list[str]], areas: Mapping[str, AreaRow]) -> Iterable[tuple[str, list[str]]]:
    """Order posts from the district down, by place."""
    return sorted(on_call.items(), key=lambda post: (-UPWARDS.index(Level(areas[post[0]].level)), areas[post[0]].path))


@router.get("/alarms")
async def show_alarms(request: Request, session: Who) -> Response:
    """Only what must be heard: for pages that show something else."""
    site, viewer = site_of(request), session.viewer
    async with site.deps.ctx.db.read() as connection:
        tickets = await live_tickets(connection, viewer.scope)
        change = await current_change(connection)
    return site.page(
        request,
        "alarms_live.html",
        session=session,
        alarms=alarms_of(tickets),
        alarm_key=alarm_key,
        change=change,
        home_name=home_name,
    )
