"""People in the database: which of some ids are known, what they are called, and to which area or home they belong."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from ingest.store.base.bulk import rows_among
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, contacts, people, residents


async def active_among(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of them who answer here and have not left."""
    found = await rows_among(connection, people.c.person_id, ids, people.c.active)
    return {row.person_id for row in found if row.active}


async def names_among(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the names of those of them who are known."""
    return {row.person_id: row.name for row in await rows_among(connection, people.c.person_id, ids, people.c.name)}


async def outside_of(connection: Connection, ids: Collection[str], scope: str) -> list[str]:
    """Return those of them who belong to an area outside a subtree, in order."""
    theirs = await rows_among(connection, people.c.person_id, ids, people.c.area_id)
    inside = select(areas.c.area_id).where(areas.c.path.startswith(scope, autoescape=True))
    known = set((await connection.execute(inside)).scalars())
    return sorted(row.person_id for row in theirs if row.area_id not in known)


async def lives_in(connection: Connection, person_id: str, home_id: str) -> bool:
    """Return whether somebody lives in a home."""
    query = select(residents.c.person_id)
    query = query.where(residents.c.person_id == person_id, residents.c.home_id == home_id)
    return (await connection.execute(query)).first() is not None


async def belongs_to(connection: Connection, person_id: str, home_id: str) -> bool:
    """Return whether somebody lives in a home or is one of its contacts."""
    query = select(contacts.c.person_id)
    query = query.where(contacts.c.person_id == person_id, contacts.c.home_id == home_id)
    return await lives_in(connection, person_id, home_id) or (await connection.execute(query)).first() is not None
