"""The audit log in the database: who did what to what, and when. It adds rows; callers decide what is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

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
