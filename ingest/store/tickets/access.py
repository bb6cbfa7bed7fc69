"""How to get in: a home's access notes and who holds its key. Only `actions.show_access` may ask."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import contacts, people, residents


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Somebody who has a key."""

    name: str
    relation: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Access:
    """What is known of getting in; both may be empty."""

    notes: tuple[str, ...]
    key_holders: tuple[KeyHolder, ...]


async def access_to(connection: AsyncConnection, home_id: str) -> Access:
    """Return what is written down about getting into a home."""
    noted = select(residents.c.access_notes).where(residents.c.home_id == home_id).order_by(residents.c.person_id)
    notes = [note for note in (await connection.execute(noted)).scalars() if note]
    holders = (
        select(people.c.name, contacts.c.relation, people.c.phone)
        .join_from(contacts, people, people.c.person_id == contacts.c.person_id)
        .where(contacts.c.home_id == home_id, contacts.c.holds_key)
        .order_by(contacts.c.position, people.c.name)
    )
    return Access(tuple(notes), tuple(KeyHolder(*row) for row in await connection.execute(holders)))
