"""Note usage: hours of a home, for the charts, and forget them when nobody compares with them any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ingest.fleet.store.usage_hours import put_usage
from ingest.store.base.database import Connection
from models.wire.envelope import Envelope
from models.wire.messages import UsageSummary

HOURS_KEPT = timedelta(days=400)
"""What a home used in each hour says how somebody lives: a year and the month before, to compare with, and no more."""


async def note_usage(connection: Connection, envelope: Envelope, summary: UsageSummary, now: datetime) -> None:
    """Store what the summary says; a clock that once ran ahead must not make its word the newest for ever.

    Hours that are still to come are not kept: nobody can have used anything in them.
    """
    summary = replace(summary, hours=[hour for hour in summary.hours if hour.start <= now])
    await put_usage(connection, envelope, summary, min(envelope.sent_at, now))
