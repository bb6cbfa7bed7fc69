"""Users in the database: who can log in, and who answers no more."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update

from ingest.domain.base.people import Role
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, contacts, people, residents, sessions


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody who logs in may see, and with what."""

    role: Role
    area_id: str
    password_hash: str


async def person_of_login(connection: Connection, login: str) -> str | None:
    """Return whose login it is."""
    return (await connection.execute(select(people.c.person_id).where(people.c.login == login))).scalar_one_or_none()


async def is_person(connection: Connection, person_id: str) -> bool:
    """Return whether the id is somebody's."""
    query = select(people.c.person_id).where(people.c.person_id == person_id)
    return (await connection.execute(query)).first() is not None


async def add_login(connection: Connection, login: str, name: str, language: str, rights: Rights) -> None:
    """Write somebody new, whose id is their login."""
    row = {"person_id": login, "login": login, "name": name, "language": language, **_columns(rights)}
    await connection.execute(insert(people).values(row))


async def renew_login(connection: Connection, person_id: str, rights: Rights) -> None:
    """Give somebody another password, role and area, and end their sessions."""
    await connection.execute(update(people).where(people.c.person_id == person_id).values(_columns(rights)))
    await connection.execute(delete(sessions).where(sessions.c.person_id == person_id))


def _columns(rights: Rights) -> dict[str, object]:
    return {**asdict(rights), "role": rights.role.value, "active": True}


async def path_of_responder(connection: Connection, person_id: str) -> str | None:
    """Return the area path of somebody who answers or has answered; None for residents, contacts and strangers."""
    told = select(residents.c.person_id).union(select(contacts.c.person_id))
    query = (
        select(areas.c.path)
        .join_from(people, areas, areas.c.area_id == people.c.area_id)
        .where(people.c.person_id == person_id, people.c.person_id.not_in(told))
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def set_active(connection: Connection, person_id: str, *, active: bool) -> None:
    """Let somebody answer, or no more; their sessions end."""
    await connection.execute(update(people).where(people.c.person_id == person_id).values(active=active))
    await connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
