"""Sign off: an installer says that a home's devices are in order, with what was not passed at that time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.domain.base.people import Actor
from ingest.places.domain.commissioning import LONGEST_NOTE, InstallStep
from ingest.places.store.installs import SIGNED_OFF, served_home
from ingest.store.base.audit_trail import write_audit


@dataclass(frozen=True, slots=True)
class SignOffNote:
    """The steps that are not passed, and whatever else there is to say."""

    lacking: tuple[InstallStep, ...]
    note: str


async def sign_off(ctx: ActionContext, home_id: str, told: SignOffNote, actor: Actor, now: datetime) -> bool:
    """Write it down; return False for a home outside the actor's area."""
    detail = {"lacking": [step.value for step in told.lacking], "note": told.note[:LONGEST_NOTE]}
    async with ctx.db.write() as connection:
        if await served_home(connection, home_id, actor.area_path) is None:
            return False
        await write_audit(connection, now, SIGNED_OFF, actor=actor.person_id, subject=home_id, detail=detail)
    return True
