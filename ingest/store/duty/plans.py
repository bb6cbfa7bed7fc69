"""Plans in the database: which plan of escalation a place has for a severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import Area
from ingest.domain.duty.plan import Plan, PlanError, built_in_plan
from ingest.domain.duty.plan_documents import PlanPart, part_of, whole_plan
from ingest.store.base.read_cache import recalled
from ingest.store.duty.tables import plans
from models.flag import Severity


async def plan_for(connection: AsyncConnection, chain: Sequence[Area], severity: Severity) -> Plan:
    """Return the plan of the nearest area that has one for this severity, or the built-in one."""

    async def read() -> Plan:
        query = select(plans).where(plans.c.area_id.in_([area.area_id for area in chain])).order_by(plans.c.plan_id)
        rows = (await connection.execute(query)).all()
        for area in chain:
            for row in rows:
                if row.area_id == area.area_id and severity.value in row.severities:
                    # only a plan that goes on with another one needs to know of all of them
                    needed = (await connection.execute(select(plans))).all() if row.then_plan else [row]
                    return _whole_plan(row.plan_id, needed) or built_in_plan(severity)
        return built_in_plan(severity)

    return await recalled(connection, ("plan", tuple(area.area_id for area in chain), severity), read)


async def plan_parts(connection: AsyncConnection) -> dict[str, PlanPart]:
    """Return every plan as it is written down; raises `PlanError`."""
    return _parts(await connection.execute(select(plans)))


def _parts(rows: Iterable[Row[Any]]) -> dict[str, PlanPart]:
    return {row.plan_id: part_of(row.plan_id, row.steps_json, row.quiet_json, row.then_plan) for row in rows}


def _whole_plan(plan_id: str, rows: Iterable[Row[Any]]) -> Plan | None:
    try:
        return whole_plan(plan_id, _parts(rows))
    except PlanError:
        # plans are checked when they are loaded; an alarm does not wait for one that somebody broke by hand
        return None
