"""Look after returns: whoever was told to be back and shows no sign of it becomes a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.ledger.absence import AWAY_OVERDUE, is_back, overdue_words
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.tables import homes
from ingest.store.ledger.absences import last_sign_of, next_unreturned
from ingest.store.ledger.tables import away

_MOST = 500


async def look_after_returns(ctx: ActionContext, now: datetime) -> int:
    """Deal with every absence whose return is to be looked after by now; return how many became tickets."""
    async with ctx.db.read() as connection:
        query = select(away.c.entry_id).where(away.c.check_at <= now, away.c.revoked.is_(False)).limit(1)
        if (await connection.execute(query)).first() is None:
            return 0
    opened = 0
    for _ in range(_MOST):
        found = await _look_after_one(ctx, now)
        if found is None:
            break
        opened += found
    return opened


@again_on_conflict
async def _look_after_one(ctx: ActionContext, now: datetime) -> bool | None:
    """Deal with one; return whether it became a ticket, None if there was none."""
    async with ctx.db.write() as connection:
        row = await next_unreturned(connection, now)
        if row is None:
            return None
        sign = await last_sign_of(connection, row["home_id"])
        if is_back(row["until"], sign):
            await _settle(connection, row, {"ended_at": sign})
            return False
        await _open(connection, ctx, row, now)
        await _settle(connection, row, {"overdue_at": now})
        await count_change(connection)
    return True


async def _settle(connection: AsyncConnection, row: RowMapping, values: dict[str, Any]) -> None:
    await connection.execute(update(away).where(away.c.entry_id == row["entry_id"]).values(**values, check_at=None))


async def _open(connection: AsyncConnection, ctx: ActionContext, row: RowMapping, now: datetime) -> None:
    query = select(homes.c.area_id, homes.c.gateway_id, homes.c.timezone).where(homes.c.home_id == row["home_id"])
    home = (await connection.execute(query)).one()
    until: datetime | None = row["until"]
    told_on = "" if until is None else until.astimezone(ZoneInfo(home.timezone)).strftime("%Y-%m-%d %H:%M")
    severity, zh, en = overdue_words(until, told_on)
    cause = Cause(
        area_id=home.area_id,
        kind=AWAY_OVERDUE,
        severity=severity,
        text_zh=zh,
        text_en=en,
        since=until or row["since"],
        home_id=row["home_id"],
        gateway_id=home.gateway_id,
        episode=f"away {row['entry_id']} {int((until or row['since']).timestamp())}",
    )
    await open_for(connection, ctx, cause, now)
