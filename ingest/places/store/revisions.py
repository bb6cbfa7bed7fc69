"""Revisions in the database: what an entry written by hand was before, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ingest.store.base.database import Connection
from ingest.store.base.tables import audit_log

ENTRY_WRITTEN, ENTRY_CHANGED = "entry_written", "entry_changed"


@dataclass(frozen=True, slots=True)
class Revision:
    """One writing of one entry."""

    sheet: str
    entry_id: str
    before: dict[str, Any] | None
    """None: the entry was new."""
    after: dict[str, Any]
    at: datetime


def revision_detail(sheet: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log keeps of a writing."""
    return {"sheet": sheet, "before": before, "after": after}


async def forget_revisions(connection: Connection, before: datetime) -> None:
    """Forget what stood in entries written before then; who wrote them and when stays."""
    old = audit_log.c.event == ENTRY_WRITTEN, audit_log.c.at < before
    await connection.execute(update(audit_log).where(*old).values(event=ENTRY_CHANGED, detail_json={}))


async def revision_by_number(connection: Connection, number: int) -> Revision | None:
    """Return one that is not forgotten."""
    query = select(audit_log).where(audit_log.c.id == number, audit_log.c.event == ENTRY_WRITTEN)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    detail = row.detail_json
    return Revision(detail["sheet"], row.subject, detail["before"], detail["after"], row.at)
