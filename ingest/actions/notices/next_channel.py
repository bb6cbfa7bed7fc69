"""Next channel: a notice that did not reach its person goes on over the next of that person's channels, in order."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.identity import new_notice_id
from ingest.store.base.database import Connection, StoredRow
from ingest.store.notices.queue import put_notice


async def fall_through(connection: Connection, row: StoredRow, following: StoredRow, now: datetime) -> None:
    """Write the same notice for the channel `following`; once, however often it is asked for."""
    position = row["position"] + 1
    stem = row["idem_key"].rsplit(".", 1)[0]
    copied = ("ticket_id", "person_id", "purpose", "title", "text", "link", "language", "urgent")
    await put_notice(
        connection,
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
        },
    )
