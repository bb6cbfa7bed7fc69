"""The audit log in the database: who did what to what, and when. It adds and finds rows; callers decide which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from ingest.store.base.database import Connection
from ingest.store.base.tables import audit_log


async def write_audit(
    connection: Connection,
    at: datetime,
    event: str,
    *,
    actor: str | None,
    subject: str | None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a row and return its number; `actor` is None where the program itself did it."""
    row = {"at": at, "actor": actor, "event": event, "subject": subject, "detail_json": dict(detail or {})}
    return int((await connection.execute(insert(audit_log).values(row).returning(audit_log.c.id))).scalar_one())


async def was_written(
    connection: Connection, event: str, after: datetime, *, actor: str | None, subject: str | None
) -> bool:
    """Return whether the same person has done this to the same thing after a time."""
    query = select(audit_log.c.id).where(
        audit_log.c.subject == subject, audit_log.c.at > after, audit_log.c.event == event, audit_log.c.actor == actor
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def written_within(connection: Connection, event: str, since: datetime, until: datetime) -> bool:
    """Return whether this has been written in a span of time, by whomever."""
    same = (audit_log.c.at >= since) & (audit_log.c.at <= until)
    query = select(audit_log.c.id).where(audit_log.c.event == event, same)
    return (await connection.execute(query.limit(1))).first() is not None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the log."""

    number: int
    at: datetime
    actor: str | None
    detail: dict[str, Any]


async def newest_written(connection: Connection, event: str, subject: str) -> AuditRow | None:
    """Return the newest row of an event about a subject."""
    columns = (audit_log.c.id, audit_log.c.at, audit_log.c.actor, audit_log.c.detail_json)
    query = select(*columns).where(audit_log.c.event == event, audit_log.c.subject == subject)
    row = (await connection.execute(query.order_by(audit_log.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else AuditRow(*row)
