"""Note a look: who opened what is known of a home, for the household to read. Once an hour a person is enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.store.base.audit_trail import was_written, write_audit

LOOKED = "looked"
ONCE_IN = timedelta(hours=1)


async def note_look(ctx: ActionContext, home_id: str, actor: Actor, now: datetime) -> None:
    """Write down that somebody has looked at a home."""
    async with ctx.db.read() as connection:
        if await was_written(connection, LOOKED, now - ONCE_IN, actor=actor.person_id, subject=home_id):
            return
    async with ctx.db.write() as connection:
        await write_audit(connection, now, LOOKED, actor=actor.person_id, subject=home_id)
