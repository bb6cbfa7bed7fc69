"""Telephone numbers of a home in the database: its own, then those of its contacts. Who may see them, others decide."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, contacts, homes, people


@dataclass(frozen=True, slots=True)
class Number:
    """One number; `relation` None is the home's own."""

    name: str
    phone: str
    relation: str | None
    holds_key: bool


@dataclass(frozen=True, slots=True)
class NumbersOfHome:
    """The numbers, the home's own first, then its contacts in their order; and where the home is."""

    area_path: str
    numbers: list[Number]


async def numbers_of_home(connection: Connection, home_id: str) -> NumbersOfHome | None:
    """Return a home's numbers, None where there is no such home."""
    query = select(homes.c.resident, homes.c.label, homes.c.phone, areas.c.path)
    query = query.join_from(homes, areas, homes.c.area_id == areas.c.area_id).where(homes.c.home_id == home_id)
    home = (await connection.execute(query)).one_or_none()
    if home is None:
        return None
    own = [Number(home.resident or home.label, home.phone, None, holds_key=False)] if home.phone else []
    called = (
        select(people.c.name, people.c.phone, contacts.c.relation, contacts.c.holds_key)
        .join_from(contacts, people, contacts.c.person_id == people.c.person_id)
        .where(contacts.c.home_id == home_id, people.c.phone.is_not(None))
        .order_by(contacts.c.position, contacts.c.person_id)
    )
    theirs = [
        Number(row.name, row.phone, row.relation or "", row.holds_key) for row in await connection.execute(called)
    ]
    return NumbersOfHome(home.path, own + theirs)
