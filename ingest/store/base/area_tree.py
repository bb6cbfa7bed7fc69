"""The tree of areas in the database: what lies below an area, which of it has homes, what clock a district keeps."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from ingest.domain.base.areas import UPWARDS, Area, Level, paths_upwards
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, homes


async def areas_below(connection: Connection, scope: str) -> list[Area]:
    """Return the areas of a subtree, the widest first."""
    query = select(areas.c.area_id, areas.c.parent_id, areas.c.level, areas.c.path)
    rows = await connection.execute(query.where(areas.c.path.startswith(scope, autoescape=True)))
    found = [Area(row.area_id, row.parent_id, Level(row.level), row.path) for row in rows]
    return sorted(found, key=lambda area: (-UPWARDS.index(area.level), area.path))


async def areas_with_homes(connection: Connection, scope: str) -> list[Area]:
    """Return the areas of a subtree that have a home somewhere below them, the widest first."""
    lived_in = select(areas.c.path).where(exists().where(homes.c.area_id == areas.c.area_id))
    paths = (await connection.execute(lived_in)).scalars()
    needed = {above for path in paths for above in paths_upwards(path)}
    return [area for area in await areas_below(connection, scope) if area.path in needed]


async def districts(connection: Connection) -> dict[str, str]:
    """Return area → path of every district."""
    query = select(areas.c.area_id, areas.c.path).where(areas.c.level == Level.DISTRICT.value)
    return {row.area_id: row.path for row in await connection.execute(query)}


async def zone_of_district(connection: Connection, path: str) -> ZoneInfo | None:
    """Return the zone that a district's homes keep; None where it has no home."""
    query = select(homes.c.timezone).join(areas, homes.c.area_id == areas.c.area_id)
    name = (await connection.execute(query.where(areas.c.path.startswith(path, autoescape=True)).limit(1))).scalar()
    return None if name is None else ZoneInfo(name)
