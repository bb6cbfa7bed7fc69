"""House links: the signed links by which a resident or a contact comes to the page of one home.

A link carries an id, whom it is for stands in the database: so it ends in time, can be ended any day, and a new one
ends the older. What its holder may do there is decided when they do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_entry_id
from ingest.actions.base.links import HOUSEHOLD_PATH, LinkFault, Purpose, open_token, sign_token
from ingest.actions.base.secrets import MasterKey
from ingest.domain.base.people import Actor
from ingest.families.actions.family_consent import refused
from ingest.families.domain.family import LINK_LIFE, FamilyFault
from ingest.families.store.families import ConsentRow, KinRow, consents_of, end_links, kin_of, link_by_id
from ingest.families.store.links import open_link_of, put_link
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.database import Connection
from ingest.store.base.known_people import belongs_to


@dataclass(frozen=True, slots=True)
class Guest:
    """Who came by a good link: a resident of the home, or a contact with what the resident agreed to for them."""

    home_id: str
    person_id: str
    name: str
    language: str
    is_resident: bool
    consent: ConsentRow | None
    expires_at: datetime

    @property
    def may_see(self) -> bool:
        """Whether they are told how things are."""
        return self.is_resident or (self.consent is not None and (self.consent.updates or self.consent.morning))

    @property
    def may_tell_away(self) -> bool:
        """Whether they may tell an absence."""
        return self.is_resident or (self.consent is not None and self.consent.may_tell_away)

    @property
    def actor(self) -> Actor:
        """Return who acts: a person without any role, who is something to this home alone."""
        return Actor(self.person_id, None, "")


async def make_household_link(
    ctx: ActionContext, home_id: str, person_id: str, actor: Actor, now: datetime
) -> str | FamilyFault:
    """Return a new link for a resident or contact of a home; older ones of theirs end."""
    async with ctx.db.write() as connection:
        fault = await refused(connection, home_id, actor)
        if fault is not None:
            return fault
        if not await belongs_to(connection, person_id, home_id):
            return FamilyFault.UNKNOWN_CONTACT
        await end_links(connection, home_id, person_id, now)
        link = await _new_link(connection, ctx, (home_id, person_id), now, actor.person_id)
        detail = {"for": person_id}
        await write_audit(connection, now, "house_link_made", actor=actor.person_id, subject=home_id, detail=detail)
    return link


async def link_for(connection: Connection, ctx: ActionContext, home_id: str, person_id: str, now: datetime) -> str:
    """Return the link that somebody has, or a new one, within the caller's transaction."""
    link_id = await open_link_of(connection, home_id, person_id, now)
    if link_id is None:
        return await _new_link(connection, ctx, (home_id, person_id), now, None)
    return _address(ctx, link_id)


async def end_household_links(
    ctx: ActionContext, home_id: str, person_id: str, actor: Actor, now: datetime
) -> FamilyFault | None:
    """Let no link of somebody to a home open any more."""
    async with ctx.db.write() as connection:
        fault = await refused(connection, home_id, actor)
        if fault is not None:
            return fault
        await end_links(connection, home_id, person_id, now)
    return None


async def guest_of(connection: Connection, keys: MasterKey, token: str, now: datetime) -> Guest | LinkFault:
    """Return who holds the link, or why it does not open."""
    link_id = open_token(keys, Purpose.HOUSEHOLD, token)
    if isinstance(link_id, LinkFault):
        return link_id
    row = await link_by_id(connection, link_id) if isinstance(link_id, str) else None
    if row is None or row["ended_at"] is not None or row["expires_at"] <= now:
        return LinkFault.EXPIRED
    kin = {one.person_id: one for one in await kin_of(connection, row["home_id"], now)}
    them: KinRow | None = kin.get(row["person_id"])
    if them is None:
        # somebody who is no contact of this home any more
        return LinkFault.EXPIRED
    consents = await consents_of(connection, row["home_id"])
    consent = next((one for one in consents if one.contact_id == them.person_id), None)
    return Guest(
        home_id=row["home_id"],
        person_id=them.person_id,
        name=row["name"],
        language=row["language"],
        is_resident=them.is_resident,
        consent=consent,
        expires_at=row["expires_at"],
    )


async def _new_link(
    connection: Connection, ctx: ActionContext, whose: tuple[str, str], now: datetime, made_by: str | None
) -> str:
    link_id = new_entry_id()
    expires_at = now + LINK_LIFE
    await put_link(connection, link_id, *whose, made_by=made_by, made_at=now, expires_at=expires_at)
    return _address(ctx, link_id)


def _address(ctx: ActionContext, link_id: str) -> str:
    return f"{ctx.public_url}{HOUSEHOLD_PATH}{sign_token(ctx.keys, Purpose.HOUSEHOLD, link_id)}"
