"""Exchange: sheets into the database, all or nothing, with a dry run that names each bad row; and out of it again.

Everything in the sheets is personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from ingest.actions.base.context import ActionContext
from ingest.places.domain.placefile import BEINGS, PlaceFileError
from ingest.places.sheets.columns import (
    ENTRIES,
    REFERENCES,
    BadRow,
    check_entry,
    place_file,
    read_entry,
    unknown_columns,
    write_sheet,
)
from ingest.places.sheets.workbook import Sheet
from ingest.places.store.entries import ENTRY_SHEETS, hold_entry, ids_of, read_entries
from ingest.places.store.place_entries import write_places
from ingest.places.store.revisions import ENTRY_WRITTEN, forget_revisions, revision_detail
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection

TAKEN_BACK_FOR = timedelta(days=1)
"""How long an entry written by hand can be taken back; afterwards what stood there is forgotten."""
BODY = "body"
"""What messages call an entry that came by itself and not in a file."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows of each sheet there are, and all that is wrong. Something was written only if `written`."""

    rows: dict[str, int]
    bad: list[BadRow]
    written: bool
    before: dict[str, Any] | None = None
    """What stood there, where it was one entry; None for a new one."""
    revision: int | None = None
    """The number under which one written entry can be taken back."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry and where it stood."""

    sheet: Sheet
    number: int
    entry: Any


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, and when, for the log."""

    person_id: str
    at: datetime


class OvertakenEntryError(RuntimeError):
    """Something else stands there than the writer has seen: nothing was written."""


async def import_sheets(
    ctx: ActionContext, sheets: Sequence[Sheet], *, dry_run: bool, scope: str = "/", by: Author | None = None
) -> ImportReport:
    """Check every row, and write all of them if none is bad and it is no dry run.

    `scope` is the path of an area: nothing outside it is named or changed.
    """
    placed, bad = _read(sheets)
    return await _write(
        ctx, {sheet.name: len(sheet.rows) for sheet in sheets}, placed, bad, dry_run=dry_run, scope=scope, by=by
    )


async def import_entry(
    ctx: ActionContext, name: str, entry: Any, *, dry_run: bool, scope: str, by: Author, seen: str | None = None
) -> ImportReport:
    """Check one entry as a row of its sheet would be checked, and write it if nothing is bad and it is no dry run.

    With `seen` (`mark_of` what stood there) only in place of that: raises `OvertakenEntryError` where somebody has
    changed it since.
    """
    placed = _Placed(Sheet(name, BODY, (), ()), 1, entry)
    problem = check_entry(name, entry)
    bad = [] if problem is None else [BadRow(BODY, 1, "", str(problem), problem.rule)]
    return await _write(ctx, None, [placed], bad, dry_run=dry_run, scope=scope, by=by, seen=seen)


async def _write(
    ctx: ActionContext,
    rows: dict[str, int] | None,
    placed: Sequence[_Placed],
    bad: list[BadRow],
    *,
    dry_run: bool,
    scope: str,
    by: Author | None,
    seen: str | None = None,
) -> ImportReport:
    bad += _doubled(placed)
    before, revision = None, None
    try:
        async with ctx.db.write() as connection:
            if rows is None:
                before = plain_entry(await hold_entry(connection, placed[0].sheet.name, placed[0].entry.id, scope))
                if seen is not None and mark_of(before) != seen:
                    raise OvertakenEntryError
            bad += await _foreign(connection, placed, scope) + await _dangling(connection, placed, scope)
            if not bad:
                trial = await connection.begin_nested()
                await write_places(connection, place_file(_by_sheet(placed)))
                if dry_run:
                    await trial.rollback()
                else:
                    if rows is None and by is not None:
                        revision = await note_revision(connection, placed[0].sheet.name, placed[0].entry, before, by)
                    elif by is not None:
                        await write_audit(
                            connection, by.at, "places_written", actor=by.person_id, subject=None, detail=rows
                        )
                    await count_change(connection)
    except PlaceFileError as error:
        bad.append(_where(error, placed))
    counted = {placed[0].sheet.name: 1} if rows is None else rows
    return ImportReport(counted, bad, written=not bad and not dry_run, before=before, revision=revision)


def plain_entry(entry: Any) -> dict[str, Any] | None:
    """Return an entry as plain data."""
    return None if entry is None else dict(msgspec.to_builtins(entry))


def mark_of(entry: dict[str, Any] | None) -> str:
    """Return a short text by which to see whether an entry, as plain data, is still the same."""
    return sha256(msgspec.json.encode(entry, order="sorted")).hexdigest()[:24]


async def note_revision(
    connection: Connection, name: str, entry: Any, before: dict[str, Any] | None, by: Author
) -> int:
    """Write down what an entry was and is, so that it can be taken back; older ones keep who and when, and no more."""
    await forget_revisions(connection, by.at - TAKEN_BACK_FOR)
    detail = revision_detail(name, before, msgspec.to_builtins(entry))
    return await write_audit(connection, by.at, ENTRY_WRITTEN, actor=by.person_id, subject=entry.id, detail=detail)


def _read(sheets: Sequence[Sheet]) -> tuple[list[_Placed], list[BadRow]]:
    placed: list[_Placed] = []
    bad: list[BadRow] = []
    for sheet in sheets:
        if sheet.name not in ENTRIES:
            bad.append(BadRow(sheet.file, 1, "", f"no such sheet; name it one of {', '.join(ENTRIES)}"))
            continue
        strange = "no such column; take it out or mend its name"
        bad.extend(BadRow(sheet.file, 1, column, strange) for column in unknown_columns(sheet))
        for number, row in sheet.rows:
            entry = read_entry(sheet, number, row)
            if isinstance(entry, list):
                bad.extend(entry)
            else:
                placed.append(_Placed(sheet, number, entry))
    return placed, bad


def _by_sheet(placed: Iterable[_Placed]) -> dict[str, list[Any]]:
    lists: dict[str, list[Any]] = {}
    for one in placed:
        lists.setdefault(one.sheet.name, []).append(one.entry)
    return lists


def _doubled(placed: Sequence[_Placed]) -> list[BadRow]:
    """Everybody has an id of their own, and so has every area, home …; people, residents and contacts share theirs."""
    first: dict[tuple[str, str], _Placed] = {}
    bad: list[BadRow] = []
    for one in placed:
        room = "beings" if one.sheet.name in BEINGS else one.sheet.name
        before = first.setdefault((room, one.entry.id), one)
        if before is not one:
            there = f"{before.sheet.file}, row {before.number}"
            problem = f"{one.entry.id!r} is already in {there}; give another id or take one out"
            bad.append(BadRow(one.sheet.file, one.number, "id", problem, "taken_id"))
    return bad


async def _foreign(connection: Connection, placed: Sequence[_Placed], scope: str) -> list[BadRow]:
    """Return the rows whose id belongs to something outside the scope."""
    if scope == "/":
        return []
    taken = await ids_of(connection, scope, inside=False)
    problem = "the id belongs to something outside your area; give another id"
    return [
        BadRow(one.sheet.file, one.number, "id", problem, "taken_id")
        for one in placed
        if one.entry.id in taken["people" if one.sheet.name in BEINGS else one.sheet.name]
    ]


_NO_DISTRICT = "only the whole house's desk adds a district"


async def _dangling(connection: Connection, placed: Sequence[_Placed], scope: str) -> list[BadRow]:
    """Return the cells that name what is neither in the sheets nor, within the scope, in the database."""
    known = await ids_of(connection, scope, inside=True)
    for one in placed:
        known.setdefault(one.sheet.name, set()).add(one.entry.id)
    bad: list[BadRow] = []
    for one in placed:
        if one.sheet.name == "areas" and one.entry.parent is None and scope != "/":
            bad.append(BadRow(one.sheet.file, one.number, "parent", _NO_DISTRICT, "district"))
        for column, target in REFERENCES[one.sheet.name].items():
            said = getattr(one.entry, column)
            for name in said if isinstance(said, list) else [said]:
                if name is not None and name not in known[target]:
                    problem = f"there is no {name!r} among the {target}; add it there, or mend this cell"
                    bad.append(BadRow(one.sheet.file, one.number, column, problem, "dangling"))
    return bad


def _where(error: PlaceFileError, placed: Sequence[_Placed]) -> BadRow:
    """Return the problem at the row it names: `[[people]] p-1: …` begins with the sheet and the id."""
    problem = str(error)
    for one in placed:
        if problem.startswith((f"[[{one.sheet.name}]] {one.entry.id}:", f"[[{one.sheet.name}]] id {one.entry.id!r}")):
            return BadRow(one.sheet.file, one.number, "", problem, error.rule)
    return BadRow(placed[0].sheet.file if placed else "", 1, "", problem, error.rule)


async def export_sheets(connection: Connection, scope: str) -> list[Sheet]:
    """Return one sheet for each kind of entry, in a stable order; `scope` is the path of an area.

    A district of its own can be loaded elsewhere as it is; a smaller subtree needs the areas above it.
    """
    return [write_sheet(name, await read_entries(connection, scope, name)) for name in ENTRY_SHEETS]
