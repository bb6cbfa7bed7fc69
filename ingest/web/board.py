"""The board: what is going on in the viewer's areas right now, the most urgent first."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ingest.store.change_counter import current_change
from ingest.store.queries import area_names, live_tickets, people_in
from ingest.store.sessions import Session
from ingest.web.auth import logged_in
from ingest.web.house import house_of
from ingest.web.views import (
    Places,
    alarms_of,
    board_counts,
    escalated_to,
    evidence,
    home_name,
    in_order,
    people_in_order,
)

router = APIRouter()


@router.get("/")
async def show_board(request: Request, session: Annotated[Session, Depends(logged_in)]) -> Response:
    """The whole page."""
    return await _board(request, session, "board.html")


@router.get("/board/live")
async def show_board_live(request: Request, session: Annotated[Session, Depends(logged_in)]) -> Response:
    """Only the part that changes; the page's script puts it in place."""
    return await _board(request, session, "board_live.html")


async def _board(request: Request, session: Session, template: str) -> Response:
    house, viewer = house_of(request), session.viewer
    async with house.deps.desk.db.read() as connection:
        tickets = await live_tickets(connection, viewer.scope)
        people = await people_in(connection, viewer.scope)
        areas = await area_names(connection)
        change = await current_change(connection)
    language = house.catalogue(request, viewer.language).language
    return house.page(
        request,
        template,
        session=session,
        change=change,
        tickets=in_order(tickets),
        counts=board_counts(tickets),
        people=people_in_order(people),
        places=Places(areas, language),
        alarms=alarms_of(tickets),
        home_name=home_name,
        escalated_to=escalated_to,
        evidence=partial(evidence, language=language),
    )


@router.get("/alarms")
async def show_alarms(request: Request, session: Annotated[Session, Depends(logged_in)]) -> Response:
    """Only what must be heard: for pages that show something else."""
    house, viewer = house_of(request), session.viewer
    async with house.deps.desk.db.read() as connection:
        tickets = await live_tickets(connection, viewer.scope)
        change = await current_change(connection)
    return house.page(
        request, "alarms_live.html", session=session, alarms=alarms_of(tickets), change=change, home_name=home_name
    )
