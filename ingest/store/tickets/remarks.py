"""Comments and photos of a ticket in the database. A photo's bytes are read only when it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from ingest.domain.tickets.photo import Photo
from ingest.domain.tickets.ticket import Status
from ingest.store.base.database import Connection
from ingest.store.base.tables import people
from ingest.store.tickets.tables import attachments, ticket_comments, tickets


@dataclass(frozen=True, slots=True)
class CommentRow:
    """What somebody wrote."""

    at: datetime
    author: str
    author_name: str
    text: str


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo, without its bytes; `size` is their number."""

    photo_id: str
    at: datetime
    author: str
    author_name: str
    media_type: str
    size: int


async def comments_of(connection: Connection, ticket_id: str) -> list[CommentRow]:
    """Return a ticket's comments, oldest first."""
    query = (
        select(ticket_comments, people.c.name)
        .join_from(ticket_comments, people, people.c.person_id == ticket_comments.c.author)
        .where(ticket_comments.c.ticket_id == ticket_id)
        .order_by(ticket_comments.c.id)
    )
    return [CommentRow(row.at, row.author, row.name, row.text) for row in await connection.execute(query)]


async def photos_of(connection: Connection, ticket_id: str) -> list[PhotoRow]:
    """Return a ticket's photos, oldest first."""
    query = (
        select(
            attachments.c.attachment_id,
            attachments.c.at,
            attachments.c.author,
            people.c.name,
            attachments.c.media_type,
            func.length(attachments.c.content).label("size"),
        )
        .join_from(attachments, people, people.c.person_id == attachments.c.author)
        .where(attachments.c.ticket_id == ticket_id)
        .order_by(attachments.c.at, attachments.c.attachment_id)
    )
    return [PhotoRow(*row) for row in await connection.execute(query)]


async def photo_of(connection: Connection, ticket_id: str, photo_id: str) -> tuple[str, bytes] | None:
    """Return (media type, bytes) of a photo of this ticket."""
    query = select(attachments.c.media_type, attachments.c.content).where(
        attachments.c.attachment_id == photo_id, attachments.c.ticket_id == ticket_id
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.media_type, row.content)


async def forget_photos(connection: Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` photos of tickets closed before; the history goes on saying that there was one."""
    old = (
        select(attachments.c.attachment_id)
        .join(tickets, tickets.c.ticket_id == attachments.c.ticket_id)
        .where(tickets.c.status == Status.CLOSED.value, tickets.c.closed_at < before)
        .limit(limit)
    )
    return (await connection.execute(delete(attachments).where(attachments.c.attachment_id.in_(old)))).rowcount


async def add_comment(connection: Connection, ticket_id: str, author: str, text: str, now: datetime) -> None:
    """Keep what somebody wrote."""
    row = {"ticket_id": ticket_id, "author": author, "at": now, "text": text}
    await connection.execute(insert(ticket_comments).values(row))


async def photos_by_digest(connection: Connection, ticket_id: str) -> dict[str, str]:
    """Return the ids of a ticket's photos by the digest of their bytes."""
    query = select(attachments.c.sha256, attachments.c.attachment_id).where(attachments.c.ticket_id == ticket_id)
    return {row.sha256: row.attachment_id for row in await connection.execute(query)}


async def add_photo(
    connection: Connection,
    photo_id: str,
    ticket_id: str,
    photo: Photo,
    *,
    author: str | None,
    digest: str,
    now: datetime,
) -> None:
    """Keep a photo."""
    row: dict[str, Any] = {"attachment_id": photo_id, "ticket_id": ticket_id, "author": author, "at": now}
    row |= {"media_type": photo.media_type, "sha256": digest, "content": photo.content}
    await connection.execute(insert(attachments).values(row))
