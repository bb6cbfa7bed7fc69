"""Ask for relief: somebody on call asks others to take hours over from them. Until somebody does, they stay theirs.

The question is a shift that people sign up for; whoever signs up has the hours from then on (`change_roster.sign_up`).
"""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_shift_id
from ingest.actions.duty.change_roster import Changed, RosterRefusedError
from ingest.domain.base.people import Actor
from ingest.domain.base.spans import Span, clipped, merged
from ingest.domain.duty.oncall import duty_of
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.duty.roster_changes import (
    ShiftToFill,
    add_shift,
    area_of_roster,
    delete_shift,
    has_asked,
    shift_for_update,
    signed_up,
)
from ingest.store.duty.rosters import calendar_of, rosters_of


async def ask_relief(ctx: ActionContext, roster_id: str, when: Span, actor: Actor, now: datetime) -> Changed:
    """Ask for these hours, which must be one's own and still to come; raises `RosterRefusedError`."""
    if actor.person_id is None or when[0] <= now or when[0] >= when[1]:
        raise RosterRefusedError("only hours that are still to come can be given to somebody else")
    async with ctx.db.write() as connection:
        area_id = await area_of_roster(connection, roster_id, lock=True)
        if area_id is None:
            raise RosterRefusedError(f"there is no roster {roster_id!r}")
        roster = next(one for one in await rosters_of(connection, [area_id], when) if one.roster_id == roster_id)
        theirs = duty_of(roster, await calendar_of(connection), when).get(actor.person_id, [])
        if merged(clipped(theirs, when)) != [when]:
            raise RosterRefusedError("these hours are not yours; look at your shifts again")
        if await has_asked(connection, roster_id, actor.person_id, when):
            raise RosterRefusedError("you have already asked for these hours")
        shift = ShiftToFill(new_shift_id(), roster_id, when, places=1, instead_of=actor.person_id)
        await add_shift(connection, shift)
        detail = {"shift": shift.shift_id}
        await write_audit(connection, now, "relief_asked", actor=actor.person_id, subject=roster_id, detail=detail)
        await count_change(connection)
    return Changed(shift.shift_id)


async def withdraw_cover_request(ctx: ActionContext, shift_id: str, actor: Actor, now: datetime) -> None:
    """Take the question back while nobody has signed up; raises `RosterRefusedError`."""
    async with ctx.db.write() as connection:
        shift = await shift_for_update(connection, shift_id)
        if shift is None or shift.instead_of is None or shift.instead_of != actor.person_id:
            raise RosterRefusedError("there is no such question of yours")
        if await signed_up(connection, shift_id):
            raise RosterRefusedError("somebody has taken the hours over already")
        await delete_shift(connection, shift_id)
        detail = {"shift": shift_id}
        await write_audit(
            connection, now, "relief_withdrawn", actor=actor.person_id, subject=shift.roster_id, detail=detail
        )
        await count_change(connection)
