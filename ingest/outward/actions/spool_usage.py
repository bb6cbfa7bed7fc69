"""Spool usage: summaries of homes wait here for the time-series store, where one is configured."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.own_home import read_usage
from ingest.outward.history.usage_lines import usage_lines
from ingest.outward.store.spool import spool_lines
from ingest.store.base.database import Connection
from models.wire.envelope import Envelope


async def spool_usage(connection: Connection, ctx: ActionContext, envelope: Envelope, now: datetime) -> bool:
    """Write the summary's lines into the spool, in the message's own transaction."""
    if ctx.spools_usage:
        summary = await read_usage(connection, envelope)
        await spool_lines(connection, usage_lines(envelope.gateway_id, summary), now)
    return False
