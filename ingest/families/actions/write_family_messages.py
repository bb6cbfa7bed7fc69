"""Tell the family: what was agreed and is due is written as letters; another action sends them.

Each thing is told once, however often it is looked at: its name stands in the letter's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_family_message_id
from ingest.domain.duty.calling import Responder
from ingest.families.actions.family_words import Words, morning_words, resolved_words, week_words
from ingest.families.actions.household_links import link_for
from ingest.families.domain.family import MOST_UPDATES_A_DAY, LastWord, Said, morning_step, week_of
from ingest.families.store.consents import set_consent
from ingest.families.store.families import (
    HouseholdRow,
    alarms_since,
    anything_to_look_at,
    family_messages_since,
    household,
    looked_after,
    next_to_look,
    seen_of,
)
from ingest.families.store.messages import put_family_message
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection, StoredRow
from ingest.store.duty.responders import home_people

MORNING, UPDATE = "morning", "update"
MORNING_LASTS = timedelta(hours=3)
"""A morning's word that could not be sent for so long is not sent any more."""
UPDATE_LASTS = timedelta(hours=24)
UPDATES_EVERY = timedelta(minutes=5)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MOST = 500


async def look_after_family(ctx: ActionContext, now: datetime) -> int:
    """Look at every consent that is due by now; return how many letters were written."""
    async with ctx.db.read() as connection:
        if not await anything_to_look_at(connection, now):
            return 0
    written = 0
    for _ in range(_MOST):
        found = await _look_at_one(ctx, now)
        if found is None:
            break
        written += found
    return written


@again_on_conflict
async def _look_at_one(ctx: ActionContext, now: datetime) -> int | None:
    async with ctx.db.write() as connection:
        row = await next_to_look(connection, now)
        if row is None:
            return None
        home = await household(connection, row["home_id"])
        people = await home_people(connection, row["home_id"])
        contact = next((one for one in people if one.person_id == row["contact_id"]), None)
        if home is None or contact is None:
            # no contact of the home any more: nobody to tell
            await set_consent(connection, row["consent_id"], look_at=None)
            return 0
        post = _Post(connection, ctx, row, home, contact, now)
        values: dict[str, Any] = {}
        looks = []
        if row["morning"]:
            looks.append(await _morning(post, values))
        if row["updates"]:
            await _updates(post)
            looks.append(now + UPDATES_EVERY)
        await set_consent(connection, row["consent_id"], **values, look_at=min(looks, default=None))
    return post.written


@dataclass
class _Post:
    """What is needed to write to one contact, and how much was written."""

    connection: Connection
    ctx: ActionContext
    consent: StoredRow
    home: HouseholdRow
    contact: Responder
    now: datetime
    written: int = 0

    @property
    def who(self) -> str:
        return self.home.resident or self.home.label

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.zone)

    async def write(self, purpose: str, name: str, words: Words, lasts: timedelta) -> None:
        """Write one letter over the contact's first channel; once for a name."""
        if not self.contact.channels:
            return
        channel, address = self.contact.channels[0]
        row = {
            "letter_id": new_family_message_id(),
            "consent_id": self.consent["consent_id"],
            "person_id": self.contact.person_id,
            "purpose": purpose,
            "position": 0,
            "channel": channel,
            "address": address,
            "title": words[0],
            "text": words[1],
            "link": await link_for(self.connection, self.ctx, self.home.home_id, self.contact.person_id, self.now),
            "language": self.contact.language,
            "idem_key": f"family.{self.consent['consent_id']}.{name}.0",
            "status": "pending",
            "not_before": self.now,
            "not_after": self.now + lasts,
            "attempts": 0,
            "created_at": self.now,
        }
        self.written += await put_family_message(self.connection, row)


async def _morning(post: _Post, values: dict[str, Any]) -> datetime:
    """Tell the morning's word where it is due; return when it is looked again."""
    consent, now = post.consent, post.now
    last = LastWord(
        Said(consent["said"]) if consent["said"] else None,
        date.fromisoformat(consent["said_on"]) if consent["said_on"] else None,
    )
    seen = await seen_of(post.connection, post.home.home_id, now)
    by = time.fromisoformat(consent["morning_by"])
    step = morning_step(by, post.zone, now, seen, last)
    if step.said is not None:
        today = now.astimezone(post.zone).date()
        words = morning_words(
            step.said,
            post.who,
            by.isoformat("minutes"),
            post.contact.language,
            after_all=last.day == today,
        )
        await post.write(MORNING, f"{today.isoformat()}-{step.said.value}", words, MORNING_LASTS)
        values |= {"said": step.said.value, "said_on": today.isoformat()}
    return step.look_at


async def _updates(post: _Post) -> None:
    connection, consent, now, home_id = post.connection, post.consent, post.now, post.home.home_id
    told = await family_messages_since(connection, consent["consent_id"], UPDATE, now - _DAY)
    for ticket in await looked_after(connection, home_id, max(consent["given_at"], now - _DAY)):
        words = resolved_words(ticket["outcome"], post.who, post.contact.language)
        if words is not None and told + post.written < MOST_UPDATES_A_DAY:
            await post.write(UPDATE, ticket["ticket_id"], words, UPDATE_LASTS)
    week = week_of(now, post.zone)
    if week is not None:
        alarms = await alarms_since(connection, home_id, now - _WEEK)
        counters = [count for wing in post.ctx.wings for count in wing.visit_counters]
        visits = sum([await count(connection, home_id, now - _WEEK) for count in counters])
        words = week_words(alarms, visits, post.who, post.contact.language)
        await post.write(UPDATE, week, words, UPDATE_LASTS)
