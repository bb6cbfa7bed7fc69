"""Take back: one entry that was written by hand, as it was before; a new one goes away again if nothing rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Column, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.places.sheets.columns import ENTRIES
from ingest.places.sheets.exchange import (
    ENTRY_WRITTEN,
    TAKEN_BACK_FOR,
    Log,
    OvertakenEntryError,
    hold,
    import_entry,
    mark_of,
)
from ingest.store.base.change_counter import count_change
from ingest.store.base.tables import (
    areas,
    audit_log,
    contacts,
    gateways,
    homes,
    people,
    person_channels,
    residents,
    stations,
)
from ingest.store.duty.tables import responder_areas, responders

_BEING = (person_channels.c.person_id,)
_ROWS: dict[str, tuple[Column[Any], ...]] = {
    "areas": (areas.c.area_id,),
    "stations": (stations.c.station_id,),
    "gateways": (gateways.c.gateway_id,),
    "homes": (homes.c.home_id,),
    "people": (*_BEING, responder_areas.c.person_id, responders.c.person_id, people.c.person_id),
    "residents": (*_BEING, residents.c.person_id, people.c.person_id),
    "contacts": (*_BEING, contacts.c.person_id, people.c.person_id),
}
"""The rows an entry is made of, those that rest on others first."""


class BackFault(StrEnum):
    """Why an entry is not taken back."""

    NOT_THERE = "not_there"
    TOO_OLD = "too_old"
    CHANGED_SINCE = "changed_since"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """It stands as before; `is_there` says whether it is there at all."""

    sheet: str
    entry_id: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class _Revision:
    sheet: str
    entry_id: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    age: timedelta


async def take_back(ctx: ActionContext, number: int, *, scope: str, by: Log) -> TakenBack | BackFault:
    """Let an entry be as it was before the revision of that number, unless somebody has changed it since."""
    async with ctx.db.read() as connection:
        revision = await _revision(connection, number, by)
    if revision is None:
        return BackFault.NOT_THERE
    if revision.age > TAKEN_BACK_FOR:
        return BackFault.TOO_OLD
    if revision.before is None:
        return await _remove(ctx, revision, scope)
    entry = msgspec.convert(revision.before, ENTRIES[revision.sheet])
    try:
        report = await import_entry(
            ctx, revision.sheet, entry, dry_run=False, scope=scope, by=by, seen=mark_of(revision.after)
        )
    except OvertakenEntryError:
        return BackFault.CHANGED_SINCE
    if not report.written:
        return BackFault.IN_USE
    return TakenBack(revision.sheet, revision.entry_id, is_there=True)


async def _revision(connection: AsyncConnection, number: int, by: Log) -> _Revision | None:
    query = select(audit_log).where(audit_log.c.id == number, audit_log.c.event == ENTRY_WRITTEN)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    detail = row.detail_json
    return _Revision(detail["sheet"], row.subject, detail["before"], detail["after"], by.at - row.at)


async def _remove(ctx: ActionContext, revision: _Revision, scope: str) -> TakenBack | BackFault:
    try:
        async with ctx.db.write() as connection:
            if await hold(connection, revision.sheet, revision.entry_id, scope) != revision.after:
                return BackFault.CHANGED_SINCE
            for column in _ROWS[revision.sheet]:
                await connection.execute(delete(column.table).where(column == revision.entry_id))
            await count_change(connection)
    except IntegrityError:
        return BackFault.IN_USE
    return TakenBack(revision.sheet, revision.entry_id, is_there=False)
