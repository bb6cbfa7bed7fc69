"""Notices in the database: written once for a key, leased, sent or cancelled, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update

from ingest.domain.duty.calling import Purpose
from ingest.store.base.database import Connection, StoredRow, upsert
from ingest.store.base.tables import person_channels
from ingest.store.notices.tables import notices


async def put_notice(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a notice, once for its `idem_key`, however often it is asked for."""
    statement = upsert(connection, notices).values(dict(row))
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["idem_key"]))


async def cancel_waiting(
    connection: Connection, ticket_id: str, purposes: Sequence[Purpose], person_id: str | None
) -> None:
    """Cancel what waits of a ticket for these purposes, to one person or (None) to everybody."""
    which: list[ColumnElement[bool]] = [
        notices.c.ticket_id == ticket_id,
        notices.c.status == "pending",
        notices.c.purpose.in_([purpose.value for purpose in purposes]),
    ]
    if person_id is not None:
        which.append(notices.c.person_id == person_id)
    await connection.execute(update(notices).where(*which).values(status="cancelled"))


def _due(now: datetime) -> ColumnElement[bool]:
    waiting = (notices.c.status == "pending") & (notices.c.not_before <= now)
    forgotten = (notices.c.status == "leased") & (notices.c.leased_until <= now)
    return waiting | forgotten


async def anything_to_send(connection: Connection, now: datetime) -> bool:
    """Return whether any notice is due; a look that holds nobody up."""
    return bool((await connection.execute(select(exists().where(_due(now))))).scalar_one())


async def notices_to_send(connection: Connection, now: datetime, limit: int) -> Sequence[StoredRow]:
    """Return notices that are due, locked, the urgent first, then the oldest; what others hold is passed over."""
    query = select(notices).where(_due(now))
    query = query.order_by(notices.c.urgent.desc(), notices.c.not_before, notices.c.notice_id).limit(limit)
    return (await connection.execute(query.with_for_update(skip_locked=True))).mappings().all()


async def set_notices(connection: Connection, notice_ids: Sequence[str], **values: Any) -> None:
    """Change some columns of some notices."""
    if notice_ids:
        await connection.execute(update(notices).where(notices.c.notice_id.in_(notice_ids)).values(**values))


async def notice_for_update(connection: Connection, notice_id: str) -> StoredRow:
    """Return a notice, locked."""
    query = select(notices).where(notices.c.notice_id == notice_id).with_for_update()
    return (await connection.execute(query)).mappings().one()


async def last_calm_delivery(connection: Connection, person_id: str, since: datetime) -> datetime | None:
    """Return when somebody was last told something that is not urgent, None where not since then."""
    query = select(func.max(notices.c.delivered_at)).where(
        notices.c.person_id == person_id, notices.c.urgent.is_(False), notices.c.delivered_at > since
    )
    last: datetime | None = (await connection.execute(query)).scalar_one()
    return last


async def next_channel_of(connection: Connection, person_id: str, position: int) -> StoredRow | None:
    """Return the person's channel behind `position` (counted from 0, in their order)."""
    query = select(person_channels).where(person_channels.c.person_id == person_id)
    query = query.order_by(person_channels.c.position).offset(position + 1).limit(1)
    return (await connection.execute(query)).mappings().one_or_none()
