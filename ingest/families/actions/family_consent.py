"""Family consent: the resident lets a contact be told, told each morning, or tell an absence; and takes it back.

Written down by whoever heard it, with who said so and by which way. Taking it back needs no reason and counts at once:
what waits to be sent is not sent any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import MAY_OPEN_BY_HAND, sees
from ingest.domain.ledger.absence import LONGEST_NAME, Way
from ingest.families.domain.family import Agreed, FamilyFault
from ingest.families.store.consents import consents_holding, end_consent_at, is_contact_of, put_consent
from ingest.families.store.families import consent_for_update
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.known_people import lives_in
from ingest.store.base.places import home_by_id, lock_homes, path_of


@dataclass(frozen=True, slots=True)
class Consented:
    """It is written."""

    consent_id: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What the resident agreed to for one contact, who said so and how."""

    contact_id: str
    agreed: Agreed
    given_by: str
    way: Way


@again_on_conflict
async def give_consent(
    ctx: ActionContext, home_id: str, wish: Wish, actor: Actor, now: datetime
) -> Consented | FamilyFault:
    """Write it down in the place of what was agreed for this contact before."""
    fault = wish.agreed.fault()
    if fault is not None:
        return fault
    if not wish.given_by.strip() or len(wish.given_by) > LONGEST_NAME:
        return FamilyFault.NOBODY_SAID
    async with ctx.db.write() as connection:
        await lock_homes(connection, [home_id])
        fault = await refused(connection, home_id, actor)
        if fault is not None:
            return fault
        if not await is_contact_of(connection, wish.contact_id, home_id):
            return FamilyFault.UNKNOWN_CONTACT
        for before in await consents_holding(connection, home_id, wish.contact_id):
            await end_consent_at(connection, before, actor.person_id, now)
        consent_id = new_entry_id()
        agreed = wish.agreed
        await put_consent(
            connection,
            consent_id=consent_id,
            home_id=home_id,
            contact_id=wish.contact_id,
            updates=agreed.updates,
            morning=agreed.morning,
            may_tell_away=agreed.may_tell_away,
            morning_by=agreed.morning_by.isoformat("minutes") if agreed.morning and agreed.morning_by else None,
            given_by=wish.given_by.strip(),
            way=wish.way.value,
            given_at=now,
            recorded_by=actor.person_id,
            look_at=now if agreed.updates or agreed.morning else None,
        )
        await _log(connection, home_id, actor, now, event="consent_given", consent_id=consent_id)
    return Consented(consent_id)


@again_on_conflict
async def end_consent(
    ctx: ActionContext, home_id: str, consent_id: str, actor: Actor, now: datetime
) -> FamilyFault | None:
    """Take it back: the resident, the contact themselves, or whoever answers for the place and was told so."""
    async with ctx.db.write() as connection:
        row = await consent_for_update(connection, consent_id)
        if row is None or row["home_id"] != home_id or row["ended_at"] is not None:
            return FamilyFault.OVER
        fault = None if actor.person_id == row["contact_id"] else await refused(connection, home_id, actor)
        if fault is not None:
            return fault
        await end_consent_at(connection, consent_id, actor.person_id, now)
        await _log(connection, home_id, actor, now, event="consent_ended", consent_id=consent_id)
    return None


async def refused(connection: Connection, home_id: str, actor: Actor) -> FamilyFault | None:
    """Return why somebody may not speak for a household; who lives there, or who answers for the place, may."""
    if actor.role is None and actor.person_id is not None:
        return None if await lives_in(connection, actor.person_id, home_id) else FamilyFault.NOT_ALLOWED
    home = await home_by_id(connection, home_id)
    if home is None or not sees(actor, await path_of(connection, home.area_id)):
        return FamilyFault.UNKNOWN_HOME
    return None if actor.role in MAY_OPEN_BY_HAND else FamilyFault.NOT_ALLOWED


async def _log(
    connection: Connection, home_id: str, actor: Actor, now: datetime, *, event: str, consent_id: str
) -> None:
    detail = {"consent": consent_id}
    await write_audit(connection, now, event, actor=actor.person_id, subject=home_id, detail=detail)
    await count_change(connection)
