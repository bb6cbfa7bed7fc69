"""Absences in the database: the away ledger, who was seen well, and which gateways have yet to hear of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select, update

from ingest.domain.ledger.absence import CALM, Told, Way, check_at
from ingest.store.base.database import Connection
from ingest.store.base.tables import areas, gateways, homes
from ingest.store.ledger.gateway_messages import mark
from ingest.store.ledger.tables import away, ledger_mail, pauses, seen_well
from models.wire.messages import AwayEntry, AwayWhy

_PAUSED = "pause"
"""Said by the resident on their own page: they have just spoken to us, and want to be left alone for a while."""
KEPT = timedelta(days=2)
"""Entries matter to a gateway a little longer than they last: a silence that they explain is no habit."""


@dataclass(frozen=True, slots=True)
class AwayRow:
    """An entry of the ledger as a page shows it."""

    entry_id: str
    home_id: str
    home_label: str
    area_path: str
    since: datetime
    until: datetime | None
    said_by: str
    way: str
    revoked: bool
    recorded_by: str | None
    recorded_at: datetime
    ended_at: datetime | None
    overdue_at: datetime | None


async def absence_for_update(connection: Connection, entry_id: str) -> RowMapping | None:
    """Return an entry, locked until the transaction ends."""
    query = select(away).where(away.c.entry_id == entry_id).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def add_absence(
    connection: Connection, entry_id: str, home_id: str, told: Told, *, by: str | None, now: datetime
) -> None:
    """Write a new entry, as it was told."""
    row: dict[str, Any] = {"entry_id": entry_id, "home_id": home_id, "since": told.since, "until": told.until}
    row |= {"said_by": told.said_by.strip(), "way": told.way.value, "recorded_by": by, "recorded_at": now}
    await connection.execute(insert(away).values(**row, check_at=check_at(told.since, told.until)))


async def change_absence(connection: Connection, entry_id: str, values: Mapping[str, Any]) -> None:
    """Write over some columns of an entry."""
    await connection.execute(update(away).where(away.c.entry_id == entry_id).values(**values))


async def add_seen(
    connection: Connection,
    entry_id: str,
    home_id: str,
    way: Way,
    *,
    by: str | None,
    now: datetime,
    ticket_id: str | None,
) -> None:
    """Write down that a resident was seen well: for `CALM` no sign of life is awaited."""
    row = {"entry_id": entry_id, "home_id": home_id, "at": now, "until": now + CALM, "way": way.value}
    await connection.execute(insert(seen_well).values(**row, recorded_by=by, ticket_id=ticket_id))


async def anything_unreturned(connection: Connection, now: datetime) -> bool:
    """Return whether any return is to be looked after; a look that holds nobody up."""
    query = select(away.c.entry_id).where(away.c.check_at <= now, away.c.revoked.is_(False)).limit(1)
    return (await connection.execute(query)).first() is not None


async def home_status_of(connection: Connection, home_id: str, now: datetime) -> int:
    """Return how many entries of a home are not over."""
    query = select(func.count()).select_from(away).where(away.c.home_id == home_id, *_stands(now))
    return int((await connection.execute(query)).scalar_one())


async def next_unreturned(connection: Connection, now: datetime) -> RowMapping | None:
    """Return an entry whose return is to be looked after, locked; one that another worker holds is passed over."""
    query = (
        select(away)
        .where(away.c.check_at <= now, away.c.revoked.is_(False))
        .order_by(away.c.check_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(query)).mappings().one_or_none()


async def absences_in(connection: Connection, scope: str, now: datetime, *, limit: int = 500) -> list[AwayRow]:
    """Return the entries of a subtree that are not over, or overdue and never ended, the soonest return first."""
    overdue = away.c.overdue_at.is_not(None) & away.c.ended_at.is_(None)
    query = (
        select(away, homes.c.label.label("home_label"), areas.c.path.label("area_path"))
        .join_from(away, homes, away.c.home_id == homes.c.home_id)
        .join(areas, homes.c.area_id == areas.c.area_id)
        .where(areas.c.path.startswith(scope, autoescape=True), away.c.revoked.is_(False))
        .where(or_(overdue, away.c.until.is_(None) & away.c.ended_at.is_(None), away.c.until > now))
        .order_by(away.c.until, away.c.since, away.c.entry_id)
        .limit(limit)
    )
    rows = (await connection.execute(query)).mappings()
    return [AwayRow(**{name: row[name] for name in AwayRow.__dataclass_fields__}) for row in rows]


async def ledger_of(connection: Connection, gateway_id: str, now: datetime) -> list[AwayEntry]:
    """Return everything that a gateway must know of its homes, in a stable order; what is revoked is not in it."""
    kept = now - KEPT
    gone = (
        select(away.c.entry_id, away.c.home_id, away.c.since, away.c.until, away.c.said_by)
        .join_from(away, homes, away.c.home_id == homes.c.home_id)
        .where(homes.c.gateway_id == gateway_id, away.c.revoked.is_(False))
        .where(or_(away.c.until.is_(None), away.c.until > kept))
    )
    seen = (
        select(seen_well.c.entry_id, seen_well.c.home_id, seen_well.c.at, seen_well.c.until, seen_well.c.way)
        .join_from(seen_well, homes, seen_well.c.home_id == homes.c.home_id)
        .where(homes.c.gateway_id == gateway_id, seen_well.c.until > kept)
    )
    paused = (
        select(pauses.c.pause_id, pauses.c.home_id, pauses.c.since, func.coalesce(pauses.c.ended_at, pauses.c.until))
        .join_from(pauses, homes, pauses.c.home_id == homes.c.home_id)
        .where(homes.c.gateway_id == gateway_id, pauses.c.until > kept)
    )
    entries = [AwayEntry(*row) for row in await connection.execute(gone)]
    entries += [AwayEntry(*row, said_by=_PAUSED, why=AwayWhy.SEEN) for row in await connection.execute(paused)]
    entries += [AwayEntry(*row, why=AwayWhy.SEEN) for row in await connection.execute(seen)]
    return sorted(entries, key=lambda entry: entry.entry_id)


def revision_of(entries: Sequence[AwayEntry]) -> str:
    """Return the name of exactly this ledger; the empty ledger's is empty."""
    if not entries:
        return ""
    rows = [
        [entry.entry_id, entry.home, entry.since.timestamp(), entry.until and entry.until.timestamp(), entry.why.value]
        for entry in entries
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:24]


async def mark_ledger(connection: Connection, gateway_id: str | None, now: datetime) -> None:
    """Have a gateway's ledger sent at once."""
    if gateway_id is not None:
        await mark(connection, ledger_mail, gateway_id, now)


async def last_sign_of(connection: Connection, home_id: str) -> datetime | None:
    """Return the last sign of life that the newest heartbeat of the home's gateway tells."""
    query = (
        select(gateways.c.heartbeat_json)
        .join_from(homes, gateways, homes.c.gateway_id == gateways.c.gateway_id)
        .where(homes.c.home_id == home_id)
    )
    beat = (await connection.execute(query)).scalar_one_or_none() or {}
    for home in beat.get("homes", ()):
        if home.get("home") == home_id and home.get("last_sign"):
            return datetime.fromisoformat(home["last_sign"])
    return None


def _stands(now: datetime) -> tuple[Any, ...]:
    return (
        away.c.revoked.is_(False),
        away.c.ended_at.is_(None),
        or_(away.c.until.is_(None), away.c.until > now),
    )
