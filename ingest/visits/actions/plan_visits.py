"""Plan visits: a district's month is planned, and planned again every night around what people have agreed.

The facts are read first and the plan is written in a short transaction of its own, so that no alarm waits for it; of
two who plan at once the second finds that it has been done.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_visit_id
from ingest.domain.base.areas import Level
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import upsert
from ingest.store.base.tables import areas, homes
from ingest.visits.domain.visit_plan import Replanned, Visit, month_of, plan_month
from ingest.visits.store.tables import visit_months, visits
from ingest.visits.store.visits import facts_of_homes, standing_visits, visitors_in, who_visited

KNOWN_FOR = timedelta(days=200)
"""A face is known so long."""
AGAIN_AFTER = timedelta(hours=12)
NIGHT_BEGINS, NIGHT_ENDS = 3, 6
"""Hours of the place in which plans are brought up to date."""
NEXT_FROM = 24
"""From this day of the month on the next month is planned as well."""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many visits were added, changed and dropped; `done` False: somebody else has just planned the same."""

    added: int = 0
    changed: int = 0
    dropped: int = 0
    done: bool = True


async def look_after_visits(ctx: ActionContext, now: datetime) -> int:
    """Plan every district's month (and the next one in time) where that was last done before tonight."""
    async with ctx.db.read() as connection:
        query = select(areas.c.area_id, areas.c.path).where(areas.c.level == Level.DISTRICT.value)
        districts = (await connection.execute(query)).all()
        planned = {
            (row.area_id, row.month): row.planned_at
            for row in await connection.execute(
                select(visit_months).where(visit_months.c.month >= month_of(now.date() - timedelta(days=1)))
            )
        }
        due = []
        for area_id, path in districts:
            fresh = [month for (area, month), at in planned.items() if area == area_id and now - at < AGAIN_AFTER]
            zone = await zone_of_district(connection, path) if not _is_calm(fresh, now) else None
            if zone is not None:
                local = now.astimezone(zone)
                due += [
                    (area_id, path, month, local.date())
                    for month in _months_of(local.date())
                    if month not in fresh
                    and ((area_id, month) not in planned or NIGHT_BEGINS <= local.hour < NIGHT_ENDS)
                ]
    for area_id, path, month, today in due:
        await plan_visits(ctx, area_id, path, month, today=today, now=now)
    return len(due)


def _is_calm(fresh: list[str], now: datetime) -> bool:
    """Whether both months that can matter anywhere on earth now have just been planned: the cheap look."""
    days = (now.date() - timedelta(days=1), now.date() + timedelta(days=1))
    return {month for day in days for month in _months_of(day)} <= set(fresh)


def _months_of(today: date) -> list[str]:
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return [month_of(today), *([month_of(following)] if today.day >= NEXT_FROM else [])]


async def zone_of_district(connection: AsyncConnection, path: str) -> ZoneInfo | None:
    """Return the zone that a district's homes keep; None where it has no home."""
    query = select(homes.c.timezone).join(areas, homes.c.area_id == areas.c.area_id)
    name = (await connection.execute(query.where(areas.c.path.startswith(path, autoescape=True)).limit(1))).scalar()
    return None if name is None else ZoneInfo(name)


async def plan_visits(
    ctx: ActionContext, area_id: str, path: str, month: str, *, today: date, now: datetime
) -> Planned:
    """Plan a district's month, or bring its plan up to date; `today` is the day there."""
    async with ctx.db.read() as connection:
        before = await _planned_at(connection, area_id, month)
        facts = await facts_of_homes(connection, path, today, now)
        visitors = await visitors_in(connection, path)
        standing = await standing_visits(connection, path, month)
        known = await who_visited(connection, path, now - KNOWN_FOR)
    # thousands of homes are a second's thought: not in the loop that alarms come through
    plan = await asyncio.to_thread(plan_month, month, today, facts, visitors, standing=standing, known=known)
    return await _write(ctx, (area_id, month), before, plan, now)


@again_on_conflict
async def _write(
    ctx: ActionContext, key: tuple[str, str], before: datetime | None, plan: Replanned, now: datetime
) -> Planned:
    async with ctx.db.write() as connection:
        if await _planned_at(connection, *key, lock=True) != before:
            return Planned(done=False)
        stamp = upsert(connection, visit_months).values(area_id=key[0], month=key[1], planned_at=now)
        if before is None:
            # of two first planners the second writes no row, and then no plan either
            done = await connection.execute(stamp.on_conflict_do_nothing(index_elements=["area_id", "month"]))
            if done.rowcount == 0:
                return Planned(done=False)
        else:
            await connection.execute(
                stamp.on_conflict_do_update(index_elements=["area_id", "month"], set_={"planned_at": now})
            )
        if plan.added:
            await connection.execute(insert(visits), [_row(visit, key[1], now) for visit in plan.added])
        loose = visits.c.done_at.is_(None)
        for visit in plan.changed:
            values: dict[str, object] = _people_and_reasons(visit)
            if not visit.agreed:
                values |= {"agreed_for": None, "agreed_by": None}
            await connection.execute(update(visits).where(visits.c.visit_id == visit.visit_id, loose).values(values))
        for start in range(0, len(plan.dropped), 500):
            some = plan.dropped[start : start + 500]
            nobody = visits.c.agreed_for.is_(None) & (visits.c.tries == 0)
            await connection.execute(delete(visits).where(visits.c.visit_id.in_(some), loose, nobody))
        if plan.added or plan.changed or plan.dropped:
            await count_change(connection)
    return Planned(len(plan.added), len(plan.changed), len(plan.dropped))


async def _planned_at(connection: AsyncConnection, area_id: str, month: str, *, lock: bool = False) -> datetime | None:
    query = select(visit_months.c.planned_at)
    query = query.where(visit_months.c.area_id == area_id, visit_months.c.month == month)
    found: datetime | None = (await connection.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    return found


def _row(visit: Visit, month: str, now: datetime) -> dict[str, object]:
    return {
        "visit_id": new_visit_id(),
        "home_id": visit.home_id,
        "month": month,
        "due_on": visit.due_on.isoformat(),
        "planned_at": now,
        "tries": 0,
        **_people_and_reasons(visit),
    }


def _people_and_reasons(visit: Visit) -> dict[str, object]:
    return {
        "worker": visit.worker,
        "volunteer": visit.volunteer,
        "points": visit.points,
        "reasons": [reason.value for reason in visit.reasons],
    }
