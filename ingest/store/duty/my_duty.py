"""One person's duty in the database: when they are on call, and the shifts they can sign up for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import paths_upwards
from ingest.domain.base.spans import Span, merged
from ingest.domain.duty.oncall import duty_of
from ingest.store.base.tables import areas, people, stations
from ingest.store.duty.rosters import calendar_of, rosters_of
from ingest.store.duty.tables import open_shifts, responder_areas, responders, rosters, shift_signups


@dataclass(frozen=True, slots=True)
class MyShift:
    """A stretch of somebody's duty; `asked`: the question by which they want to be relieved of it."""

    roster_id: str
    roster_name: str
    starts: datetime
    ends: datetime
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class ShiftOffer:
    """A shift that people can sign up for; `instead_of`: the name of who wants to be relieved."""

    shift_id: str
    roster_name: str
    starts: datetime
    ends: datetime
    free: int
    is_mine: bool
    instead_of: str | None


async def shifts_of(connection: AsyncConnection, person_id: str, scope: str, within: Span) -> list[MyShift]:
    """Return when somebody is on call in the rosters of their district, in order."""
    district = paths_upwards(scope)[-1]
    query = select(rosters.c.area_id, rosters.c.roster_id, rosters.c.name)
    query = query.join(areas, areas.c.area_id == rosters.c.area_id)
    rows = (await connection.execute(query.where(areas.c.path.startswith(district, autoescape=True)))).all()
    names = {row.roster_id: row.name for row in rows}
    calendar = await calendar_of(connection)
    asked = await _asked_by(connection, person_id)
    found = [
        MyShift(one.roster_id, names[one.roster_id], start, end, asked.get((one.roster_id, start, end)))
        for one in await rosters_of(connection, sorted({row.area_id for row in rows}), within)
        if person_id in one.everybody()
        for start, end in duty_of(one, calendar, within).get(person_id, [])
    ]
    return sorted(found, key=lambda shift: (shift.starts, shift.roster_id))


async def _asked_by(connection: AsyncConnection, person_id: str) -> dict[tuple[str, datetime, datetime], str]:
    query = (
        select(open_shifts)
        .outerjoin(shift_signups, shift_signups.c.shift_id == open_shifts.c.shift_id)
        .where(open_shifts.c.instead_of == person_id, shift_signups.c.person_id.is_(None))
    )
    return {(row.roster_id, row.starts, row.ends): row.shift_id for row in await connection.execute(query)}


async def offers_for(connection: AsyncConnection, person_id: str, scope: str, now: datetime) -> list[ShiftOffer]:
    """Return the shifts still to end, of the areas somebody lives, works or serves in and of those around them."""
    own = select(stations.c.area_id).join(responders, responders.c.station_id == stations.c.station_id)
    own = own.where(responders.c.person_id == person_id)
    served = select(responder_areas.c.area_id).where(responder_areas.c.person_id == person_id)
    asker = people.alias("asker")
    query = (
        select(open_shifts, rosters.c.name, asker.c.name.label("asker_name"))
        .join_from(open_shifts, rosters, open_shifts.c.roster_id == rosters.c.roster_id)
        .join(areas, areas.c.area_id == rosters.c.area_id)
        .outerjoin(asker, asker.c.person_id == open_shifts.c.instead_of)
        .where(
            open_shifts.c.ends > now,
            or_(areas.c.path.in_(paths_upwards(scope)), areas.c.area_id.in_(own), areas.c.area_id.in_(served)),
            or_(open_shifts.c.instead_of.is_(None), open_shifts.c.instead_of != person_id),
        )
        .order_by(open_shifts.c.starts, open_shifts.c.shift_id)
    )
    signed: dict[str, set[str]] = {}
    for shift_id, who in await connection.execute(select(shift_signups.c.shift_id, shift_signups.c.person_id)):
        signed.setdefault(shift_id, set()).add(who)
    offers = [
        ShiftOffer(
            row.shift_id,
            row.name,
            row.starts,
            row.ends,
            row.places - len(signed.get(row.shift_id, ())),
            person_id in signed.get(row.shift_id, ()),
            row.asker_name,
        )
        for row in await connection.execute(query)
    ]
    return [offer for offer in offers if offer.free > 0 or offer.is_mine]


async def minutes_on_call(connection: AsyncConnection, person_id: str, scope: str, within: Span) -> int:
    """Return how many minutes somebody was on call in a stretch, hours of two rosters at once counted once."""
    spans = [(shift.starts, shift.ends) for shift in await shifts_of(connection, person_id, scope, within)]
    return int(sum((end - start).total_seconds() for start, end in merged(spans)) // 60)
