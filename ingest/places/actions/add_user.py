"""Add a user: somebody who can log in, or a new password for one who could already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from ingest.actions.base.context import ActionContext
from ingest.actions.base.passwords import hash_password
from ingest.domain.base.people import Role
from ingest.store.base.tables import areas, audit_log, people, sessions


class UserError(ValueError):
    """The user can not be added; the message says why."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is needed."""

    login: str
    role: Role
    area_id: str
    name: str
    language: str = "zh"


async def add_user(ctx: ActionContext, user: NewUser, password: str, now: datetime) -> bool:
    """Write the user; return False if the login was there already and now has this password, role and area.

    Whoever was logged in under the login is logged out. Raises `UserError` and `WeakPasswordError`.
    """
    if not user.login.strip():
        raise UserError("the login is empty")
    stored = await hash_password(password)
    async with ctx.db.write() as connection:
        known = select(areas.c.area_id).where(areas.c.area_id == user.area_id)
        if (await connection.execute(known)).first() is None:
            raise UserError(f"there is no area {user.area_id!r}: load one first (`linshe-ingest load FILE`)")
        row = {"role": user.role.value, "area_id": user.area_id, "password_hash": stored, "active": True}
        query = select(people.c.person_id).where(people.c.login == user.login)
        person_id = (await connection.execute(query)).scalar_one_or_none()
        if person_id is None:
            new = {**row, "person_id": user.login, "login": user.login, "name": user.name, "language": user.language}
            taken = select(people.c.person_id).where(people.c.person_id == user.login)
            if (await connection.execute(taken)).first() is not None:
                raise UserError(f"{user.login!r} is the id of somebody with another login or none: give another login")
            await connection.execute(insert(people).values(new))
        else:
            await connection.execute(update(people).where(people.c.person_id == person_id).values(row))
            await connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
        detail = {"role": user.role.value, "area": user.area_id}
        subject = person_id or user.login
        await connection.execute(
            insert(audit_log).values(at=now, actor=None, event="user_added", subject=subject, detail_json=detail)
        )
    return person_id is None
