"""Show a home's telephone numbers to somebody who answers for it, and write down who has seen them."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.phone_numbers import Number, numbers_of_home

PHONE_SHOWN = "phone_shown"


async def show_phone(ctx: ActionContext, home_id: str, actor: Actor, now: datetime) -> list[Number] | None:
    """Return the numbers, the home's own first, then its contacts in their order; None where the actor has no right."""
    if actor.person_id is None or actor.role not in MAY_OPEN_BY_HAND:
        return None
    async with ctx.db.write() as connection:
        found = await numbers_of_home(connection, home_id)
        if found is None or not sees(actor, found.area_path):
            return None
        await write_audit(connection, now, PHONE_SHOWN, actor=actor.person_id, subject=home_id)
        return found.numbers
