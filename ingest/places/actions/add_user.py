"""Add a user: somebody who can log in, or a new password for one who could already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.passwords import hash_password
from ingest.domain.base.people import Role
from ingest.places.store.users import Rights, add_login, is_person, person_of_login, renew_login
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.places import path_if_known


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
        if await path_if_known(connection, user.area_id) is None:
            raise UserError(f"there is no area {user.area_id!r}: load one first (`linshe-ingest load FILE`)")
        rights = Rights(user.role, user.area_id, stored)
        person_id = await person_of_login(connection, user.login)
        if person_id is not None:
            await renew_login(connection, person_id, rights)
        elif await is_person(connection, user.login):
            raise UserError(f"{user.login!r} is the id of somebody with another login or none: give another login")
        else:
            await add_login(connection, user.login, user.name, user.language, rights)
        detail = {"role": user.role.value, "area": user.area_id}
        await write_audit(connection, now, "user_added", actor=None, subject=person_id or user.login, detail=detail)
    return person_id is None
