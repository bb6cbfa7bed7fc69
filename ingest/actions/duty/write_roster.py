"""Write a roster: what was agreed for an area, in place of what was agreed before. For who sits at the area's desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.change_roster import RosterRefusedError
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.duty.roster import roster_zone, rotations_of
from ingest.places.actions.load_people import write_rosters
from ingest.places.domain.placefile import RosterEntry
from ingest.store.base.bulk import rows_among
from ingest.store.base.change_counter import count_change
from ingest.store.base.places import path_if_known, path_of
from ingest.store.base.tables import areas, audit_log, people
from ingest.store.duty.tables import rosters


async def write_roster(
    ctx: ActionContext, entry: RosterEntry, actor: Actor, now: datetime, *, dry_run: bool = False
) -> None:
    """Write it; raises `RosterRefusedError`, `RosterError` or `PlaceFileError` and writes nothing.

    An actor of the desk writes rosters of their own areas, with people of these: whoever lives elsewhere belongs to
    another desk.
    """
    roster_zone(entry.id, entry.timezone)
    named = {one for rotation in rotations_of(entry.id, entry.rotations) for turn in rotation.turns for one in turn}
    async with ctx.db.write() as connection:
        await _allowed(connection, entry, actor, named)
        trial = await connection.begin_nested()
        await write_rosters(connection, [entry])
        if dry_run:
            await trial.rollback()
            return
        await connection.execute(
            insert(audit_log).values(
                at=now, actor=actor.person_id, event="roster_written", subject=entry.id, detail_json={}
            )
        )
        await count_change(connection)


async def _allowed(connection: AsyncConnection, entry: RosterEntry, actor: Actor, named: set[str]) -> None:
    path = await path_if_known(connection, entry.area)
    if path is None or not actor.at_desk or not sees(actor, path):
        raise RosterRefusedError(f"there is no area {entry.area!r} of your desk; give one of yours", "area")
    before = select(rosters.c.area_id).where(rosters.c.roster_id == entry.id)
    area_id = (await connection.execute(before)).scalar_one_or_none()
    if area_id is not None and not sees(actor, await path_of(connection, area_id)):
        raise RosterRefusedError("the id belongs to a roster outside your area; give another id", "roster_id")
    query = await rows_among(connection, people.c.person_id, named, people.c.area_id)
    there = {row.area_id for row in query}
    outside = select(areas.c.area_id).where(areas.c.area_id.in_(there))
    foreign = set(
        (await connection.execute(outside.where(~areas.c.path.startswith(actor.area_path, autoescape=True)))).scalars()
    )
    strangers = sorted(row.person_id for row in query if row.area_id in foreign)
    if strangers:
        raise RosterRefusedError(f"{', '.join(strangers)}: of no area of your desk; take them out", "rotations")
