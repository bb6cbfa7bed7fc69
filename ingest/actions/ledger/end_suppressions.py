"""Look after silences and planned tests that are over: nothing stays hidden, and a test that showed nothing is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.ledger.reopen_held import reopen_held
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.ledger.suppression import TEST_MISSED
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id
from ingest.store.ledger.suppressions import anything_over, close_silence, next_over, next_test_over, settle_test
from models.flag import Severity
from models.texts.texts import texts_of

_MOST = 500


async def look_after_quiet(ctx: ActionContext, now: datetime) -> int:
    """Deal with what is over; return how many tickets came of it."""
    async with ctx.db.read() as connection:
        if not await anything_over(connection, now):
            return 0
    opened = 0
    for _ in range(_MOST):
        found = await _one(ctx, now)
        if found is None:
            break
        opened += found
    return opened


@again_on_conflict
async def _one(ctx: ActionContext, now: datetime) -> int | None:
    async with ctx.db.write() as connection:
        silence = await next_over(connection, now)
        if silence is not None:
            await close_silence(connection, silence["silence_id"], now, by=None)
            opened = await reopen_held(connection, ctx, silence["home_id"], silence["kinds"], now)
        else:
            test = await next_test_over(connection, now)
            if test is None:
                return None
            await settle_test(connection, test["test_id"], now)
            opened = 0 if test["passed_at"] is not None else await _missed(connection, ctx, test, now)
        await count_change(connection)
    return opened


async def _missed(connection: Connection, ctx: ActionContext, test: Mapping[Any, Any], now: datetime) -> int:
    home = await home_by_id(connection, test["home_id"])
    if home is None:
        return 0
    text_zh, text_en = texts_of("tickets.suppression.nothing_came")
    cause = Cause(
        area_id=home.area_id,
        kind=TEST_MISSED,
        severity=Severity.MAINTENANCE,
        text_zh=text_zh,
        text_en=text_en,
        since=test["since"],
        home_id=home.home_id,
        gateway_id=home.gateway_id,
        episode=f"test {test['test_id']}",
    )
    await open_for(connection, ctx, cause, now)
    return 1
