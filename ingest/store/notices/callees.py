"""Callees in the database: who was told of a ticket, and who of them still thinks about it."""

from __future__ import annotations

from sqlalchemy import exists, func, select

from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket_notes import CALL_DECLINED
from ingest.store.base.database import Connection
from ingest.store.notices.tables import notices
from ingest.store.tickets.tables import ticket_history


async def was_called(connection: Connection, ticket_id: str, person_id: str) -> bool:
    """Return whether this person has ever been told of the ticket, other than because they watch it."""
    told = (notices.c.ticket_id == ticket_id, notices.c.person_id == person_id)
    query = select(exists().where(*told, notices.c.purpose != Purpose.CHANGED.value))
    return bool((await connection.execute(query)).scalar_one())


async def has_declined(connection: Connection, ticket_id: str, person_id: str) -> bool:
    """Return whether they have said no since they were asked last."""
    said = select(func.max(ticket_history.c.at)).where(
        ticket_history.c.ticket_id == ticket_id,
        ticket_history.c.event == CALL_DECLINED,
        ticket_history.c.actor == person_id,
    )
    asked = select(func.max(notices.c.created_at)).where(
        notices.c.ticket_id == ticket_id, notices.c.person_id == person_id, notices.c.purpose == Purpose.ASKED.value
    )
    said_at, asked_at = [(await connection.execute(query)).scalar_one() for query in (said, asked)]
    return said_at is not None and (asked_at is None or said_at >= asked_at)


async def still_thinking(connection: Connection, ticket_id: str) -> set[str]:
    """Return who was asked last, can have heard of it, and has not said no.

    Whoever was asked before and never answered may still come, but the next one does not wait for them any longer.
    """
    asked = (notices.c.ticket_id == ticket_id, notices.c.purpose == Purpose.ASKED.value)
    first_ways = (*asked, notices.c.position == 0)
    last = select(func.max(notices.c.created_at)).where(*first_ways).scalar_subquery()
    asked_last = await connection.execute(select(notices.c.person_id).where(*first_ways, notices.c.created_at == last))
    reached = await connection.execute(select(notices.c.person_id).where(*asked, notices.c.status != "rejected"))
    declined = await connection.execute(
        select(ticket_history.c.actor).where(
            ticket_history.c.ticket_id == ticket_id, ticket_history.c.event == CALL_DECLINED
        )
    )
    return (set(asked_last.scalars()) & set(reached.scalars())) - set(declined.scalars())
