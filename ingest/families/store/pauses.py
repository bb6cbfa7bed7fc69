"""Pauses of the watch in the database: each with the suppression that holds back what is about the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update

from ingest.store.base.database import Connection, StoredRow
from ingest.store.ledger.tables import pauses, silences


@dataclass(frozen=True, slots=True)
class NewPause:
    """A pause that somebody who lives there has asked for, and the kinds of tickets that it holds back."""

    pause_id: str
    silence_id: str
    home_id: str
    person_id: str
    kinds: Sequence[str]
    reason: str
    since: datetime
    until: datetime


async def put_pause(connection: Connection, pause: NewPause) -> None:
    """Write a pause and its suppression."""
    span = {"home_id": pause.home_id, "since": pause.since, "until": pause.until, "silence_id": pause.silence_id}
    held = {"kinds": list(pause.kinds), "owner": pause.person_id, "reason": pause.reason}
    await connection.execute(insert(silences).values(**span, **held))
    await connection.execute(insert(pauses).values(**span, pause_id=pause.pause_id, person_id=pause.person_id))


async def set_pause_ended(connection: Connection, pause: StoredRow, by: str, now: datetime) -> None:
    """Write down that a pause is over, and its suppression unless somebody has ended that before."""
    await connection.execute(update(pauses).where(pauses.c.pause_id == pause["pause_id"]).values(ended_at=now))
    theirs = (silences.c.silence_id == pause["silence_id"]) & silences.c.ended_at.is_(None)
    await connection.execute(update(silences).where(theirs).values(ended_at=now, ended_by=by))
