"""Keep a visit: it is agreed with people, somebody else goes, nobody opened, or it was made and is written down.

Who may: the two who go, and whoever answers for the place. A visit at which the resident was seen well counts as seen,
and as hours of whoever went; where the resident is not well the nearest people are asked at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.ledger.note_seen import CALM, write_seen
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.absence import Way
from ingest.domain.tickets.ticket import BY_HAND
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.places import Home, home_by_id, path_of
from ingest.store.base.tables import audit_log, homes, people
from ingest.visits.domain.visit_note import Found, NoteFault, VisitNote, fault_of_note
from ingest.visits.domain.visit_plan import month_of
from ingest.visits.store.tables import visits
from ingest.visits.store.visits import visit_for_update
from models.flag import Severity

_NOT_WELL = (
    "探访时发现老人情况不好，请跟进。",
    "On a friendly visit the resident was found not well: please follow up.",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """It is written. `ticket_id`: the ticket that was opened because the resident is not well."""

    visit_id: str
    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Who goes; None: nobody yet."""

    worker: str | None
    volunteer: str | None


@again_on_conflict
async def agree_visit(
    ctx: ActionContext, visit_id: str, when: datetime, actor: Actor, now: datetime
) -> Kept | NoteFault:
    """Agree on day and hour, within the visit's month at the home; planning does not touch the visit any more."""
    async with ctx.db.write() as connection:
        row = await _theirs(connection, visit_id, actor)
        if isinstance(row, NoteFault):
            return row
        if row["done_at"] is not None:
            return NoteFault.DONE_BEFORE
        zone = select(homes.c.timezone).where(homes.c.home_id == row["home_id"])
        there = when.astimezone(ZoneInfo((await connection.execute(zone)).scalar_one()))
        if month_of(there.date()) != row["month"]:
            return NoteFault.NOT_IN_MONTH
        if when <= now:
            return NoteFault.TOO_LONG_AGO
        agreed = {"agreed_for": when, "agreed_by": actor.person_id}
        await connection.execute(update(visits).where(visits.c.visit_id == visit_id).values(agreed))
        await _log(connection, row["home_id"], actor, now, event="visit_agreed", visit_id=visit_id)
    return Kept(visit_id)


@again_on_conflict
async def send_others(ctx: ActionContext, visit_id: str, pair: Pair, actor: Actor, now: datetime) -> Kept | NoteFault:
    """Let others go: only whoever answers for the place says so. None leaves a part without anybody."""
    async with ctx.db.write() as connection:
        row = await _theirs(connection, visit_id, actor)
        if isinstance(row, NoteFault):
            return row
        if actor.role not in MAY_OPEN_BY_HAND:
            return NoteFault.NOT_YOURS
        if row["done_at"] is not None:
            return NoteFault.DONE_BEFORE
        named = {pair.worker, pair.volunteer} - {None}
        known = select(people.c.person_id).where(people.c.person_id.in_(named), people.c.active)
        if set((await connection.execute(known)).scalars()) != named:
            return NoteFault.UNKNOWN_PERSON
        values = {"worker": pair.worker, "volunteer": pair.volunteer}
        await connection.execute(update(visits).where(visits.c.visit_id == visit_id).values(values))
        await _log(connection, row["home_id"], actor, now, event="visit_changed", visit_id=visit_id)
    return Kept(visit_id)


@again_on_conflict
async def report_visit(
    ctx: ActionContext,
    visit_id: str,
    note: VisitNote,
    *,
    went: Collection[str],
    ended_at: datetime,
    actor: Actor,
    now: datetime,
) -> Kept | NoteFault:
    """Write down what was found; `went` are the ids of who went, `ended_at` when they left."""
    async with ctx.db.write() as connection:
        row = await _theirs(connection, visit_id, actor)
        if isinstance(row, NoteFault):
            return row
        if row["done_at"] is not None:
            return NoteFault.DONE_BEFORE
        fault = fault_of_note(note, went, now - ended_at)
        if fault is not None:
            return fault
        if not set(went) <= {row["worker"], row["volunteer"], actor.person_id}:
            return NoteFault.UNKNOWN_PERSON
        home = await home_by_id(connection, row["home_id"])
        if home is None:
            return NoteFault.UNKNOWN_VISIT
        ticket_id = None
        if note.found is Found.NOBODY:
            tried = {"tries": row["tries"] + 1, "tried_at": ended_at, "agreed_for": None, "agreed_by": None}
            await connection.execute(update(visits).where(visits.c.visit_id == visit_id).values(tried))
        else:
            told = _Told(visit_id, note, went, ended_at, actor)
            ticket_id = await _done(connection, ctx, home, told, now)
        event = "visit_tried" if note.found is Found.NOBODY else "visit_done"
        await _log(connection, row["home_id"], actor, now, event=event, visit_id=visit_id)
    return Kept(visit_id, ticket_id)


@dataclass(frozen=True, slots=True)
class _Told:
    visit_id: str
    note: VisitNote
    went: Collection[str]
    ended_at: datetime
    actor: Actor


async def _done(connection: AsyncConnection, ctx: ActionContext, home: Home, told: _Told, now: datetime) -> str | None:
    note, actor = told.note, told.actor
    values = {
        "done_at": told.ended_at,
        "done_by": actor.person_id,
        "went": sorted(told.went),
        "minutes": note.minutes,
        "seen_well": note.found is Found.WELL,
        "note_json": note.ticks(),
        "note_text": note.text,
    }
    await connection.execute(update(visits).where(visits.c.visit_id == told.visit_id).values(values))
    if note.found is Found.WELL:
        if now - told.ended_at < CALM:
            await write_seen(connection, home, Way.IN_PERSON, actor, told.ended_at)
        return None
    cause = Cause(home.area_id, BY_HAND, Severity.URGENT, *_NOT_WELL, since=told.ended_at, home_id=home.home_id)
    return (await open_for(connection, ctx, cause, now, actor=actor.person_id)).ticket_id


async def _theirs(connection: AsyncConnection, visit_id: str, actor: Actor) -> RowMapping | NoteFault:
    """Return the visit's row, locked, if it is the actor's to touch."""
    row = await visit_for_update(connection, visit_id)
    if row is None:
        return NoteFault.UNKNOWN_VISIT
    if actor.person_id is not None and actor.person_id in (row["worker"], row["volunteer"]):
        return row
    home = await home_by_id(connection, row["home_id"])
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return NoteFault.UNKNOWN_VISIT
    return row if actor.role in MAY_OPEN_BY_HAND else NoteFault.NOT_YOURS


async def _log(
    connection: AsyncConnection, home_id: str, actor: Actor, now: datetime, *, event: str, visit_id: str
) -> None:
    row = {"at": now, "actor": actor.person_id, "event": event, "subject": home_id, "detail_json": {"visit": visit_id}}
    await connection.execute(insert(audit_log).values(row))
    await count_change(connection)
