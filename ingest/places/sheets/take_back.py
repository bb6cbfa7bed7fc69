"""Take back: one entry that was written by hand, as it was before; a new one goes away again if nothing rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from ingest.actions.base.context import ActionContext
from ingest.places.sheets.columns import ENTRIES
from ingest.places.sheets.exchange import (
    TAKEN_BACK_FOR,
    Author,
    OvertakenEntryError,
    import_entry,
    mark_of,
    plain_entry,
)
from ingest.places.store.entries import InUseError, delete_entry, hold_entry
from ingest.places.store.revisions import Revision, revision_by_number
from ingest.store.base.change_counter import count_change


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


async def take_back(ctx: ActionContext, number: int, *, scope: str, by: Author) -> TakenBack | BackFault:
    """Let an entry be as it was before the revision of that number, unless somebody has changed it since."""
    async with ctx.db.read() as connection:
        revision = await revision_by_number(connection, number)
    if revision is None:
        return BackFault.NOT_THERE
    if by.at - revision.at > TAKEN_BACK_FOR:
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


async def _remove(ctx: ActionContext, revision: Revision, scope: str) -> TakenBack | BackFault:
    try:
        async with ctx.db.write() as connection:
            held = await hold_entry(connection, revision.sheet, revision.entry_id, scope)
            if plain_entry(held) != revision.after:
                return BackFault.CHANGED_SINCE
            await delete_entry(connection, revision.sheet, revision.entry_id)
            await count_change(connection)
    except InUseError:
        return BackFault.IN_USE
    return TakenBack(revision.sheet, revision.entry_id, is_there=False)
