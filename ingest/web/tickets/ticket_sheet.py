"""Ticket sheet: what people and gateways have added around a ticket, for its page and the API alike. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.domain.base.people import DESK_ROLES, Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND
from ingest.domain.tickets.check_in import CheckIn
from ingest.domain.tickets.permits import MAY
from ingest.domain.tickets.ticket import AT_WORK, TABLE, Event
from ingest.store.base.database import Connection
from ingest.store.tickets.check_ins import timer_of
from ingest.store.tickets.followers import watchers_of
from ingest.store.tickets.lateness import LateRow, late_of
from ingest.store.tickets.queries import FlagRow, TicketRow, flags_of
from ingest.store.tickets.relations import HeldHome, RelatedRow, held_homes_in, merged_under, related_to
from ingest.store.tickets.remarks import CommentRow, PhotoRow, comments_of, photos_of


@dataclass(frozen=True, slots=True)
class TicketSheet:
    """`flags` are those of the ticket and of what was merged into it, oldest first; `watchers` (person id, name)."""

    flags: Sequence[FlagRow]
    comments: Sequence[CommentRow]
    photos: Sequence[PhotoRow]
    watchers: Sequence[tuple[str, str]]
    related: Sequence[RelatedRow]
    homes: Sequence[HeldHome]
    late: Sequence[LateRow]
    timer: CheckIn | None


async def read_sheet(connection: Connection, ticket_id: str, scope: str) -> TicketSheet:
    """Read it; other tickets and homes only as far as they lie in the subtree."""
    flags = await flags_of(connection, ticket_id)
    for merged in await merged_under(connection, ticket_id):
        flags += await flags_of(connection, merged)
    return TicketSheet(
        flags=sorted(flags, key=lambda flag: (flag.received_at, flag.at, flag.flag_id)),
        comments=await comments_of(connection, ticket_id),
        photos=await photos_of(connection, ticket_id),
        watchers=await watchers_of(connection, ticket_id),
        related=await related_to(connection, ticket_id, scope),
        homes=await held_homes_in(connection, ticket_id, scope),
        late=await late_of(connection, ticket_id),
        timer=await timer_of(connection, ticket_id),
    )


@dataclass(frozen=True, slots=True)
class MayDo:
    """What somebody may do beside the ticket's events, so that a page offers nothing that would be refused."""

    merge: bool
    link: bool
    seen: bool
    access: bool
    explain: bool


def may_do(row: TicketRow, actor: Actor, sheet: TicketSheet) -> MayDo:
    """Return it; the actions themselves decide again."""
    theirs = row.taken_by == actor.person_id
    at_work = row.ticket.status in AT_WORK
    return MayDo(
        merge=actor.role in MAY[Event.MERGE] and (row.ticket.status, Event.MERGE) in TABLE,
        link=actor.role in MAY_OPEN_BY_HAND,
        seen=row.home_id is not None and at_work and (theirs or actor.role in MAY_OPEN_BY_HAND),
        access=row.home_id is not None and theirs and (row.ticket.status, Event.GIVE_BACK) in TABLE,
        explain=bool(sheet.late) and actor.role in DESK_ROLES,
    )
