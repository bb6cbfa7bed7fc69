"""Views: rows turned into what a page says: in which order, at which place, whose turn. Pure; writes no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.domain.base.people import Actor, Role
from ingest.domain.tickets.ticket import Status
from ingest.store.base.sessions import Viewer
from ingest.store.tickets.queries import AreaRow, PersonRow, TicketRow
from ingest.web.base.languages import Language
from models.flag import Severity

_ALARMING: frozenset[str] = frozenset({Severity.URGENT, Severity.CRITICAL})
_NOBODY_YET: frozenset[str] = frozenset({Status.OPEN, Status.OFFERED})
_ROLE_ORDER = {Role.VOLUNTEER: 0, Role.SOCIAL_WORKER: 1, Role.DISPATCHER: 2, Role.ADMINISTRATOR: 3}


@dataclass(frozen=True, slots=True)
class Places:
    """The names of areas as one viewer reads them."""

    areas: Mapping[str, AreaRow]
    language: Language

    def name(self, area_id: str) -> str:
        """Return an area's name, its id where it has no row."""
        area = self.areas.get(area_id)
        if area is None:
            return area_id
        return area.name_zh if self.language is Language.ZH else area.name_en

    def trail(self, path: str) -> str:
        """Return the names from the district down to the place."""
        return " › ".join(self.name(area_id) for area_id in path.strip("/").split("/"))

    def spoken(self, path: str) -> str:
        """Return the names from the district down as one address, as a map is asked for it."""
        names = [self.name(area_id) for area_id in path.strip("/").split("/")]
        return "".join(names) if self.language is Language.ZH else ", ".join(reversed(names))

    def near(self, path: str) -> str:
        """Return the names of the place and of the area around it: enough on a board."""
        return " › ".join(self.name(area_id) for area_id in path.strip("/").split("/")[-2:])


def actor_of(viewer: Viewer) -> Actor:
    """Return who acts when this viewer presses a button."""
    return Actor(viewer.person_id, Role(viewer.role), viewer.scope)


def urgency(severity: str) -> int:
    """Return how urgent a severity is; one that this version does not know comes first, not last."""
    return Severity(severity).rank if severity in set(Severity) else len(Severity)


def in_order(rows: Iterable[TicketRow]) -> list[TicketRow]:
    """Sort for the board: work before reviews, the more urgent first, then the nearer deadline, then the older."""

    def key(row: TicketRow) -> tuple[bool, int, datetime, datetime, str]:
        return (
            row.status == Status.RESOLVED,
            -urgency(row.severity),
            row.due_at or row.opened_at,
            row.opened_at,
            row.ticket_id,
        )

    return sorted(rows, key=key)


def alarms_of(rows: Iterable[TicketRow]) -> list[TicketRow]:
    """Return what a console must make heard, the most urgent first: urgent and nobody has it yet, or who went there
    asks for help."""
    return in_order(
        row
        for row in rows
        if row.ticket.help_at is not None or (row.severity in _ALARMING and row.status in _NOBODY_YET)
    )


def alarm_key(row: TicketRow) -> str:
    """Return what makes it the same alarm: heard again when it grows worse, or when somebody asks for help."""
    asks = row.ticket.help_at
    return f"{row.ticket_id}.{row.severity}.{row.step}" + (f".{asks.timestamp():.0f}" if asks else "")


def evidence(row: TicketRow, language: Language) -> str:
    """Return the evidence sentence in the reader's language; the other one where there is none."""
    first, second = (row.text_zh, row.text_en) if language is Language.ZH else (row.text_en, row.text_zh)
    return first or second


def home_name(row: TicketRow) -> str:
    """Return what to call the place of a ticket."""
    return row.home_label or row.subject or row.home_id or row.area_id


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """The three figures above the queue."""

    waiting: int
    under_way: int
    to_review: int


def board_counts(rows: Iterable[TicketRow]) -> BoardCounts:
    """Count the live tickets by who owes what."""
    statuses = [row.status for row in rows]
    waiting = sum(status in _NOBODY_YET for status in statuses)
    review = statuses.count(Status.RESOLVED)
    return BoardCounts(waiting, len(statuses) - waiting - review, review)


def people_in_order(rows: Iterable[PersonRow]) -> list[PersonRow]:
    """Free people first, those who go before those who sit at a desk."""
    last = len(_ROLE_ORDER)
    return sorted(
        rows,
        key=lambda row: (bool(row.busy_with), _ROLE_ORDER[Role(row.role)] if row.role in set(Role) else last, row.name),
    )


MOST_OFFERED = 60
"""People a page lets choose from; others are found by name."""


def nearest_first(rows: Sequence[PersonRow], area_path: str, most: int = MOST_OFFERED) -> list[PersonRow]:
    """Return those who are nearest to a place in the tree of areas, in the order given where they are equally near."""
    place = area_path.strip("/").split("/")

    def apart(row: PersonRow) -> int:
        shared = 0
        for one, other in zip(row.area_path.strip("/").split("/"), place, strict=False):
            if one != other:
                break
            shared += 1
        return len(place) - shared

    return sorted(rows, key=apart)[:most]


def first_name(name: str) -> str:
    """Return what one volunteer is told of another: 张 for 张伟, "Wang" for "Wang Fang".

    Enough to know who is meant, too little to look them up.
    """
    return name.split(maxsplit=1)[0] if name.isascii() and name.strip() else name[:1]


def escalated_to(row: TicketRow) -> str | None:
    """Return the level that is asked by now, None where nothing has been escalated or somebody has it."""
    return row.ticket.plan.step_at(row.step).level.value if row.step and row.status in _NOBODY_YET else None
