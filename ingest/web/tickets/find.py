"""Find: a ticket, a home or a person by any word of it, or by the first letters of its pinyin.

Homes and people of a viewer's areas are read once a minute at most; tickets at every question, for they move.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ingest.store.base.database import Connection
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import HomeRow, PersonRow, TicketRow, area_names, homes_in, live_tickets, people_in
from ingest.web.base.auth import Who
from ingest.web.base.languages import Catalogue
from ingest.web.base.pages import Page
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, home_name, in_order
from ingest.web.tickets.initials import keys_of

router = APIRouter()
Words = Annotated[str, Query(max_length=80)]
KEPT_FOR = timedelta(minutes=1)
MOST_SCOPES = 32
MOST_EACH = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """Homes and people of one subtree as they were at `read_at`, each with the words it is found by."""

    read_at: datetime
    homes: tuple[tuple[HomeRow, tuple[str, ...]], ...]
    people: tuple[tuple[PersonRow, tuple[str, ...]], ...]


@dataclass(slots=True)
class FindIndex:
    """What was read lately, by subtree."""

    known: dict[str, Known] = field(default_factory=dict)

    async def of(self, connection: Connection, scope: str, now: datetime) -> Known:
        """Return what there is to find, read anew when it is older than `KEPT_FOR`."""
        found = self.known.get(scope)
        if found is not None and timedelta(0) <= now - found.read_at < KEPT_FOR:
            return found
        areas = await area_names(connection)

        def place(path: str) -> str:
            ids = path.strip("/").split("/")[-3:]
            return " ".join(f"{areas[one].name_zh} {areas[one].name_en}" for one in ids if one in areas)

        homes = await homes_in(connection, scope)
        people = await people_in(connection, scope)
        found = Known(
            now,
            tuple((one, _keys(one.label, one.resident, place(one.area_path), one.home_id)) for one in homes),
            tuple((one, _keys(one.name, place(one.area_path))) for one in people),
        )
        while len(self.known) >= MOST_SCOPES:
            del self.known[next(iter(self.known))]
        self.known[scope] = found
        return found


def _keys(*texts: str | None) -> tuple[str, ...]:
    return tuple(key for text in texts if text for key in keys_of(text))


def score(wishes: Sequence[str], keys: Iterable[str]) -> int | None:
    """Return how well every word is met (the lower, the better): 0 whole, 1 at the beginning, 2 within; else None."""
    keys = tuple(keys)
    total = 0
    for wish in wishes:
        best = min(
            (0 if key == wish else 1 if key.startswith(wish) else 2 for key in keys if wish in key), default=None
        )
        if best is None:
            return None
        total += best
    return total


def best(wishes: Sequence[str], rows: Iterable[tuple[T, tuple[str, ...]]], most: int = MOST_EACH) -> list[T]:
    """Return the rows that meet every word, the best first, at most so many."""
    met = [
        (found, number, row) for number, (row, keys) in enumerate(rows) if (found := score(wishes, keys)) is not None
    ]
    return [row for _, _, row in sorted(met, key=lambda one: one[:2])[:most]]


@router.get("/find")
async def show_find(request: Request, session: Who, q: Words = "") -> Response:
    """The page, for browsers without scripts and for a link."""
    return await _answer(request, session, q, "find.html")


@router.get("/find/results")
async def show_results(request: Request, session: Who, q: Words = "") -> Response:
    """Only the results, as the command bar shows them."""
    return await _answer(request, session, q, "find_results.html")


async def _answer(request: Request, session: Session, wish: str, template: str) -> Response:
    site, viewer, now = site_of(request), session.viewer, site_of(request).now
    catalogue = site.catalogue(request, viewer.language)
    index: FindIndex = request.app.state.find_index
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        tickets = in_order(await live_tickets(connection, viewer.scope))
        known = await index.of(connection, viewer.scope, now) if wish.strip() else Known(now, (), ())
    wishes = wish.lower().split()
    return site.page(
        request,
        template,
        session=session,
        wish=wish,
        tickets=best(wishes, ((row, _ticket_keys(row, catalogue)) for row in tickets)),
        homes=best(wishes, known.homes),
        people=best(wishes, known.people),
        pages=best(wishes, _pages(site, session, catalogue)),
        places=Places(areas, catalogue.language),
        home_name=home_name,
    )


def _ticket_keys(row: TicketRow, catalogue: Catalogue) -> tuple[str, ...]:
    kind, status = catalogue.label("kind", row.kind), catalogue.label("status", row.status)
    return _keys(home_name(row), row.resident, kind, status, row.taken_name, row.ticket_id)


def _pages(site: SiteContext, session: Session, catalogue: Catalogue) -> Iterable[tuple[Page, tuple[str, ...]]]:
    for group in site.table.menu_of(session.viewer.role):
        for item in group.items:
            yield item, _keys(catalogue.say(item.words), item.name)
