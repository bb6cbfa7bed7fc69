"""Consents of residents in the database: written, ended, and what was last told by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from ingest.families.store.tables import family_consents, family_letters
from ingest.store.base.database import Connection
from ingest.store.base.tables import contacts


async def is_contact_of(connection: Connection, person_id: str, home_id: str) -> bool:
    """Return whether somebody is a contact of a home."""
    known = select(contacts.c.person_id).where(contacts.c.person_id == person_id, contacts.c.home_id == home_id)
    return (await connection.execute(known)).first() is not None


async def consents_holding(connection: Connection, home_id: str, contact_id: str) -> Sequence[str]:
    """Return the consents for one contact of a home that have not ended."""
    holding = select(family_consents.c.consent_id).where(
        family_consents.c.home_id == home_id,
        family_consents.c.contact_id == contact_id,
        family_consents.c.ended_at.is_(None),
    )
    return (await connection.execute(holding)).scalars().all()


async def put_consent(connection: Connection, **values: Any) -> None:
    """Write a new consent."""
    await connection.execute(insert(family_consents).values(values))


async def set_consent(connection: Connection, consent_id: str, **values: Any) -> None:
    """Change some columns of a consent."""
    await connection.execute(update(family_consents).where(family_consents.c.consent_id == consent_id).values(values))


async def end_consent_at(connection: Connection, consent_id: str, by: str | None, now: datetime) -> None:
    """End a consent, and all that waits to be sent by it."""
    await set_consent(connection, consent_id, ended_at=now, ended_by=by, look_at=None)
    waiting = (family_letters.c.consent_id == consent_id) & (family_letters.c.status == "pending")
    await connection.execute(update(family_letters).where(waiting).values(status="cancelled"))
