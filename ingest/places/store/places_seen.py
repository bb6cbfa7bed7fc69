"""Places as an administrator sees them: how much stands in each area, and who has left. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, contacts, gateways, homes, people, residents, stations


@dataclass(frozen=True, slots=True)
class Below:
    """What stands in an area and below it."""

    homes: int = 0
    people: int = 0
    gateways: int = 0
    stations: int = 0


async def counts_below(connection: AsyncConnection, scope: str) -> dict[str, Below]:
    """Return path → what stands there and below, for the areas of a subtree."""
    here = areas.c.path.startswith(scope, autoescape=True)
    paths = list((await connection.execute(select(areas.c.path).where(here))).scalars())
    found: dict[str, dict[str, int]] = {path: {} for path in paths}
    for name, table in (("homes", homes), ("people", people), ("gateways", gateways), ("stations", stations)):
        query = select(areas.c.path, func.count()).join_from(table, areas, areas.c.area_id == table.c.area_id)
        if name == "people":
            query = query.where(people.c.active)
        for path, count in await connection.execute(query.where(here).group_by(areas.c.path)):
            for above in _upwards(path):
                if above in found:
                    found[above][name] = found[above].get(name, 0) + count
    return {path: Below(**counts) for path, counts in found.items()}


async def people_gone(connection: AsyncConnection, scope: str) -> list[tuple[str, str]]:
    """Return (id, name) of who answered once and has left."""
    told = select(residents.c.person_id).union(select(contacts.c.person_id))
    query = (
        select(people.c.person_id, people.c.name)
        .join_from(people, areas, people.c.area_id == areas.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), ~people.c.active, people.c.person_id.not_in(told))
        .order_by(people.c.name)
    )
    return [(row.person_id, row.name) for row in await connection.execute(query)]


def _upwards(path: str) -> list[str]:
    ids = path.strip("/").split("/")
    return ["/" + "/".join(ids[: end + 1]) + "/" for end in range(len(ids))]
