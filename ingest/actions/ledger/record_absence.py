"""Tell the away ledger: a resident is not at home, comes back later, is back, or it was a mistake.

Every entry says who told it, by which way and until when, and goes down to the home's gateway until that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.absence import MOST_PER_HOME, AbsenceFault, Told, check_at, fault_of
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.known_people import belongs_to
from ingest.store.base.places import Home, home_by_id, lock_homes, path_of
from ingest.store.ledger.absences import absence_for_update, add_absence, change_absence, home_status_of, mark_ledger


@dataclass(frozen=True, slots=True)
class Written:
    """It is in the ledger."""

    entry_id: str
    home_id: str


@again_on_conflict
async def record_absence(
    ctx: ActionContext, home_id: str, told: Told, actor: Actor, now: datetime
) -> Written | AbsenceFault:
    """Write a new entry."""
    fault = fault_of(told, now)
    if fault is not None:
        return fault
    async with ctx.db.write() as connection:
        await lock_homes(connection, [home_id])
        home = await _home_for(connection, home_id, actor)
        if isinstance(home, AbsenceFault):
            return home
        if await home_status_of(connection, home_id, now) >= MOST_PER_HOME:
            return AbsenceFault.TOO_MANY
        entry_id = new_entry_id()
        await add_absence(connection, entry_id, home_id, told, by=actor.person_id, now=now)
        await _after(connection, home, actor, now, event="away_told", entry_id=entry_id)
    return Written(entry_id, home_id)


@again_on_conflict
async def change_away(
    ctx: ActionContext, entry_id: str, until: datetime, actor: Actor, now: datetime
) -> Written | AbsenceFault:
    """Let the return be another time than was told."""
    return await _change(ctx, entry_id, actor, now, event="away_changed", until=until)


@again_on_conflict
async def end_away(ctx: ActionContext, entry_id: str, actor: Actor, now: datetime) -> Written | AbsenceFault:
    """The resident is back: from now on signs of life are awaited again."""
    return await _change(ctx, entry_id, actor, now, event="away_ended")


@again_on_conflict
async def revoke_away(ctx: ActionContext, entry_id: str, actor: Actor, now: datetime) -> Written | AbsenceFault:
    """It was a mistake: as if it had never been told."""
    return await _change(ctx, entry_id, actor, now, event="away_revoked")


async def _change(
    ctx: ActionContext, entry_id: str, actor: Actor, now: datetime, *, event: str, until: datetime | None = None
) -> Written | AbsenceFault:
    async with ctx.db.write() as connection:
        row = await absence_for_update(connection, entry_id)
        if row is None:
            return AbsenceFault.UNKNOWN_ENTRY
        home = await _home_for(connection, row["home_id"], actor)
        if isinstance(home, AbsenceFault):
            return home
        values = _values(row, event, until, actor, now)
        if isinstance(values, AbsenceFault):
            return values
        await change_absence(connection, entry_id, values)
        await _after(connection, home, actor, now, event=event, entry_id=entry_id)
    return Written(entry_id, home.home_id)


def _values(
    row: Mapping[Any, Any], event: str, until: datetime | None, actor: Actor, now: datetime
) -> dict[str, Any] | AbsenceFault:
    """Return the columns that change, or why nothing does."""
    if row["revoked"] or row["ended_at"] is not None:
        return AbsenceFault.OVER
    if event == "away_revoked":
        return {"revoked": True, "revoked_by": actor.person_id, "ended_at": now, "check_at": None}
    if until is None:
        back = now if row["until"] is None else min(now, row["until"])
        # who comes back before they left was never away
        return {"until": max(back, row["since"]), "ended_at": now, "check_at": None}
    if until <= max(row["since"], now):
        return AbsenceFault.ENDS_IN_PAST
    return {"until": until, "check_at": check_at(row["since"], until), "overdue_at": None}


async def _home_for(connection: Connection, home_id: str, actor: Actor) -> Home | AbsenceFault:
    home = await home_by_id(connection, home_id)
    if home is not None and actor.role is None and actor.person_id is not None:
        # no role: somebody of the household, who is something to this home alone
        return home if await belongs_to(connection, actor.person_id, home_id) else AbsenceFault.UNKNOWN_HOME
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return AbsenceFault.UNKNOWN_HOME
    return home if actor.is_machine or actor.role in MAY_OPEN_BY_HAND else AbsenceFault.NOT_ALLOWED


async def _after(connection: Connection, home: Home, actor: Actor, now: datetime, *, event: str, entry_id: str) -> None:
    await mark_ledger(connection, home.gateway_id, now)
    detail = {"entry_id": entry_id}
    await write_audit(connection, now, event, actor=actor.person_id, subject=home.home_id, detail=detail)
    await count_change(connection)
