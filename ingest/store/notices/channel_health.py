"""How vendors' channels do, by the notices that went over them lately. Reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ingest.store.base.database import Connection
from ingest.store.notices.tables import notices


@dataclass(frozen=True, slots=True)
class FailedLately:
    """How many notices of a channel failed lately, and when the first of them was written."""

    channel: str
    many: int
    first: datetime


async def failed_lately(connection: Connection, since: datetime, apart_from: Collection[str]) -> list[FailedLately]:
    """Return the channels over which notices written after `since` failed and have not arrived since."""
    query = (
        select(notices.c.channel, func.count(), func.min(notices.c.created_at))
        .where(
            notices.c.not_before > since,  # by the index: a failed one is put off, or fell through, lately
            notices.c.created_at > since,
            notices.c.attempts > 0,
            notices.c.last_error.is_not(None),
            notices.c.status.in_(["pending", "leased", "rejected"]),
            notices.c.channel.not_in(list(apart_from)),
        )
        .group_by(notices.c.channel)
    )
    return [FailedLately(*row) for row in await connection.execute(query)]


async def last_taken(connection: Connection, since: datetime, looked_back: timedelta) -> dict[str, datetime]:
    """Return when each channel took a notice last, of those that were due after `since` or not long before."""
    query = select(notices.c.channel, func.max(notices.c.delivered_at)).group_by(notices.c.channel)
    query = query.where(notices.c.status == "delivered", notices.c.not_before > since - looked_back)
    return {channel: at for channel, at in await connection.execute(query) if at is not None}
