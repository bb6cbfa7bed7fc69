"""Note that a resident was seen well, by telephone or at the door: the detector at home is calm for a while."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.ledger.record_absence import Written
from ingest.actions.tickets.annotate import annotate
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.absence import AbsenceFault, Way
from ingest.domain.tickets.ticket import AT_WORK
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import Home, home_by_id, path_of
from ingest.store.ledger.absences import add_seen, mark_ledger
from ingest.store.tickets.tickets import ticket_by_id, ticket_for_update


@again_on_conflict
async def note_seen(
    ctx: ActionContext, home_id: str, way: Way, actor: Actor, now: datetime, *, ticket_id: str | None = None
) -> Written | AbsenceFault:
    """Write it down and have the home's gateway told. Who may: whoever answers for the home, or took its ticket."""
    async with ctx.db.write() as connection:
        home = await home_by_id(connection, home_id)
        if home is None:
            return AbsenceFault.UNKNOWN_HOME
        fault = await _refused(connection, home, actor, ticket_id)
        if fault is not None:
            return fault
        entry_id = await write_seen(connection, home, way, actor, now, ticket_id=ticket_id)
        ticket = None if ticket_id is None else await ticket_for_update(connection, ticket_id)
        if ticket is not None:
            detail = {"way": way.value}
            await annotate(connection, ctx, ticket, NoteKind.SEEN_WELL, actor, now=now, detail=detail)
    return Written(entry_id, home_id)


async def write_seen(
    connection: Connection, home: Home, way: Way, actor: Actor, now: datetime, *, ticket_id: str | None = None
) -> str:
    """Write it down within the caller's transaction and return the entry's id; whether the actor may is not asked."""
    entry_id = new_entry_id()
    who = actor.person_id
    await add_seen(connection, entry_id, home.home_id, way, by=who, now=now, ticket_id=ticket_id)
    await write_audit(connection, now, "seen_well", actor=who, subject=home.home_id, detail={"entry_id": entry_id})
    await mark_ledger(connection, home.gateway_id, now)
    await count_change(connection)
    return entry_id


async def _refused(connection: Connection, home: Home, actor: Actor, ticket_id: str | None) -> AbsenceFault | None:
    if ticket_id is not None:
        ticket = await ticket_by_id(connection, ticket_id)
        if ticket is None or ticket.home_id != home.home_id:
            return AbsenceFault.UNKNOWN_HOME
        if actor.person_id is not None and ticket.taken_by == actor.person_id and ticket.status in AT_WORK:
            return None
    if not sees(actor, await path_of(connection, home.area_id)):
        return AbsenceFault.UNKNOWN_HOME
    return None if actor.role in MAY_OPEN_BY_HAND else AbsenceFault.NOT_ALLOWED
