"""Ask for relief: somebody on call asks others to take hours over from them. Until somebody does, they stay theirs.

The question is a shift that people sign up for; whoever signs up has the hours from then on (`change_roster.sign_up`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_shift_id
from ingest.actions.duty.change_roster import Changed, RosterRefusedError
from ingest.domain.base.people import Actor
from ingest.domain.base.spans import Span, clipped, merged
from ingest.domain.duty.oncall import duty_of
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import audit_log
from ingest.store.duty.rosters import calendar_of, rosters_of
from ingest.store.duty.tables import open_shifts, rosters, shift_signups


async def ask_relief(ctx: ActionContext, roster_id: str, when: Span, actor: Actor, now: datetime) -> Changed:
    """Ask for these hours, which must be one's own and still to come; raises `RosterRefusedError`."""
    if actor.person_id is None or when[0] <= now or when[0] >= when[1]:
        raise RosterRefusedError("only hours that are still to come can be given to somebody else")
    async with ctx.db.write() as connection:
        query = select(rosters.c.area_id).where(rosters.c.roster_id == roster_id).with_for_update()
        area_id = (await connection.execute(query)).scalar_one_or_none()
        if area_id is None:
            raise RosterRefusedError(f"there is no roster {roster_id!r}")
        roster = next(one for one in await rosters_of(connection, [area_id], when) if one.roster_id == roster_id)
        theirs = duty_of(roster, await calendar_of(connection), when).get(actor.person_id, [])
        if merged(clipped(theirs, when)) != [when]:
            raise RosterRefusedError("these hours are not yours; look at your shifts again")
        asked = select(func.count()).select_from(open_shifts)
        asked = asked.outerjoin(shift_signups, shift_signups.c.shift_id == open_shifts.c.shift_id)
        asked = asked.where(
            open_shifts.c.roster_id == roster_id,
            open_shifts.c.instead_of == actor.person_id,
            open_shifts.c.starts < when[1],
            open_shifts.c.ends > when[0],
            shift_signups.c.person_id.is_(None),
        )
        if (await connection.execute(asked)).scalar_one():
            raise RosterRefusedError("you have already asked for these hours")
        row = {"shift_id": new_shift_id(), "roster_id": roster_id, "starts": when[0], "ends": when[1], "places": 1}
        await connection.execute(insert(open_shifts).values(**row, instead_of=actor.person_id))
        await _log(connection, actor, now, event="relief_asked", roster_id=roster_id, shift_id=str(row["shift_id"]))
    return Changed(str(row["shift_id"]))


async def withdraw_cover_request(ctx: ActionContext, shift_id: str, actor: Actor, now: datetime) -> None:
    """Take the question back while nobody has signed up; raises `RosterRefusedError`."""
    async with ctx.db.write() as connection:
        query = select(open_shifts).where(open_shifts.c.shift_id == shift_id).with_for_update()
        shift = (await connection.execute(query)).one_or_none()
        if shift is None or shift.instead_of is None or shift.instead_of != actor.person_id:
            raise RosterRefusedError("there is no such question of yours")
        taken = select(func.count()).select_from(shift_signups).where(shift_signups.c.shift_id == shift_id)
        if (await connection.execute(taken)).scalar_one():
            raise RosterRefusedError("somebody has taken the hours over already")
        await connection.execute(delete(open_shifts).where(open_shifts.c.shift_id == shift_id))
        await _log(connection, actor, now, event="relief_withdrawn", roster_id=shift.roster_id, shift_id=shift_id)


async def _log(
    connection: AsyncConnection, actor: Actor, now: datetime, *, event: str, roster_id: str, shift_id: str
) -> None:
    row = {
        "at": now,
        "actor": actor.person_id,
        "event": event,
        "subject": roster_id,
        "detail_json": {"shift": shift_id},
    }
    await connection.execute(insert(audit_log).values(row))
    await count_change(connection)
