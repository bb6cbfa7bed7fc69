"""Messages to families in the database: written once for a key, leased, done, forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, false, select, update

from ingest.families.store.tables import family_consents, family_letters
from ingest.store.base.database import Connection, StoredRow, upsert


async def put_family_message(connection: Connection, row: Mapping[str, Any]) -> int:
    """Write a message, once for its `idem_key`; return how many were written."""
    statement = upsert(connection, family_letters).values(dict(row))
    return (await connection.execute(statement.on_conflict_do_nothing(index_elements=["idem_key"]))).rowcount


def _due(now: datetime) -> ColumnElement[bool]:
    waiting = (family_letters.c.status == "pending") & (family_letters.c.not_before <= now)
    forgotten = (family_letters.c.status == "leased") & (family_letters.c.leased_until <= now)
    return waiting | forgotten


async def any_family_message_due(connection: Connection, now: datetime) -> bool:
    """Return whether any message is to be sent; a look that holds nobody up."""
    return bool((await connection.execute(select(exists().where(_due(now))))).scalar_one())


async def family_messages_due(connection: Connection, now: datetime, limit: int) -> Sequence[StoredRow]:
    """Return messages that are to be sent, locked, with what a notice has besides and how the consent stands."""
    query = select(
        family_letters,
        family_letters.c.letter_id.label("notice_id"),
        false().label("urgent"),
        family_consents.c.ended_at,
        family_consents.c.said,
    )
    query = query.join_from(family_letters, family_consents).where(_due(now))
    query = query.order_by(family_letters.c.not_before, family_letters.c.letter_id).limit(limit)
    locked = query.with_for_update(skip_locked=True, of=family_letters)
    return (await connection.execute(locked)).mappings().all()


async def set_family_messages(connection: Connection, letter_ids: Sequence[str], **values: Any) -> None:
    """Change some columns of some messages."""
    if letter_ids:
        await connection.execute(
            update(family_letters).where(family_letters.c.letter_id.in_(letter_ids)).values(values)
        )


async def forget_family_messages(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` messages that were written before then and do not wait to be sent; return how many."""
    over = family_letters.c.status.in_(("delivered", "rejected", "cancelled"))
    old = select(family_letters.c.letter_id).where(family_letters.c.created_at < before, over).limit(limit)
    return (await connection.execute(delete(family_letters).where(family_letters.c.letter_id.in_(old)))).rowcount
