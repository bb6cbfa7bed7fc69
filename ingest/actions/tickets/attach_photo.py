"""Attach a photo: what the door or the flat looks like, kept with the ticket, without where or by what it was taken."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_photo_id
from ingest.actions.tickets.annotate import annotate, seen_ticket
from ingest.domain.base.people import Actor
from ingest.domain.tickets.photo import Photo, PhotoFault, read_photo
from ingest.domain.tickets.ticket import Refused
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.tickets.remarks import add_photo, photos_by_digest

MOST_PHOTOS = 12
"""Of one ticket."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The photo is kept under this id."""

    photo_id: str


async def attach_photo(
    ctx: ActionContext, ticket_id: str, data: bytes, actor: Actor, now: datetime
) -> Attached | Refused | PhotoFault:
    """Check, clean and keep it. Whoever sees the ticket may, and who took it while it is not over.

    The same photo sent twice is kept once.
    """
    photo = await asyncio.to_thread(read_photo, data)
    if isinstance(photo, PhotoFault):
        return photo
    return await _keep(ctx, ticket_id, photo, actor, now)


@again_on_conflict
async def _keep(
    ctx: ActionContext, ticket_id: str, photo: Photo, actor: Actor, now: datetime
) -> Attached | Refused | PhotoFault:
    digest = hashlib.sha256(photo.content).hexdigest()
    async with ctx.db.write() as connection:
        ticket = await seen_ticket(connection, ticket_id, actor)
        if isinstance(ticket, Refused):
            return ticket
        there = await photos_by_digest(connection, ticket_id)
        if digest in there:
            return Attached(there[digest])
        if len(there) >= MOST_PHOTOS:
            return PhotoFault.TOO_MANY
        photo_id = new_photo_id()
        await add_photo(connection, photo_id, ticket_id, photo, author=actor.person_id, digest=digest, now=now)
        await annotate(connection, ctx, ticket, NoteKind.PHOTO, actor, now=now, detail={"photo": photo_id})
    return Attached(photo_id)
