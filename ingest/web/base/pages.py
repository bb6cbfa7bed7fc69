"""Pages: one row for each page or set of API routes – address, right, place in the menu, router – and what else a part
of the house adds to the site. The menu, the site's routers and the table of rights are made from these rows.

The words of a menu item are those of the page's own title, so that link and page never differ. Knows no single page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter
from fastapi.routing import APIRoute

from ingest.domain.base.rights import Right
from ingest.domain.tickets.stints import Stint
from ingest.store.base.database import Connection


class Group(StrEnum):
    """The groups of the menu, in their order."""

    NOW = "now"
    """Its pages stand in the bar itself; those of the other groups unfold."""
    SHIFT = "shift"
    PEOPLE = "people"
    PLACES = "places"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Page:
    """One row. `right` holds for every route of `router`; `others` names routes with a right of their own.

    A page with a `group` stands in the menu: `name` is what its template sets as `here`, `words` the catalogue's key of
    its title, `rank` its place in the group. A row without a router puts an address of another row into the menu.
    """

    path: str
    name: str
    right: Right
    router: APIRouter | None = None
    others: Mapping[str, Right] = field(default_factory=dict)
    """Method and path, such as `POST /trial/live` → the right of this route."""
    group: Group | None = None
    words: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class OwnTab:
    """A tab of a person's own page on the phone: `path` goes behind their link, `words` is the catalogue's key."""

    path: str
    name: str
    words: str
    rank: int
    for_installers: bool = False


StintReader = Callable[[Connection, str, datetime, datetime], Awaitable[list[Stint]]]
"""Reads work of a kind of its own that was done in a subtree from one instant to another."""


@dataclass(frozen=True, slots=True)
class WallLine:
    """A line of the wall-board: what reads it for a subtree, and the template that writes it (as `line`)."""

    template: str
    read: Callable[[Connection, str, datetime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class WebPart:
    """What the heart or one wing adds to the site.

    `folder` holds its templates and its texts. `system_kinds` are kinds of tickets in whose course nobody goes to a
    resident's door. `state` makes what a part keeps in memory, by name (`request.app.state`).
    """

    pages: Sequence[Page]
    folder: Path
    own_tabs: Sequence[OwnTab] = ()
    wall_lines: Sequence[WallLine] = ()
    stints: Sequence[StintReader] = ()
    system_kinds: frozenset[str] = frozenset()
    state: Mapping[str, Callable[[], object]] = field(default_factory=dict)

    @property
    def templates(self) -> list[Path]:
        """The folders of templates; a name is used once in the whole house."""
        here = self.folder / "templates"
        return [here, *sorted(room for room in here.iterdir() if room.is_dir())]

    @property
    def texts(self) -> Path:
        """The folder with a folder of catalogue files for each language."""
        return self.folder / "texts"


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Pages of one group that somebody sees."""

    name: str
    items: tuple[Page, ...]

    @property
    def is_open(self) -> bool:
        """Whether its pages stand in the bar itself."""
        return self.name == Group.NOW

    def holds(self, name: str) -> bool:
        """Whether the page is one of these."""
        return any(item.name == name for item in self.items)


class UnknownRouteError(ValueError):
    """A row names a route that its router does not have."""


@dataclass(frozen=True)
class PageTable:
    """All parts of one site, and what follows from their rows."""

    parts: Sequence[WebPart]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """All rows, part by part."""
        return tuple(page for part in self.parts for page in part.pages)

    @property
    def routers(self) -> Iterator[APIRouter]:
        """The routers of the rows, in their order: where two paths could be meant, the earlier one is."""
        return (page.router for page in self.pages if page.router is not None)

    @cached_property
    def rights(self) -> dict[str, Right]:
        """Method and path of every route → its right; raises `UnknownRouteError`."""
        found: dict[str, Right] = {}
        for page in self.pages:
            routes = page.router.routes if page.router is not None else ()
            keys = {
                f"{method} {route.path}"
                for route in routes
                if isinstance(route, APIRoute)
                for method in route.methods or ()
            }
            if unknown := page.others.keys() - keys:
                raise UnknownRouteError(f"the row of {page.name} names {min(unknown)}, which its router does not have")
            found.update({key: page.others.get(key, page.right) for key in keys})
        return found

    @cached_property
    def own_tabs(self) -> tuple[OwnTab, ...]:
        """The tabs of a person's own page, in their order."""
        return tuple(sorted((tab for part in self.parts for tab in part.own_tabs), key=lambda tab: tab.rank))

    @cached_property
    def system_kinds(self) -> frozenset[str]:
        """Kinds of tickets in whose course nobody goes to a resident's door."""
        return frozenset().union(*(part.system_kinds for part in self.parts))

    @property
    def wall_lines(self) -> Iterator[WallLine]:
        """The lines of the wall-board."""
        return (line for part in self.parts for line in part.wall_lines)

    async def other_stints(self, connection: Connection, scope: str, since: datetime, until: datetime) -> list[Stint]:
        """Return the work that was done in a subtree beside that on tickets, such as visits."""
        readers = [read for part in self.parts for read in part.stints]
        return [stint for read in readers for stint in await read(connection, scope, since, until)]

    def menu_of(self, role: str | None) -> tuple[MenuGroup, ...]:
        """Return what somebody of this role sees; groups that would be empty are left out."""
        seen = sorted((page for page in self.pages if page.group and page.right.allows(role)), key=lambda one: one.rank)
        groups = (MenuGroup(group, tuple(page for page in seen if page.group is group)) for group in Group)
        return tuple(group for group in groups if group.items)
