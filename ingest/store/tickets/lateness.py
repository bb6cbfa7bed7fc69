"""Late acknowledgements in the database: the exceptions to the promise, and what people said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.tickets.promise import ALARMING
from ingest.domain.tickets.ticket import Status
from ingest.store.base.columns import Instant
from ingest.store.base.database import upsert
from ingest.store.base.tables import people
from ingest.store.tickets.tables import late_answers, tickets

_LOOK_BACK = timedelta(days=1)
"""So long after its closing a ticket is still looked at: a worker may have stood still."""
_LOOK_BACK_FOR_ANSWERS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class LateRow:
    """One exception: the limit (seconds) that passed at `at` with nobody acknowledging, and what was said of it."""

    ticket_id: str
    limit_s: int
    at: datetime
    answered_at: datetime | None
    cause: str | None
    explained_by: str | None
    explained_name: str | None


def _ms(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, BigInteger)


def _new(limit: timedelta, now: datetime) -> Select[Any]:
    """Return the entries to be written: every alarm that nobody acknowledged within `limit`.

    An entry is as of the instant the limit passed, however late the worker that writes it.
    """
    seconds, ms = int(limit.total_seconds()), limit // timedelta(milliseconds=1)
    over = _ms(tickets.c.opened_at) + ms
    # a ticket that was merged or closed unacknowledged waited no longer than that
    settled = func.coalesce(_ms(tickets.c.acked_at), _ms(tickets.c.closed_at))
    known = select(late_answers.c.ticket_id).where(
        late_answers.c.ticket_id == tickets.c.ticket_id, late_answers.c.limit_s == seconds
    )
    return select(tickets.c.ticket_id, literal(seconds), type_coerce(over, Instant)).where(
        or_(tickets.c.status != Status.CLOSED.value, tickets.c.closed_at > now - _LOOK_BACK),
        tickets.c.severity.in_(sorted(ALARMING)),
        tickets.c.opened_at < now - limit,
        or_(settled.is_(None), settled > over),
        ~known.correlate(tickets).exists(),
    )


def _answered(now: datetime) -> tuple[ColumnElement[bool], ...]:
    acked = select(tickets.c.ticket_id).where(
        tickets.c.ticket_id == late_answers.c.ticket_id, tickets.c.acked_at.is_not(None)
    )
    return (
        late_answers.c.answered_at.is_(None),
        late_answers.c.at > now - _LOOK_BACK_FOR_ANSWERS,
        acked.correlate(late_answers).exists(),
    )


async def anything_late(connection: AsyncConnection, limits: Sequence[timedelta], now: datetime) -> bool:
    """Return whether there is anything to be written; a look that holds nobody up."""
    for limit in limits:
        if (await connection.execute(_new(limit, now).limit(1))).first() is not None:
            return True
    answered = select(late_answers.c.ticket_id).where(*_answered(now)).limit(1)
    return (await connection.execute(answered)).first() is not None


async def note_new(connection: AsyncConnection, limit: timedelta, now: datetime) -> int:
    """Write the entries for a limit; return how many. Another worker may have been quicker."""
    statement = upsert(connection, late_answers).from_select(["ticket_id", "limit_s", "at"], _new(limit, now))
    return (await connection.execute(statement.on_conflict_do_nothing())).rowcount


async def note_answers(connection: AsyncConnection, now: datetime) -> None:
    """Write down when entries were acknowledged after all."""
    acked = select(tickets.c.acked_at).where(tickets.c.ticket_id == late_answers.c.ticket_id).scalar_subquery()
    await connection.execute(update(late_answers).where(*_answered(now)).values(answered_at=acked))


async def explain(connection: AsyncConnection, ticket_id: str, cause: str, person_id: str) -> bool:
    """Write down why a ticket was acknowledged late; return whether it was."""
    entries = update(late_answers).where(late_answers.c.ticket_id == ticket_id)
    return (await connection.execute(entries.values(cause=cause, explained_by=person_id))).rowcount > 0


async def late_of(connection: AsyncConnection, ticket_id: str) -> list[LateRow]:
    """Return a ticket's entries, the first limit first."""
    query = (
        select(late_answers, people.c.name)
        .outerjoin_from(late_answers, people, people.c.person_id == late_answers.c.explained_by)
        .where(late_answers.c.ticket_id == ticket_id)
        .order_by(late_answers.c.at.desc(), late_answers.c.ticket_id, late_answers.c.limit_s)
    )
    return [
        LateRow(row.ticket_id, row.limit_s, row.at, row.answered_at, row.cause, row.explained_by, row.name)
        for row in await connection.execute(query)
    ]
