"""Leave: somebody answers no more, or again. Their history stays; their sessions and links end at once."""

from __future__ import annotations

from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.domain.base.areas import lies_within
from ingest.domain.base.people import Actor
from ingest.places.store.users import path_of_responder, set_active
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change


async def leave(ctx: ActionContext, person_id: str, actor: Actor, now: datetime, *, back: bool = False) -> bool:
    """Let somebody of the actor's subtree leave, or be `back`; return False where that is nobody who answers.

    Nobody lets themselves leave: the last administrator would lock the door from outside.
    """
    async with ctx.db.write() as connection:
        path = await path_of_responder(connection, person_id)
        if path is None or not lies_within(path, actor.area_path) or person_id == actor.person_id:
            return False
        await set_active(connection, person_id, active=back)
        event = "person_back" if back else "person_left"
        await write_audit(connection, now, event, actor=actor.person_id, subject=person_id)
        await count_change(connection)
    return True
