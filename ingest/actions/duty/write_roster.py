"""Write a roster: what was agreed for an area, in place of what was agreed before. For who sits at the area's desk."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.change_roster import RosterRefusedError
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.duty.roster import AgreedRoster
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.base.known_people import outside_of
from ingest.store.base.places import path_if_known, path_of
from ingest.store.duty.roster_changes import area_of_roster
from ingest.store.duty.rosters import put_rosters


async def write_roster(
    ctx: ActionContext, agreed: AgreedRoster, actor: Actor, now: datetime, *, dry_run: bool = False
) -> None:
    """Write it; raises `RosterRefusedError` or `RosterError` and writes nothing.

    An actor of the desk writes rosters of their own areas, with people of these: whoever lives elsewhere belongs to
    another desk.
    """
    async with ctx.db.write() as connection:
        await _allowed(connection, agreed, actor)
        trial = await connection.begin_nested()
        await put_rosters(connection, [agreed])
        if dry_run:
            await trial.rollback()
            return
        await write_audit(connection, now, "roster_written", actor=actor.person_id, subject=agreed.roster_id)
        await count_change(connection)


async def _allowed(connection: Connection, agreed: AgreedRoster, actor: Actor) -> None:
    path = await path_if_known(connection, agreed.area_id)
    if path is None or not actor.at_desk or not sees(actor, path):
        raise RosterRefusedError(f"there is no area {agreed.area_id!r} of your desk; give one of yours", "area")
    area_id = await area_of_roster(connection, agreed.roster_id)
    if area_id is not None and not sees(actor, await path_of(connection, area_id)):
        raise RosterRefusedError("the id belongs to a roster outside your area; give another id", "roster_id")
    strangers = await outside_of(connection, agreed.everybody(), actor.area_path)
    if strangers:
        raise RosterRefusedError(f"{', '.join(strangers)}: of no area of your desk; take them out", "rotations")
