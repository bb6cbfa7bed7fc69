"""Keep a visit: it is agreed with people, somebody else goes, nobody opened, or it was made and is written down.

Who may: the two who go, and whoever answers for the place. A visit at which the resident was seen well counts as seen,
and as hours of whoever went; where the resident is not well the nearest people are asked at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.ledger.note_seen import write_seen
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.absence import CALM, Way
from ingest.domain.tickets.ticket import BY_HAND
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.known_people import active_among
from ingest.store.base.places import Home, home_by_id, path_of, zone_of_home
from ingest.visits.domain.visit_note import Found, NoteFault, VisitNote, fault_of_note
from ingest.visits.domain.visit_plan import month_of
from ingest.visits.store.visit_changes import set_agreed, set_done, set_tried, set_visitors
from ingest.visits.store.visits import VisitToKeep, visit_for_update
from models.flag import Severity
from models.texts.texts import texts_of


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
        visit = await _theirs(connection, visit_id, actor)
        if isinstance(visit, NoteFault):
            return visit
        if visit.done_at is not None:
            return NoteFault.DONE_BEFORE
        there = when.astimezone(await zone_of_home(connection, visit.home_id))
        if month_of(there.date()) != visit.month:
            return NoteFault.NOT_IN_MONTH
        if when <= now:
            return NoteFault.TOO_LONG_AGO
        await set_agreed(connection, visit_id, when, actor.person_id)
        await _log(connection, visit.home_id, actor, now, event="visit_agreed", visit_id=visit_id)
    return Kept(visit_id)


@again_on_conflict
async def send_others(ctx: ActionContext, visit_id: str, pair: Pair, actor: Actor, now: datetime) -> Kept | NoteFault:
    """Let others go: only whoever answers for the place says so. None leaves a part without anybody."""
    async with ctx.db.write() as connection:
        visit = await _theirs(connection, visit_id, actor)
        if isinstance(visit, NoteFault):
            return visit
        if actor.role not in MAY_OPEN_BY_HAND:
            return NoteFault.NOT_YOURS
        if visit.done_at is not None:
            return NoteFault.DONE_BEFORE
        named = {one for one in (pair.worker, pair.volunteer) if one is not None}
        if await active_among(connection, named) != named:
            return NoteFault.UNKNOWN_PERSON
        await set_visitors(connection, visit_id, pair.worker, pair.volunteer)
        await _log(connection, visit.home_id, actor, now, event="visit_changed", visit_id=visit_id)
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
        visit = await _theirs(connection, visit_id, actor)
        if isinstance(visit, NoteFault):
            return visit
        if visit.done_at is not None:
            return NoteFault.DONE_BEFORE
        fault = fault_of_note(note, went, now - ended_at)
        if fault is not None:
            return fault
        if not set(went) <= {visit.worker, visit.volunteer, actor.person_id}:
            return NoteFault.UNKNOWN_PERSON
        home = await home_by_id(connection, visit.home_id)
        if home is None:
            return NoteFault.UNKNOWN_VISIT
        ticket_id = None
        if note.found is Found.NOBODY:
            await set_tried(connection, visit_id, visit.tries + 1, ended_at)
        else:
            await set_done(connection, visit_id, note, went=went, at=ended_at, by=actor.person_id)
            ticket_id = await _follow_up(connection, ctx, home, note.found, ended_at, actor=actor, now=now)
        event = "visit_tried" if note.found is Found.NOBODY else "visit_done"
        await _log(connection, visit.home_id, actor, now, event=event, visit_id=visit_id)
    return Kept(visit_id, ticket_id)


async def _follow_up(
    connection: Connection, ctx: ActionContext, home: Home, found: Found, at: datetime, *, actor: Actor, now: datetime
) -> str | None:
    """Note that the resident was seen well, or open a ticket and return its id."""
    if found is Found.WELL:
        if now - at < CALM:
            await write_seen(connection, home, Way.IN_PERSON, actor, at)
        return None
    not_well = texts_of("tickets.visit.not_well")
    cause = Cause(home.area_id, BY_HAND, Severity.URGENT, *not_well, since=at, home_id=home.home_id)
    return (await open_for(connection, ctx, cause, now, actor=actor.person_id)).ticket_id


async def _theirs(connection: Connection, visit_id: str, actor: Actor) -> VisitToKeep | NoteFault:
    """Return the visit, locked, if it is the actor's to touch."""
    visit = await visit_for_update(connection, visit_id)
    if visit is None:
        return NoteFault.UNKNOWN_VISIT
    if actor.person_id is not None and actor.person_id in (visit.worker, visit.volunteer):
        return visit
    home = await home_by_id(connection, visit.home_id)
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return NoteFault.UNKNOWN_VISIT
    return visit if actor.role in MAY_OPEN_BY_HAND else NoteFault.NOT_YOURS


async def _log(connection: Connection, home_id: str, actor: Actor, now: datetime, *, event: str, visit_id: str) -> None:
    await write_audit(connection, now, event, actor=actor.person_id, subject=home_id, detail={"visit": visit_id})
    await count_change(connection)
