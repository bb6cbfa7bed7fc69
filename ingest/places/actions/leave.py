"""Leave: somebody answers no more, or again. Their history stays; their sessions and links end at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from ingest.actions.base.context import ActionContext
from ingest.domain.base.areas import lies_within
from ingest.domain.base.people import Actor
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import areas, audit_log, contacts, people, residents, sessions


async def leave(ctx: ActionContext, person_id: str, actor: Actor, now: datetime, *, back: bool = False) -> bool:
    """Let somebody of the actor's subtree leave, or be `back`; return False where that is nobody who answers.

    Nobody lets themselves leave: the last administrator would lock the door from outside.
    """
    told = select(residents.c.person_id).union(select(contacts.c.person_id))
    query = (
        select(areas.c.path)
        .join_from(people, areas, areas.c.area_id == people.c.area_id)
        .where(people.c.person_id == person_id, people.c.person_id.not_in(told))
    )
    async with ctx.db.write() as connection:
        path = (await connection.execute(query)).scalar_one_or_none()
        if path is None or not lies_within(path, actor.area_path) or person_id == actor.person_id:
            return False
        await connection.execute(update(people).where(people.c.person_id == person_id).values(active=back))
        await connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
        event = "person_back" if back else "person_left"
        row: dict[str, Any] = {
            "at": now,
            "actor": actor.person_id,
            "event": event,
            "subject": person_id,
            "detail_json": {},
        }
        await connection.execute(insert(audit_log).values(row))
        await count_change(connection)
    return True
