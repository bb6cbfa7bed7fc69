"""Hours of use in the database: the newest word about an hour stays, whatever the order of arrival."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, delete, or_, select

from ingest.store.base.database import Connection, upsert
from ingest.store.base.tables import homes
from ingest.store.ledger.tables import usage_hours
from models.wire.envelope import Envelope
from models.wire.messages import UsageSummary

_HOMES_AT_ONCE = 50


async def put_usage(connection: Connection, envelope: Envelope, summary: UsageSummary, sent_at: datetime) -> None:
    """Store every hour of the summary that is newer than what is known of it."""
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
            sent_at=sent_at,
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


async def forget_usage(connection: Connection, before: datetime) -> int:
    """Delete the old hours of a few homes that have some, home by home: by its key, or it would be a walk over all."""
    has_old = select(usage_hours.c.start).where(usage_hours.c.home_id == homes.c.home_id, usage_hours.c.start < before)
    some = select(homes.c.home_id).where(has_old.correlate(homes).exists()).limit(_HOMES_AT_ONCE)
    gone = 0
    for home in (await connection.execute(some)).scalars().all():
        old = delete(usage_hours).where(usage_hours.c.home_id == home, usage_hours.c.start < before)
        gone += (await connection.execute(old)).rowcount
    return gone
