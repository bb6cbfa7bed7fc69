"""Look after returns: whoever was told to be back and shows no sign of it becomes a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.ledger.absence import AWAY_OVERDUE, is_back, overdue_words
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id, zone_of_home
from ingest.store.ledger.absences import anything_unreturned, change_absence, last_sign_of, next_unreturned

_MOST = 500


async def look_after_returns(ctx: ActionContext, now: datetime) -> int:
    """Deal with every absence whose return is to be looked after by now; return how many became tickets."""
    async with ctx.db.read() as connection:
        if not await anything_unreturned(connection, now):
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
            await change_absence(connection, row["entry_id"], {"ended_at": sign, "check_at": None})
            return False
        await _open(connection, ctx, row, now)
        await change_absence(connection, row["entry_id"], {"overdue_at": now, "check_at": None})
        await count_change(connection)
    return True


async def _open(connection: Connection, ctx: ActionContext, row: Mapping[Any, Any], now: datetime) -> None:
    home = await home_by_id(connection, row["home_id"])
    assert home is not None  # an entry refers to it
    zone = await zone_of_home(connection, home.home_id)
    until: datetime | None = row["until"]
    told_on = "" if until is None else until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
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
