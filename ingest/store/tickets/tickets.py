"""Tickets in the database: rows to `domain.ticket.Ticket` and back. Every change has its history row beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.duty.plan_documents import plan_of_snapshot, snapshot
from ingest.domain.tickets.ticket import AT_WORK, GATEWAY_SILENT, Cause, Condition, DueKind, Outcome, Status, Ticket
from ingest.store.base.conflicts import OvertakenError
from ingest.store.base.database import Connection
from ingest.store.tickets.tables import ticket_history, tickets
from models.flag import Severity

_PLAIN = tuple(
    field.name
    for field in fields(Ticket)
    if field.name not in {"severity", "status", "condition", "plan", "due_kind", "outcome", "cause"}
)


OPENED = "opened"
"""The first event of a ticket's history."""
TicketListener = Callable[[Connection, Ticket, int, str, datetime], Awaitable[None]]
"""Hears, in the same transaction, of an event with its number in the history; the ticket is as it stands after it."""
LISTENERS = "linshe_ticket_listeners"
"""The option of a `Database` that holds the `TicketListener`s."""


async def ticket_for_update(connection: AsyncConnection, ticket_id: str) -> Ticket | None:
    """Return the ticket, locked until the transaction ends."""
    return await _one(
        connection, select(tickets).where(tickets.c.ticket_id == ticket_id).with_for_update(key_share=True)
    )


async def tickets_for_update(connection: Connection, ticket_ids: Collection[str]) -> dict[str, Ticket]:
    """Return the tickets by id, locked until the transaction ends."""
    if not ticket_ids:
        return {}
    query = select(tickets).where(tickets.c.ticket_id.in_(sorted(ticket_ids))).order_by(tickets.c.ticket_id)
    rows = (await connection.execute(query.with_for_update(key_share=True))).mappings()
    return {row["ticket_id"]: ticket_of(row) for row in rows}


async def ticket_by_id(connection: AsyncConnection, ticket_id: str) -> Ticket | None:
    """Return the ticket as it stands, not locked."""
    return await _one(connection, select(tickets).where(tickets.c.ticket_id == ticket_id))


async def similar_ticket(connection: AsyncConnection, home_id: str, kind: str) -> Ticket | None:
    """Return the newest ticket of this kind at this home that is not yet looked after, locked."""
    query = (
        select(tickets)
        .where(tickets.c.home_id == home_id, tickets.c.kind == kind, tickets.c.status.in_(sorted(AT_WORK)))
        .order_by(tickets.c.opened_at.desc())
        .limit(1)
        .with_for_update(key_share=True)
    )
    return await _one(connection, query)


async def silence_ticket(connection: AsyncConnection, gateway_id: str) -> Ticket | None:
    """Return the live ticket that says this gateway is silent, as long as it says so, locked."""
    query = (
        select(tickets)
        .where(
            tickets.c.gateway_id == gateway_id,
            tickets.c.kind == GATEWAY_SILENT,
            tickets.c.status != Status.CLOSED.value,
            tickets.c.condition == Condition.ACTIVE.value,
        )
        .limit(1)
        .with_for_update(key_share=True)
    )
    return await _one(connection, query)


async def anything_due(connection: AsyncConnection, now: datetime) -> bool:
    """Return whether any ticket's deadline is over; a look that holds nobody up."""
    query = select(exists().where(tickets.c.status != Status.CLOSED.value, tickets.c.due_at <= now))
    return bool((await connection.execute(query)).scalar_one())


async def next_due_ticket(connection: AsyncConnection, now: datetime) -> Ticket | None:
    """Return the ticket that has been due longest, locked; one that another worker holds is passed over."""
    query = (
        select(tickets)
        .where(tickets.c.status != Status.CLOSED.value, tickets.c.due_at <= now)
        .order_by(tickets.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return await _one(connection, query)


async def means_the_same(connection: Connection, ticket: Ticket, version: int, quiet: Collection[str]) -> bool:
    """Return whether nothing but `quiet` events has happened to the ticket since `version`."""
    if version == ticket.version:
        return True
    since = (ticket_history.c.ticket_id == ticket.ticket_id, ticket_history.c.number > version)
    moved = exists().where(*since, ticket_history.c.event.not_in(sorted(quiet)))
    return version < ticket.version and not (await connection.execute(select(moved))).scalar_one()


async def insert_ticket(
    connection: AsyncConnection, ticket: Ticket, now: datetime, *, actor: str | None, detail: Mapping[str, Any]
) -> Ticket:
    """Write a new ticket and the first row of its history; return it with its version."""
    await connection.execute(insert(tickets).values(**_row(ticket), version=1))
    said = {**detail, "severity": ticket.severity.value}
    await _write_history(connection, ticket.ticket_id, 1, now, actor=actor, event=OPENED, detail=said)
    await _tell_listeners(connection, ticket, 1, OPENED, now)
    return replace(ticket, version=1)


async def save_ticket(
    connection: AsyncConnection,
    ticket: Ticket,
    now: datetime,
    *,
    actor: str | None,
    event: str,
    detail: Mapping[str, Any],
) -> Ticket:
    """Write a changed ticket and what happened; return it with its new version.

    Raises `OvertakenError` if somebody else wrote it meanwhile, although the row was locked.
    """
    version = ticket.version + 1
    result = await connection.execute(
        update(tickets)
        .where(tickets.c.ticket_id == ticket.ticket_id, tickets.c.version == ticket.version)
        .values(**_row(ticket), version=version)
    )
    if result.rowcount != 1:
        raise OvertakenError(f"ticket {ticket.ticket_id} is no longer at version {ticket.version}")
    await _write_history(connection, ticket.ticket_id, version, now, actor=actor, event=event, detail=detail)
    await _tell_listeners(connection, ticket, version, event, now)
    return replace(ticket, version=version)


async def _tell_listeners(connection: Connection, ticket: Ticket, number: int, event: str, now: datetime) -> None:
    options = connection.sync_connection.get_execution_options() if connection.sync_connection else {}
    listeners: Sequence[TicketListener] = options.get(LISTENERS, ())
    for listener in listeners:
        await listener(connection, ticket, number, event, now)


async def _write_history(
    connection: AsyncConnection,
    ticket_id: str,
    number: int,
    now: datetime,
    *,
    actor: str | None,
    event: str,
    detail: Mapping[str, Any],
) -> None:
    said = {key: value for key, value in detail.items() if value not in (None, "")}
    await connection.execute(
        insert(ticket_history).values(
            ticket_id=ticket_id, number=number, at=now, actor=actor, event=event, detail_json=said
        )
    )


async def _one(connection: AsyncConnection, query: Select[Any]) -> Ticket | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else ticket_of(row)


def ticket_of(row: RowMapping) -> Ticket:
    """Return the ticket in a row that has all the columns of `tickets`."""
    plain = {name: row[name] for name in _PLAIN}
    return Ticket(
        **plain,
        severity=Severity(row["severity"]),
        status=Status(row["status"]),
        condition=Condition(row["condition"]),
        plan=plan_of_snapshot(row["plan_json"]),
        due_kind=None if row["due_kind"] is None else DueKind(row["due_kind"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        cause=None if row["cause"] is None else Cause(row["cause"]),
    )


def _row(ticket: Ticket) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(ticket, name) for name in _PLAIN if name != "version"}
    row["severity"] = ticket.severity.value
    row["status"] = ticket.status.value
    row["condition"] = ticket.condition.value
    row["plan_json"] = snapshot(ticket.plan)
    row["due_kind"] = None if ticket.due_kind is None else ticket.due_kind.value
    row["outcome"] = None if ticket.outcome is None else ticket.outcome.value
    row["cause"] = None if ticket.cause is None else ticket.cause.value
    return row
