"""Sessions: who is logged in, as rows. Only hashes of the cookies are kept; makes no secrets and reads no clock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.store.base.tables import areas, people, sessions

LIFETIME = timedelta(hours=12)
"""A shift and its hand-over; after that one logs in again."""
IDLE = timedelta(hours=4)
"""A console that nobody has looked at for so long is logged out."""
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who is logged in, as far as the pages need to know them. `scope` is the path of their area."""

    person_id: str
    name: str
    role: str
    language: str
    area_id: str
    scope: str
    area_zh: str
    area_en: str


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in that is still good."""

    viewer: Viewer
    csrf_token: str
    last_seen_at: datetime

    def to_be_touched(self, now: datetime) -> bool:
        """Whether it is time to write down that it is in use; not at every request."""
        return now - self.last_seen_at > _TOUCH_EVERY


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is needed to check a password."""

    person_id: str
    password_hash: str


def session_hash(token: str) -> str:
    """Return what is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def credentials(connection: AsyncConnection, login: str) -> Credentials | None:
    """Return the password hash behind a log-in name, None if nobody may log in by it."""
    found = (
        await connection.execute(
            select(people.c.person_id, people.c.password_hash).where(
                people.c.login == login, people.c.active.is_(True), people.c.password_hash.is_not(None)
            )
        )
    ).one_or_none()
    return Credentials(found.person_id, found.password_hash) if found else None


async def open_session(
    connection: AsyncConnection, *, token: str, csrf_token: str, person_id: str, now: datetime
) -> None:
    """Write a new session, and sweep away the ones that are over."""
    await connection.execute(
        delete(sessions).where((sessions.c.expires_at <= now) | (sessions.c.last_seen_at <= now - IDLE))
    )
    await connection.execute(
        insert(sessions).values(
            session_hash=session_hash(token),
            person_id=person_id,
            csrf_token=csrf_token,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )


async def close_session(connection: AsyncConnection, token: str) -> None:
    """End a session; one that does not exist is none."""
    await connection.execute(delete(sessions).where(sessions.c.session_hash == session_hash(token)))


async def find_session(connection: AsyncConnection, token: str, now: datetime) -> Session | None:
    """Return the session of `token` if it is neither over nor idle and its person still active."""
    row = (await connection.execute(_session_query(session_hash(token), now))).one_or_none()
    return Session(_viewer(row), row.csrf_token, row.last_seen_at) if row else None


async def touch_session(connection: AsyncConnection, token: str, now: datetime) -> None:
    """Write down that a session is in use."""
    await connection.execute(
        update(sessions).where(sessions.c.session_hash == session_hash(token)).values(last_seen_at=now)
    )


def _session_query(hashed: str, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            sessions.c.csrf_token,
            sessions.c.last_seen_at,
            people.c.person_id,
            people.c.name,
            people.c.role,
            people.c.language,
            areas.c.area_id,
            areas.c.path,
            areas.c.name_zh,
            areas.c.name_en,
        )
        .join_from(sessions, people, sessions.c.person_id == people.c.person_id)
        .join(areas, people.c.area_id == areas.c.area_id)
        .where(
            sessions.c.session_hash == hashed,
            sessions.c.expires_at > now,
            sessions.c.last_seen_at > now - IDLE,
            people.c.active.is_(True),
        )
    )


def _viewer(row: Row[*tuple[Any, ...]]) -> Viewer:
    return Viewer(
        person_id=row.person_id,
        name=row.name,
        role=row.role,
        language=row.language,
        area_id=row.area_id,
        scope=row.path,
        area_zh=row.name_zh,
        area_en=row.name_en,
    )
