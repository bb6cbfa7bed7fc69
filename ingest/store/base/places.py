"""Places in the database: areas, gateways, homes, and the people who answer there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.domain.base.areas import Area, Level
from ingest.domain.base.people import Actor, Role
from ingest.store.base.read_cache import keep, recalled
from ingest.store.base.tables import areas, gateways, homes, people


@dataclass(frozen=True, slots=True)
class Home:
    """What an action must know of a home."""

    home_id: str
    area_id: str
    gateway_id: str | None
    label: str


_HOME = select(homes.c.home_id, homes.c.area_id, homes.c.gateway_id, homes.c.label)


async def lock_homes(connection: AsyncConnection, home_ids: Sequence[str]) -> None:
    """Let nobody else decide about these homes until the transaction ends. Give them sorted."""
    if not home_ids:
        return
    query = _HOME.where(homes.c.home_id.in_(home_ids)).order_by(homes.c.home_id)
    found = {row.home_id: Home(*row) for row in await connection.execute(query.with_for_update(key_share=True))}
    for home_id in home_ids:
        keep(connection, ("home", home_id), found.get(home_id))


async def home_by_id(connection: AsyncConnection, home_id: str) -> Home | None:
    """Return the home."""

    async def read() -> Home | None:
        row = (await connection.execute(_HOME.where(homes.c.home_id == home_id))).one_or_none()
        return None if row is None else Home(*row)

    return await recalled(connection, ("home", home_id), read)


async def zone_of_home(connection: AsyncConnection, home_id: str) -> ZoneInfo:
    """Return the zone of a home that exists."""
    query = select(homes.c.timezone).where(homes.c.home_id == home_id)
    return ZoneInfo((await connection.execute(query)).scalar_one())


async def way_to(connection: AsyncConnection, home_id: str | None) -> str | None:
    """Return how to find a home's door, where somebody wrote it down."""
    return (await connection.execute(select(homes.c.way).where(homes.c.home_id == home_id))).scalar_one_or_none()


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

    async def read() -> list[Area]:
        columns = (areas.c.area_id, areas.c.parent_id, areas.c.level, areas.c.path)
        up = select(*columns).where(areas.c.area_id == area_id).cte(recursive=True)
        up = up.union_all(select(*columns).join(up, areas.c.area_id == up.c.parent_id))
        rows = await connection.execute(select(up))
        chain = [Area(row.area_id, row.parent_id, Level(row.level), row.path) for row in rows]
        return sorted(chain, key=lambda area: len(area.path), reverse=True)

    return await recalled(connection, ("chain", area_id), read)


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
