"""Quieten: silence kinds of flags at a home for a while, or plan a test there. Both have an owner and an end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.ledger.reopen_held import reopen_held
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.suppression import QuietFault, fault_of_silence, fault_of_test
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import home_by_id, path_of
from ingest.store.ledger.suppressions import PlannedTest, add_silence, add_test, close_silence, silence_for_update
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
    silence_id = new_entry_id()
    async with ctx.db.write() as connection:
        refused = await _may(connection, home_id, actor)
        if refused is not None:
            return refused
        names = [kind.value for kind in kinds]
        who = actor.person_id
        await add_silence(
            connection, silence_id, home_id, names, owner=who, reason=reason.strip(), since=now, until=until
        )
        await _log(connection, actor, now, event="silenced", home=home_id, entry=silence_id)
    return Suppressed(silence_id)


@again_on_conflict
async def end_silence(ctx: ActionContext, silence_id: str, actor: Actor, now: datetime) -> Suppressed | QuietFault:
    """End a silence; what it has held back and still goes on becomes work at once."""
    async with ctx.db.write() as connection:
        row = await silence_for_update(connection, silence_id)
        if row is None:
            return QuietFault.UNKNOWN_ENTRY
        refused = await _may(connection, row["home_id"], actor)
        if refused is not None:
            return refused
        if row["ended_at"] is not None:
            return QuietFault.OVER
        await close_silence(connection, silence_id, now, by=actor.person_id)
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
    async with ctx.db.write() as connection:
        refused = await _may(connection, home_id, actor)
        if refused is not None:
            return refused
        assert actor.person_id is not None  # the machine has no role, and so may not
        test = PlannedTest(new_entry_id(), kind.value, actor.person_id)
        await add_test(connection, test, home_id, since=since, until=until)
        await _log(connection, actor, now, event="test_planned", home=home_id, entry=test.test_id)
    return Suppressed(test.test_id)


async def _may(connection: Connection, home_id: str, actor: Actor) -> QuietFault | None:
    home = await home_by_id(connection, home_id)
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return QuietFault.UNKNOWN_HOME
    return None if actor.role in MAY_OPEN_BY_HAND else QuietFault.NOT_ALLOWED


async def _log(connection: Connection, actor: Actor, now: datetime, *, event: str, home: str, entry: str) -> None:
    await write_audit(connection, now, event, actor=actor.person_id, subject=home, detail={"entry_id": entry})
    await count_change(connection)
