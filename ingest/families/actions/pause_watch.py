"""Pause the watch: a resident wants not to be watched over for a while. Their right, with an end, and never the smoke.

The pause goes down with the away ledger, so that no sign of life is awaited; and it is a silence of what is about the
person, so that the desk sees it and nothing that comes all the same becomes a ticket. Leaks, wires and smoke stay on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.ledger.reopen_held import reopen_held
from ingest.domain.base.people import Actor
from ingest.families.domain.family import FamilyFault, fault_of_pause
from ingest.families.store.families import lives_in, pause_of
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.places import home_by_id, lock_homes
from ingest.store.base.tables import audit_log
from ingest.store.ledger.absences import mark_ledger
from ingest.store.ledger.tables import pauses, silences
from models.flag import FlagKind
from models.texts.texts import texts_of

ABOUT_THE_PERSON = (FlagKind.INACTIVITY, FlagKind.WELLBEING)


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
        silence_id, until = new_entry_id(), now + length
        await connection.execute(
            insert(silences).values(
                silence_id=silence_id,
                home_id=home_id,
                kinds=sorted(kind.value for kind in ABOUT_THE_PERSON),
                owner=actor.person_id,
                reason=" / ".join(texts_of("tickets.note.paused")),
                since=now,
                until=until,
            )
        )
        row = {"pause_id": new_entry_id(), "home_id": home_id, "person_id": actor.person_id}
        await connection.execute(insert(pauses).values(**row, silence_id=silence_id, since=now, until=until))
        detail = {"until": until.isoformat()}
        await connection.execute(
            insert(audit_log).values(at=now, actor=actor.person_id, event="paused", subject=home_id, detail_json=detail)
        )
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
        await connection.execute(update(pauses).where(pauses.c.pause_id == row["pause_id"]).values(ended_at=now))
        ended = {"ended_at": now, "ended_by": actor.person_id}
        theirs = (silences.c.silence_id == row["silence_id"]) & silences.c.ended_at.is_(None)
        await connection.execute(update(silences).where(theirs).values(ended))
        await reopen_held(connection, ctx, home_id, [kind.value for kind in ABOUT_THE_PERSON], now)
        await mark_ledger(connection, home.gateway_id, now)
        await count_change(connection)
    return None
