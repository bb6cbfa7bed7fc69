"""Shift lines: a manager lets the silences of all homes of an area be told earlier or later, and can take it back.

The same line that outcomes move (`adjust_threshold`), within the same bounds.
It goes down to the gateways as settings do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.fleet.domain.silence_threshold import HIGHEST, LOWEST, Move
from ingest.fleet.domain.threshold_preview import FACTORS
from ingest.fleet.store.tables import settings_mail
from ingest.fleet.store.thresholds import gateways_of_homes, newest_moves, put_move, scales_of
from ingest.store.base.audit_trail import newest_written, write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.ledger.gateway_messages import mark
from models.flag import FlagKind

SHIFTED = "lines_shifted"
RULE = FlagKind.INACTIVITY.value


@dataclass(frozen=True, slots=True)
class Shift:
    """What was done: its number in the log, by which factor, in how many homes, and whether it stands."""

    number: int
    factor: float
    homes: int
    at: datetime
    by: str | None


async def shift_thresholds(ctx: ActionContext, factor: float, actor: Actor, now: datetime) -> int | None:
    """Move the line of every home of the actor's subtree; return how many moved, None for a factor nobody tried."""
    if factor not in FACTORS:
        return None
    async with ctx.db.write() as connection:
        here = await gateways_of_homes(connection, actor.area_path)
        scales = await scales_of(connection, list(here))
        moved = 0
        for home_id, gateway_id in here.items():
            before = scales.get(home_id, 1.0)
            after = round(min(HIGHEST, max(LOWEST, before * factor)), 3)
            moved += await _move(connection, home_id, gateway_id, (before, after), now)
        detail = {"factor": factor, "homes": moved, "area": actor.area_path}
        await write_audit(connection, now, SHIFTED, actor=actor.person_id, subject=actor.area_path, detail=detail)
        await count_change(connection)
    return moved


async def last_shift(connection: Connection, area_path: str) -> Shift | None:
    """Return the newest shift of an area that was not taken back."""
    row = await newest_written(connection, SHIFTED, area_path)
    if row is None or row.detail.get("back"):
        return None
    return Shift(row.number, row.detail["factor"], row.detail["homes"], row.at, row.actor)


async def shift_back(ctx: ActionContext, actor: Actor, now: datetime) -> int | None:
    """Let lines be as before the newest shift, but for homes where an outcome has moved them since."""
    async with ctx.db.write() as connection:
        shift = await last_shift(connection, actor.area_path)
        if shift is None:
            return None
        here = await gateways_of_homes(connection, actor.area_path)
        moved = 0
        for home_id, row in (await newest_moves(connection, RULE, shift.at)).items():
            if row.ticket_id is None and row.at == shift.at and home_id in here:
                moved += await _move(connection, home_id, here[home_id], (row.after, row.before), now)
        detail = {"factor": 1 / shift.factor, "homes": moved, "back": shift.number}
        await write_audit(connection, now, SHIFTED, actor=actor.person_id, subject=actor.area_path, detail=detail)
        await count_change(connection)
    return moved


async def _move(
    connection: Connection, home_id: str, gateway_id: str | None, scale: tuple[float, float], now: datetime
) -> bool:
    before, after = scale
    if before == after:
        return False
    await put_move(connection, Move(before, after, 0, 0), now, home_id=home_id, rule=RULE, ticket_id=None)
    if gateway_id is not None:
        await mark(connection, settings_mail, gateway_id, now)
    return True
