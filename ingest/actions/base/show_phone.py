"""Show a home's telephone numbers to somebody who answers for it, and write down who has seen them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.store.base.tables import areas, audit_log, contacts, homes, people

PHONE_SHOWN = "phone_shown"


@dataclass(frozen=True, slots=True)
class Number:
    """One number; `relation` None is the home's own."""

    name: str
    phone: str
    relation: str | None
    holds_key: bool


async def show_phone(ctx: ActionContext, home_id: str, actor: Actor, now: datetime) -> list[Number] | None:
    """Return the numbers, the home's own first, then its contacts in their order; None where the actor has no right."""
    if actor.person_id is None or actor.role not in MAY_OPEN_BY_HAND:
        return None
    async with ctx.db.write() as connection:
        query = select(homes.c.resident, homes.c.label, homes.c.phone, areas.c.path)
        query = query.join_from(homes, areas, homes.c.area_id == areas.c.area_id).where(homes.c.home_id == home_id)
        home = (await connection.execute(query)).one_or_none()
        if home is None or not sees(actor, home.path):
            return None
        row = {"at": now, "actor": actor.person_id, "event": PHONE_SHOWN, "subject": home_id}
        await connection.execute(insert(audit_log).values(**row, detail_json={}))
        own = [Number(home.resident or home.label, home.phone, None, holds_key=False)] if home.phone else []
        return own + await _contacts(connection, home_id)


async def _contacts(connection: AsyncConnection, home_id: str) -> list[Number]:
    query = (
        select(people.c.name, people.c.phone, contacts.c.relation, contacts.c.holds_key)
        .join_from(contacts, people, contacts.c.person_id == people.c.person_id)
        .where(contacts.c.home_id == home_id, people.c.phone.is_not(None))
        .order_by(contacts.c.position, contacts.c.person_id)
    )
    return [Number(row.name, row.phone, row.relation or "", row.holds_key) for row in await connection.execute(query)]
