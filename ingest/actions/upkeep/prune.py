"""Prune: rows that nobody needs any more leave the database: the heart's kinds of rows, and those that wings name.

A live ticket keeps all its own.
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.retention import AT_ONCE, Pruning, Retention
from ingest.store.base.database import Connection
from ingest.store.incoming.inbox import forget_messages
from ingest.store.incoming.local_tellings import forget_local_tellings
from ingest.store.notices.pruning import forget_notices
from ingest.store.tickets.remarks import forget_photos


async def prune(ctx: ActionContext, pruning: Pruning, keep: Retention, now: datetime) -> int:
    """Delete at most `AT_ONCE` rows of one kind, in a transaction of their own; return how many went."""
    async with ctx.db.write() as connection:
        return await pruning.forget(connection, keep, now)


def all_prunings(ctx: ActionContext) -> tuple[Pruning, ...]:
    """Return what is pruned: the heart's, then the wings'."""
    return (*HEART, *(pruning for wing in ctx.wings for pruning in wing.prunings))


async def _messages(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_messages(connection, now - keep.messages, AT_ONCE)


async def _local_tellings(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_local_tellings(connection, now - keep.messages)


async def _notices(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_notices(connection, now - keep.notices, AT_ONCE)


async def _photos(connection: Connection, keep: Retention, now: datetime) -> int:
    return await forget_photos(connection, now - keep.photos, AT_ONCE)


HEART = (
    Pruning("messages", _messages),
    Pruning("local tellings", _local_tellings),
    Pruning("notices", _notices),
    Pruning("photos", _photos),
)
