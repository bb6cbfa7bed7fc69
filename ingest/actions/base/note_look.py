"""Note a look: who opened what is known of a home, for the household to read. Once an hour a person is enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.store.base.tables import audit_log

LOOKED = "looked"
ONCE_IN = timedelta(hours=1)


async def note_look(ctx: ActionContext, home_id: str, actor: Actor, now: datetime) -> None:
    """Write down that somebody has looked at a home."""
    before = select(audit_log.c.id).where(
        audit_log.c.subject == home_id,
        audit_log.c.at > now - ONCE_IN,
        audit_log.c.event == LOOKED,
        audit_log.c.actor == actor.person_id,
    )
    async with ctx.db.read() as connection:
        if (await connection.execute(before.limit(1))).first() is not None:
            return
    row = {"at": now, "actor": actor.person_id, "event": LOOKED, "subject": home_id}
    async with ctx.db.write() as connection:
        await connection.execute(insert(audit_log).values(**row, detail_json={}))
