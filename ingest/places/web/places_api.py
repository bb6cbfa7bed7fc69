"""The JSON API of places and people: areas, stations, gateways, homes, people who answer, residents and contacts.

An entry has the fields of its sheet's columns and is checked by the same rules, in the same words; with `dry_run=true`
nothing is written. The desk reads what lies in its own area, administrators write there. Each refusal names a field.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.responses import JSONResponse, Response

from ingest.places.sheets.columns import ENTRIES, BadRow
from ingest.places.sheets.exchange import Author, ImportReport, export_sheets, import_entry, import_sheets
from ingest.places.sheets.workbook import Sheet, WorkbookError, read_workbook, write_csv, write_xlsx
from ingest.places.store.entries import read_entries
from ingest.store.base.sessions import Session
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.site_context import site_of

router = APIRouter(prefix="/api/v1/places")
DryRun = Annotated[bool, Query()]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELD = re.compile(r"`\$\.(\w+)|(?:required|unknown) field `(\w+)`")


def _faults(bad: list[BadRow]) -> list[dict[str, Any]]:
    return [{"file": row.file, "row": row.row, "field": row.column, "problem": row.problem} for row in bad]


def _answer(report: ImportReport, dry_run: bool, **more: Any) -> Response:
    if report.bad:
        return JSONResponse({"error": "bad_rows", "faults": _faults(report.bad)}, 422)
    return JSONResponse({"written": report.written, "dry_run": dry_run, "rows": report.rows, **more})


def _bad_body(problem: str) -> Response:
    """Say which field of the body it is; the library's message names it as a path."""
    found = _FIELD.search(problem)
    field = next((name for name in found.groups() if name), "") if found else ""
    return JSONResponse({"error": "bad_rows", "faults": _faults([BadRow("body", 1, field, problem)])}, 422)


@router.get("/export")
async def export_all(request: Request, session: Who, file: str = "places.xlsx") -> Response:
    """Return everything of the desk's area: `file=places.xlsx`, or one sheet, as `file=homes.csv`."""
    async with site_of(request).deps.ctx.db.read() as connection:
        sheets = await export_sheets(connection, session.viewer.scope)
    named: dict[str, Sheet] = {f"{sheet.name}.csv": sheet for sheet in sheets}
    disposition = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    if file == "places.xlsx":
        return Response(write_xlsx(sheets), media_type=_XLSX, headers=disposition)
    if file in named:
        return Response(write_csv(named[file]), media_type="text/csv; charset=utf-8", headers=disposition)
    choices = ", ".join(["places.xlsx", *named])
    return JSONResponse({"error": "bad_request", "field": "file", "problem": f"give one of {choices}"}, 422)


@router.post("/import")
async def import_files(request: Request, session: Who, files: list[UploadFile], dry_run: DryRun = False) -> Response:
    """Take tables as the command `places import` does: an .xlsx, or .csv files named areas.csv, homes.csv, …"""
    site = site_of(request)
    try:
        sheets = [sheet for one in files for sheet in read_workbook(one.filename or "", await one.read())]
    except WorkbookError as error:
        return JSONResponse({"error": "bad_file", "field": "files", "problem": str(error)}, 422)
    log = Author(session.viewer.person_id, site.now)
    report = await import_sheets(site.deps.ctx, sheets, dry_run=dry_run, scope=session.viewer.scope, by=log)
    return _answer(report, dry_run)


@router.get("/{sheet}")
async def list_entries(request: Request, sheet: str, session: Who) -> Response:
    """Return every entry of a sheet within the desk's area."""
    return await _read(request, session, sheet, None)


@router.get("/{sheet}/{entry_id}")
async def one_entry(request: Request, sheet: str, entry_id: str, session: Who) -> Response:
    """Return one entry."""
    return await _read(request, session, sheet, entry_id)


@router.put("/{sheet}/{entry_id}")
async def put_entry(request: Request, sheet: str, entry_id: str, session: Who, dry_run: DryRun = False) -> Response:
    """Write an entry in place of what was there; what the body leaves out is as if it were not known."""
    return await _write(request, session, sheet, entry_id, dry_run=dry_run, onto=False)


@router.patch("/{sheet}/{entry_id}")
async def patch_entry(request: Request, sheet: str, entry_id: str, session: Who, dry_run: DryRun = False) -> Response:
    """Change the fields that the body names, and no other."""
    return await _write(request, session, sheet, entry_id, dry_run=dry_run, onto=True)


async def _read(request: Request, session: Session, sheet: str, only: str | None) -> Response:
    if sheet not in ENTRIES:
        raise NoSuchPageError
    async with site_of(request).deps.ctx.db.read() as connection:
        found = await read_entries(connection, session.viewer.scope, sheet, only)
    if only is None:
        return JSONResponse({sheet: msgspec.to_builtins(found)})
    if not found:
        raise NoSuchPageError
    return JSONResponse(msgspec.to_builtins(found[0]))


async def _write(
    request: Request, session: Session, sheet: str, entry_id: str, *, dry_run: bool, onto: bool
) -> Response:
    if sheet not in ENTRIES:
        raise NoSuchPageError
    site, scope = site_of(request), session.viewer.scope
    try:
        said = msgspec.json.decode(await request.body(), type=dict[str, Any])
        if said.setdefault("id", entry_id) != entry_id:
            raise msgspec.ValidationError("the id is not the address's - at `$.id`")
        if onto:
            async with site.deps.ctx.db.read() as connection:
                before = await read_entries(connection, scope, sheet, entry_id)
            if not before:
                raise NoSuchPageError
            said = {**msgspec.to_builtins(before[0]), **said}
        entry = msgspec.convert(said, ENTRIES[sheet])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _bad_body(str(error))
    log = Author(session.viewer.person_id, site.now)
    report = await import_entry(site.deps.ctx, sheet, entry, dry_run=dry_run, scope=scope, by=log)
    return _answer(report, dry_run, entry=msgspec.to_builtins(entry))
