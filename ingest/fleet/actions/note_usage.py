"""Note usage: hours of a home, for the charts. The newest word about an hour stays, whatever the order of arrival."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.outward.history.spool import spool_lines
from ingest.outward.history.usage_lines import usage_lines
from ingest.store.base.database import upsert
from ingest.store.ledger.tables import usage_hours
from models.wire.envelope import Envelope
from models.wire.messages import UsageSummary


async def note_usage(
    connection: AsyncConnection, ctx: ActionContext, envelope: Envelope, summary: UsageSummary, now: datetime
) -> None:
    """Store every hour of the summary that is newer than what is known of it; spool it where that is wanted."""
    if ctx.spools_usage:
        await spool_lines(connection, usage_lines(envelope.gateway_id, summary), now)
    for hour in summary.hours:
        statement = upsert(connection, usage_hours).values(
            home_id=summary.home,
            start=hour.start,
            water_l=hour.water_l,
            energy_wh=hour.energy_wh,
            quality=hour.quality.value,
            signs=hour.signs,
            boot_id=envelope.boot_id,
            seq=envelope.seq,
            # a clock that once ran ahead must not make its word the newest for ever
            sent_at=min(envelope.sent_at, now),
        )
        new, old = statement.excluded, usage_hours.c
        same_run_later = and_(new.boot_id == old.boot_id, new.seq > old.seq)
        other_run_later = and_(new.boot_id != old.boot_id, new.sent_at >= old.sent_at)
        names = ("water_l", "energy_wh", "quality", "signs", "boot_id", "seq", "sent_at")
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["home_id", "start"],
                set_={name: new[name] for name in names},
                where=or_(same_run_later, other_run_later),
            )
        )
