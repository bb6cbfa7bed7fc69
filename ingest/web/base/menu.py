"""Menu: every page of the console in one table, in groups, with the roles that see it. A screen is one line here.

The words of an item are those of the page's own title, so that link and page never differ. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.domain.base.people import DESK_ROLES, Role
from ingest.domain.base.scope import MAY_OPEN_BY_HAND

EVERYBODY = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Item:
    """One page: `name` is what its template sets as `here`, `words` the catalogue's key of its title."""

    name: str
    path: str
    words: str
    roles: frozenset[Role] = EVERYBODY


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together; those of an open group stand in the bar itself, others unfold."""

    name: str
    items: tuple[Item, ...]
    is_open: bool = False

    def holds(self, name: str) -> bool:
        """Whether the page is one of these."""
        return any(item.name == name for item in self.items)


MENU: tuple[Group, ...] = (
    Group(
        "now",
        (
            Item("board", "/", "board.title"),
            Item("morning", "/morning", "morning.title", MAY_OPEN_BY_HAND),
            Item("map", "/map", "map.title", MAY_OPEN_BY_HAND),
            Item("new", "/tickets/new", "open.title", MAY_OPEN_BY_HAND),
        ),
        is_open=True,
    ),
    Group(
        "shift",
        (
            Item("handover", "/handover", "handover.title"),
            Item("closed", "/closed", "closed.title"),
            Item("wall", "/wall", "wall.title"),
        ),
    ),
    Group(
        "people",
        (
            Item("ledger", "/ledger", "ledger.title"),
            Item("visits", "/visits", "visit.title", MAY_OPEN_BY_HAND),
            Item("family", "/family", "family.title", MAY_OPEN_BY_HAND),
            Item("holes", "/holes", "holes.title", MAY_OPEN_BY_HAND),
        ),
    ),
    Group(
        "places",
        (
            Item("fleet", "/fleet", "fleet.title", MAY_OPEN_BY_HAND),
            Item("places", "/places", "place.title", frozenset({Role.ADMINISTRATOR})),
            Item("connections", "/connections", "connections.title", DESK_ROLES),
        ),
    ),
    Group(
        "figures",
        (Item("numbers", "/numbers", "numbers.title"), Item("trial", "/trial", "trial.title", DESK_ROLES)),
    ),
)


def menu_of(role: str | None) -> tuple[Group, ...]:
    """Return what somebody of this role sees; groups that would be empty are left out."""
    if role is None or role not in set(Role):
        return ()
    seen = (replace(group, items=tuple(item for item in group.items if Role(role) in item.roles)) for group in MENU)
    return tuple(group for group in seen if group.items)
