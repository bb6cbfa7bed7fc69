"""Plan visits: a district's month is planned, and planned again every night around what people have agreed.

The facts are read first and the plan is written in a short transaction of its own, so that no alarm waits for it; of
two who plan at once the second finds that it has been done.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_visit_id
from ingest.store.base.area_tree import districts, zone_of_district
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.visits.domain.visit_plan import Replanned, month_of, plan_month
from ingest.visits.store.visit_changes import (
    add_visits,
    change_planned,
    drop_planned,
    months_planned,
    planned_at,
    stamp_month,
)
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
        planned = await months_planned(connection, month_of(now.date() - timedelta(days=1)))
        due = []
        for area_id, path in (await districts(connection)).items():
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


async def plan_visits(
    ctx: ActionContext, area_id: str, path: str, month: str, *, today: date, now: datetime
) -> Planned:
    """Plan a district's month, or bring its plan up to date; `today` is the day there."""
    async with ctx.db.read() as connection:
        before = await planned_at(connection, area_id, month)
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
        if await planned_at(connection, *key, lock=True) != before:
            return Planned(done=False)
        if not await stamp_month(connection, *key, now, is_first=before is None):
            return Planned(done=False)
        await add_visits(connection, [(new_visit_id(), visit) for visit in plan.added], key[1], now)
        for visit in plan.changed:
            await change_planned(connection, visit)
        await drop_planned(connection, plan.dropped)
        if plan.added or plan.changed or plan.dropped:
            await count_change(connection)
    return Planned(len(plan.added), len(plan.changed), len(plan.dropped))
