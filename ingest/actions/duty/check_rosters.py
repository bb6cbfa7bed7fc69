"""Check rosters: every stretch of the days to come in which nobody would answer, and who is on call at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Kind
from ingest.domain.duty.coverage import CoverageGap, coverage_gaps_of
from ingest.domain.duty.oncall import on_call_at
from ingest.store.base.area_tree import areas_below, areas_with_homes
from ingest.store.duty.responders import responders_within
from ingest.store.duty.rosters import calendar_of, rosters_of

AHEAD = timedelta(days=30)
_RESPONDERS = frozenset(Kind) - {Kind.RESIDENT, Kind.CONTACT}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `years_unknown` are years whose holidays nobody has loaded: their shifts follow weekends only."""

    gaps: list[CoverageGap]
    areas: int
    rosters: int
    years_unknown: list[int]


async def check_rosters(ctx: ActionContext, scope: str, now: datetime, ahead: timedelta = AHEAD) -> Checked:
    """Return the gaps from `now` on at every area of the subtree that has homes, from the district down.

    Where there is nobody to ask for, nobody need be on call.
    """
    within = (now, now + ahead)
    async with ctx.db.read() as connection:
        places = await areas_with_homes(connection, scope)
        rosters = await rosters_of(connection, [area.area_id for area in places], within)
        calendar = await calendar_of(connection)
        people = [one for one in await responders_within(connection, "/") if one.kind in _RESPONDERS]
    reachable = {one.person_id for one in people if one.channels}
    staffed = {
        area_id
        for one in people
        if one.person_id in reachable
        for area_id in (one.area_id, one.station_area, *one.serves)
    }
    found: list[CoverageGap] = []
    for area in places:
        own = [roster for roster in rosters if roster.area_id == area.area_id]
        found += coverage_gaps_of(
            area.area_id, area.level, own, calendar, reachable, anybody=area.area_id in staffed, within=within
        )
    years = {within[0].year, within[1].year} if rosters else set()
    unknown = sorted(year for year in years if not calendar.knows(date(year, 1, 1)))
    return Checked(found, len(places), len(rosters), unknown)


async def on_call_now(ctx: ActionContext, scope: str, now: datetime) -> dict[str, list[str]]:
    """Return area → ids of who is on call at `now`, for every area of the subtree that has a roster."""
    within = (now, now + timedelta(seconds=1))
    async with ctx.db.read() as connection:
        places = await areas_below(connection, scope)
        rosters = await rosters_of(connection, [area.area_id for area in places], within)
        calendar = await calendar_of(connection)
    return {
        area.area_id: sorted(on_call_at(own, calendar, now))
        for area in places
        if (own := [roster for roster in rosters if roster.area_id == area.area_id])
    }
