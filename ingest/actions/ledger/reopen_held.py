"""Bring up: situations at a home that a silence has held back and that still go on become tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.ledger.suppression import silences
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id
from ingest.store.ledger.suppressions import give_ticket, hidden_flags, suppressions_at
from models.flag import FlagKind, Severity


async def reopen_held(
    connection: Connection, ctx: ActionContext, home_id: str, kinds: Sequence[str], now: datetime
) -> int:
    """Open a ticket for each of them, unless another silence holds it back; return how many. The silence has ended."""
    home = await home_by_id(connection, home_id)
    if home is None:
        return 0
    others = (await suppressions_at(connection, [home_id], now))[home_id]
    opened = 0
    for row in await hidden_flags(connection, home_id, list(kinds)):
        severity = Severity(row["severity"])
        held = any(silences(kinds, FlagKind(row["kind"]), severity) for kinds in others.silenced)
        if held or severity is Severity.INFO:
            continue
        cause = Cause(
            area_id=home.area_id,
            kind=row["kind"],
            severity=severity,
            text_zh=row["text_zh"],
            text_en=row["text_en"],
            since=row["since"],
            home_id=home_id,
            gateway_id=row["gateway_id"],
            episode=f"{row['gateway_id']} {row['episode']}",
        )
        ticket = await open_for(connection, ctx, cause, now)
        await give_ticket(connection, row["gateway_id"], row["episode"], ticket.ticket_id)
        opened += 1
    return opened
