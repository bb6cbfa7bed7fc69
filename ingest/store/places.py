"""Places in the database: areas, gateways, homes, the people who answer there, and their plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.areas import Area, Level, paths_upwards
from ingest.domain.people import Actor, Role
from ingest.domain.plan import Plan, PlanError, built_in_plan
from ingest.domain.plan_words import PlanPart, part_of, whole_plan
from ingest.store.tables import areas, gateways, homes, people, plans
from models.flag import Severity


@dataclass(frozen=True, slots=True)
class Home:
    """What an action must know of a home."""

    home_id: str
    area_id: str
    gateway_id: str | None
    label: str


async def lock_homes(connection: AsyncConnection, home_ids: Sequence[str]) -> None:
    """Let nobody else decide about these homes until the transaction ends. Give them sorted."""
    if home_ids:
        query = select(homes.c.home_id).where(homes.c.home_id.in_(home_ids)).order_by(homes.c.home_id)
        await connection.execute(query.with_for_update(key_share=True))


async def home_by_id(connection: AsyncConnection, home_id: str) -> Home | None:
    """Return the home."""
    query = select(homes.c.home_id, homes.c.area_id, homes.c.gateway_id, homes.c.label)
    query = query.where(homes.c.home_id == home_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Home(*row)


async def area_of_gateway(connection: AsyncConnection, gateway_id: str) -> str | None:
    """Return the area id a gateway stands in."""
    query = select(gateways.c.area_id).where(gateways.c.gateway_id == gateway_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def generations(connection: AsyncConnection, gateway_ids: Sequence[str]) -> dict[str, int]:
    """Return the key generation of each gateway that is known."""
    query = select(gateways.c.gateway_id, gateways.c.key_generation).where(gateways.c.gateway_id.in_(gateway_ids))
    return {row.gateway_id: row.key_generation for row in await connection.execute(query)}


async def chain_of(connection: AsyncConnection, area_id: str) -> list[Area]:
    """Return the area and all above it, its own first."""
    path = await path_of(connection, area_id)
    query = select(areas.c.area_id, areas.c.parent_id, areas.c.level, areas.c.path)
    rows = await connection.execute(query.where(areas.c.path.in_(paths_upwards(path))))
    chain = [Area(row.area_id, row.parent_id, Level(row.level), row.path) for row in rows]
    return sorted(chain, key=lambda area: len(area.path), reverse=True)


async def path_of(connection: AsyncConnection, area_id: str) -> str:
    """Return the path of an area that exists."""
    path: str = (await connection.execute(select(areas.c.path).where(areas.c.area_id == area_id))).scalar_one()
    return path


async def path_if_known(connection: AsyncConnection, area_id: str) -> str | None:
    """Return the path of an area, None if there is none."""
    return (await connection.execute(select(areas.c.path).where(areas.c.area_id == area_id))).scalar_one_or_none()


async def actor_by_id(connection: AsyncConnection, person_id: str) -> Actor | None:
    """Return an active person as one who acts, or None."""
    query = select(people.c.role, areas.c.path).join(areas, areas.c.area_id == people.c.area_id)
    row = (await connection.execute(query.where(people.c.person_id == person_id, people.c.active))).one_or_none()
    return None if row is None else Actor(person_id, Role(row.role), row.path)


async def plan_for(connection: AsyncConnection, chain: Sequence[Area], severity: Severity) -> Plan:
    """Return the plan of the nearest area that has one for this severity, or the built-in one."""
    query = select(plans.c.plan_id, plans.c.area_id, plans.c.severities).order_by(plans.c.plan_id)
    rows = (await connection.execute(query.where(plans.c.area_id.in_([area.area_id for area in chain])))).all()
    for area in chain:
        for row in rows:
            if row.area_id == area.area_id and severity.value in row.severities:
                return await _whole_plan(connection, row.plan_id) or built_in_plan(severity)
    return built_in_plan(severity)


async def plan_parts(connection: AsyncConnection) -> dict[str, PlanPart]:
    """Return every plan as it is written down; raises `PlanError`."""
    query = select(plans.c.plan_id, plans.c.steps_json, plans.c.quiet_json, plans.c.then_plan)
    return {
        row.plan_id: part_of(row.plan_id, row.steps_json, row.quiet_json, row.then_plan)
        for row in await connection.execute(query)
    }


async def _whole_plan(connection: AsyncConnection, plan_id: str) -> Plan | None:
    try:
        return whole_plan(plan_id, await plan_parts(connection))
    except PlanError:
        # plans are checked when they are loaded; an alarm does not wait for one that somebody broke by hand
        return None
