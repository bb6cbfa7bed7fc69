"""Next channel: a notice that did not reach its person goes on over the next of that person's channels, in order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.identity import new_notice_id
from ingest.store.base.database import upsert
from ingest.store.base.tables import person_channels
from ingest.store.notices.tables import notices


async def next_channel_of(connection: AsyncConnection, person_id: str, position: int) -> RowMapping | None:
    """Return the person's channel behind `position` (counted from 0, in their order)."""
    query = select(person_channels).where(person_channels.c.person_id == person_id)
    query = query.order_by(person_channels.c.position).offset(position + 1).limit(1)
    return (await connection.execute(query)).mappings().one_or_none()


async def fall_through(connection: AsyncConnection, row: RowMapping, following: RowMapping, now: datetime) -> None:
    """Write the same notice for the channel `following`; once, however often it is asked for."""
    position = row["position"] + 1
    stem = row["idem_key"].rsplit(".", 1)[0]
    copied = ("ticket_id", "person_id", "purpose", "title", "text", "link", "language", "urgent")
    statement = upsert(connection, notices).values(
        {
            **{name: row[name] for name in copied},
            "notice_id": new_notice_id(),
            "position": position,
            "channel": following["channel"],
            "address": following["address"],
            "idem_key": f"{stem}.{position}",
            "status": "pending",
            "not_before": now,
            "attempts": 0,
            "created_at": now,
        }
    )
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["idem_key"]))
