"""Quieten: silence kinds of flags at a home for a while, or plan a test there. Both have an owner and an end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.ledger.reopen_held import reopen_held
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.suppression import QuietFault, fault_of_silence, fault_of_test
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.places import home_by_id, path_of
from ingest.store.base.tables import audit_log
from ingest.store.ledger.tables import planned_tests, silences
from models.flag import FlagKind


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It is written."""

    entry_id: str


@again_on_conflict
async def silence_home(
    ctx: ActionContext,
    home_id: str,
    kinds: Collection[FlagKind],
    reason: str,
    *,
    until: datetime,
    actor: Actor,
    now: datetime,
) -> Suppressed | QuietFault:
    """Let no ticket be opened for flags of these kinds at the home until then; the flags are kept and shown."""
    fault = fault_of_silence(kinds, reason, now, until)
    if fault is not None:
        return fault
    row = {
        "silence_id": new_entry_id(),
        "home_id": home_id,
        "kinds": sorted(kind.value for kind in kinds),
        "owner": actor.person_id,
        "reason": reason.strip(),
        "since": now,
        "until": until,
    }
    async with ctx.db.write() as connection:
        refused = await _may(connection, home_id, actor)
        if refused is not None:
            return refused
        await connection.execute(insert(silences).values(row))
        await _log(connection, actor, now, event="silenced", home=home_id, entry=str(row["silence_id"]))
    return Suppressed(str(row["silence_id"]))


@again_on_conflict
async def end_silence(ctx: ActionContext, silence_id: str, actor: Actor, now: datetime) -> Suppressed | QuietFault:
    """End a silence; what it has held back and still goes on becomes work at once."""
    async with ctx.db.write() as connection:
        query = select(silences).where(silences.c.silence_id == silence_id).with_for_update()
        row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return QuietFault.UNKNOWN_ENTRY
        refused = await _may(connection, row["home_id"], actor)
        if refused is not None:
            return refused
        if row["ended_at"] is not None:
            return QuietFault.OVER
        ended = {"ended_at": now, "ended_by": actor.person_id}
        await connection.execute(update(silences).where(silences.c.silence_id == silence_id).values(ended))
        await reopen_held(connection, ctx, row["home_id"], row["kinds"], now)
        await _log(connection, actor, now, event="silence_ended", home=row["home_id"], entry=silence_id)
    return Suppressed(silence_id)


@again_on_conflict
async def plan_test(
    ctx: ActionContext, home_id: str, kind: FlagKind, since: datetime, *, until: datetime, actor: Actor, now: datetime
) -> Suppressed | QuietFault:
    """Plan a test of a home's detector: what comes then is the test's, what does not come is a maintenance ticket."""
    fault = fault_of_test(kind, max(since, now), until)
    if fault is not None:
        return fault
    row = {
        "test_id": new_entry_id(),
        "home_id": home_id,
        "kind": kind.value,
        "owner": actor.person_id,
        "since": since,
        "until": until,
    }
    async with ctx.db.write() as connection:
        refused = await _may(connection, home_id, actor)
        if refused is not None:
            return refused
        await connection.execute(insert(planned_tests).values(row))
        await _log(connection, actor, now, event="test_planned", home=home_id, entry=str(row["test_id"]))
    return Suppressed(str(row["test_id"]))


async def _may(connection: AsyncConnection, home_id: str, actor: Actor) -> QuietFault | None:
    home = await home_by_id(connection, home_id)
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return QuietFault.UNKNOWN_HOME
    return None if actor.role in MAY_OPEN_BY_HAND else QuietFault.NOT_ALLOWED


async def _log(connection: AsyncConnection, actor: Actor, now: datetime, *, event: str, home: str, entry: str) -> None:
    detail = {"entry_id": entry}
    await connection.execute(
        insert(audit_log).values(at=now, actor=actor.person_id, event=event, subject=home, detail_json=detail)
    )
    await count_change(connection)
