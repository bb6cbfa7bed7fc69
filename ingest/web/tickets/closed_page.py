"""Closed tickets: what was, newest first, found by any word, kind, outcome and day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ingest.domain.tickets.ticket import Outcome
from ingest.store.tickets.closed import Wanted, closed_tickets
from ingest.store.tickets.queries import area_names
from ingest.web.base.auth import Who
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, evidence, home_name
from models.flag import FlagKind

router = APIRouter(prefix="/closed")
PAGE = 50
Word = Annotated[str, Query(max_length=80)]
Day = Annotated[str, Query(max_length=10)]


class ClosedQuery:
    """What a reader asks for; a FastAPI dependency."""

    def __init__(
        self,
        *,
        q: Word = "",
        kind: Word = "",
        outcome: Word = "",
        first: Annotated[str, Query(alias="from", max_length=10)] = "",
        to: Day = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> None:
        self.q, self.kind, self.outcome, self.first, self.to, self.page = q, kind, outcome, first, to, page


@router.get("")
async def show_closed(request: Request, session: Who, wish: Annotated[ClosedQuery, Depends()]) -> Response:
    """The page; a day that can not be read is left out and said."""
    site, viewer = site_of(request), session.viewer
    first, to = _day(site, wish.first), _day(site, wish.to)
    wanted = Wanted(
        words=tuple(wish.q.split()[:6]),
        kind=wish.kind or None,
        outcome=wish.outcome or None,
        since=first,
        until=to + timedelta(days=1) if to else None,
    )
    async with site.deps.ctx.db.read() as connection:
        rows = await closed_tickets(connection, viewer.scope, wanted, limit=PAGE + 1, offset=(wish.page - 1) * PAGE)
        areas = await area_names(connection)
    language = site.catalogue(request, viewer.language).language
    return site.page(
        request,
        "closed.html",
        session=session,
        wish=wish,
        bad_day=(bool(wish.first) and first is None) or (bool(wish.to) and to is None),
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        kinds=list(FlagKind),
        outcomes=list(Outcome),
        places=Places(areas, language),
        home_name=home_name,
        evidence=partial(evidence, language=language),
    )


def _day(site: SiteContext, text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= day.year < 2200:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=site.deps.zone)
