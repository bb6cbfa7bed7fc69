"""Pause the watch: a resident wants not to be watched over for a while. Their right, with an end, and never the smoke.

The pause goes down with the away ledger, so that no sign of life is awaited; and it is a silence of what is about the
person, so that the desk sees it and nothing that comes all the same becomes a ticket. Leaks, wires and smoke stay on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.ledger.reopen_held import reopen_held
from ingest.domain.base.people import Actor
from ingest.families.domain.family import FamilyFault, fault_of_pause
from ingest.families.store.families import pause_of
from ingest.families.store.pauses import NewPause, put_pause, set_pause_ended
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.known_people import lives_in
from ingest.store.base.places import home_by_id, lock_homes
from ingest.store.ledger.absences import mark_ledger
from models.flag import FlagKind
from models.texts.texts import texts_of

_KINDS = sorted((FlagKind.INACTIVITY.value, FlagKind.WELLBEING.value))
"""What is about the person, and held back."""


@again_on_conflict
async def pause_watch(
    ctx: ActionContext, home_id: str, length: timedelta, actor: Actor, now: datetime
) -> FamilyFault | None:
    """Pause for one of `PAUSES` from now on; only somebody who lives there may."""
    fault = fault_of_pause(length)
    if fault is not None:
        return fault
    async with ctx.db.write() as connection:
        await lock_homes(connection, [home_id])
        home = await home_by_id(connection, home_id)
        if home is None or actor.person_id is None or not await lives_in(connection, actor.person_id, home_id):
            return FamilyFault.NOT_ALLOWED
        if await pause_of(connection, home_id, now) is not None:
            return FamilyFault.PAUSED_ALREADY
        pause = NewPause(
            pause_id=new_entry_id(),
            silence_id=new_entry_id(),
            home_id=home_id,
            person_id=actor.person_id,
            kinds=_KINDS,
            reason=" / ".join(texts_of("tickets.note.paused")),
            since=now,
            until=now + length,
        )
        await put_pause(connection, pause)
        detail = {"until": pause.until.isoformat()}
        await write_audit(connection, now, "paused", actor=actor.person_id, subject=home_id, detail=detail)
        await mark_ledger(connection, home.gateway_id, now)
        await count_change(connection)
    return None


@again_on_conflict
async def end_pause(ctx: ActionContext, home_id: str, actor: Actor, now: datetime) -> FamilyFault | None:
    """Watch again from now on."""
    async with ctx.db.write() as connection:
        await lock_homes(connection, [home_id])
        home = await home_by_id(connection, home_id)
        if home is None or actor.person_id is None or not await lives_in(connection, actor.person_id, home_id):
            return FamilyFault.NOT_ALLOWED
        row = await pause_of(connection, home_id, now)
        if row is None:
            return FamilyFault.OVER
        await set_pause_ended(connection, row, actor.person_id, now)
        await reopen_held(connection, ctx, home_id, _KINDS, now)
        await mark_ledger(connection, home.gateway_id, now)
        await count_change(connection)
    return None
