"""Messages to families in the database: written, leased, done, forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from ingest.families.store.tables import family_letters
from ingest.store.base.database import Connection


async def forget_family_messages(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` messages that were written before then and do not wait to be sent; return how many."""
    over = family_letters.c.status.in_(("delivered", "rejected", "cancelled"))
    old = select(family_letters.c.letter_id).where(family_letters.c.created_at < before, over).limit(limit)
    return (await connection.execute(delete(family_letters).where(family_letters.c.letter_id.in_(old)))).rowcount
