"""Places and people for administrators: areas, stations, gateways, homes, who answers, residents and contacts.

A form says what is wrong beside the field, shows what will change before it is written, and takes it back for a day.
Tables of an office go through the same door, first on trial.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, Response

from ingest.places.actions.add_user import NewUser, UserError, add_user
from ingest.places.actions.leave import leave
from ingest.places.sheets.columns import ENTRIES, BadRow, read_entry
from ingest.places.sheets.exchange import (
    Author,
    ImportReport,
    OvertakenEntryError,
    import_entry,
    import_sheets,
    mark_of,
)
from ingest.places.sheets.take_back import TakenBack, take_back
from ingest.places.sheets.workbook import Sheet, WorkbookError, read_workbook
from ingest.places.store.entries import read_entries
from ingest.places.store.places_seen import counts_below, people_gone
from ingest.places.web.place_form import (
    CHANNELS,
    HINTED,
    MOST_CHANNELS,
    Filled,
    changes,
    faults_of,
    fields_of,
    filled_from,
    new_id,
    read_form,
)
from ingest.store.base.database import Connection
from ingest.store.base.sessions import Session
from ingest.store.tickets.queries import area_names
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm
from ingest.web.base.site_context import site_of
from ingest.web.base.views import Places, actor_of

router = APIRouter(prefix="/places")
MOST_SHOWN = 200
MOST_CHOICES = 400
"""A list to choose from may be so long; of more, the id is asked: a district has 20,000 homes."""
SHOWN = {
    "areas": ("level", "name_zh", "name_en", "parent"),
    "stations": ("name_zh", "area", "phone"),
    "gateways": ("area",),
    "homes": ("label", "resident", "area", "gateway", "phone"),
    "people": ("name", "kind", "area", "phone", "login"),
    "residents": ("name", "home", "phone", "born"),
    "contacts": ("name", "home", "relation", "phone"),
}
"""Sheet → the columns of its list."""
Text = Annotated[str, Query(max_length=200)]


@router.get("")
async def show_places(request: Request, session: Who) -> Response:
    """The tree of areas with what stands in each, and the way to every list."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
        counts = await counts_below(connection, session.viewer.scope)
    language = site.catalogue(request, session.viewer.language).language
    tree = sorted(
        (row for row in areas.values() if row.path.startswith(session.viewer.scope)), key=lambda row: row.path
    )
    return site.page(
        request, "places.html", session=session, tree=tree, counts=counts, sheets=list(ENTRIES),
        places=Places(areas, language), depth=session.viewer.scope.count("/"),
    )  # fmt: skip


@router.get("/import")
async def show_import(request: Request, session: Who) -> Response:
    """The door for tables."""
    return site_of(request).page(
        request, "places_import.html", session=session, report=None, problem=None, sheets=list(ENTRIES)
    )


@router.post("/import")
async def import_tables(
    request: Request,
    session: Who,
    files: list[UploadFile],
    do: Annotated[str, Form()] = "check",
) -> Response:
    """Check tables, and write them only when asked to."""
    site, report, problem = site_of(request), None, None
    try:
        read = [sheet for one in files for sheet in read_workbook(one.filename or "", await one.read())]
        log = Author(session.viewer.person_id, site.now)
        report = await import_sheets(site.deps.ctx, read, dry_run=do != "save", scope=session.viewer.scope, by=log)
    except WorkbookError as error:
        problem = str(error)
    status = 422 if problem or (report and report.bad) else 200
    return site.page(
        request, "places_import.html", session=session, status=status, report=report, problem=problem,
        sheets=list(ENTRIES),
    )  # fmt: skip


class UndoForm(CsrfForm):
    """The button beside what was saved."""

    number: int = 0
    sheet: str = ""
    entry: str = ""


@router.post("/undo")
async def undo(request: Request, session: Who, press: Annotated[UndoForm, Form()]) -> Response:
    """Let an entry stand as it did before."""
    site = site_of(request)
    log = Author(session.viewer.person_id, site.now)
    result = await take_back(site.deps.ctx, press.number, scope=session.viewer.scope, by=log)
    if not isinstance(result, TakenBack):
        return await _page(request, session, _known(press.sheet), press.entry, status=409, undo_fault=result.value)
    if result.is_there:
        return RedirectResponse(f"/places/{result.sheet}/one?id={result.entry_id}", 303)
    return RedirectResponse(f"/places/{result.sheet}", 303)


@router.post("/people/leave")
async def let_leave(
    request: Request, session: Who, person: Annotated[str, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Somebody answers no more, or again."""
    site = site_of(request)
    if not await leave(site.deps.ctx, person, actor_of(session.viewer), site.now, back=bool(back)):
        raise NoSuchPageError
    return RedirectResponse(f"/places/people/one?id={person}" if back else "/places/people", 303)


@router.post("/people/password")
async def give_password(request: Request, session: Who, person: Annotated[str, Form()]) -> Response:
    """Give somebody with a log-in a new password, shown this once."""
    site, scope = site_of(request), session.viewer.scope
    async with site.deps.ctx.db.read() as connection:
        found = await read_entries(connection, scope, "people", person)
    if not found or found[0].login is None:
        raise NoSuchPageError
    one, password = found[0], secrets.token_urlsafe(12)
    try:
        await add_user(
            site.deps.ctx, NewUser(one.login, one.role, one.area, one.name, one.language), password, site.now
        )
    except UserError as error:
        raise NoSuchPageError from error
    return await _page(request, session, "people", person, password=password)


@router.get("/{sheet}")
async def list_sheet(request: Request, session: Who, sheet: str, q: Text = "") -> Response:
    """What there is, or what has these words in it."""
    _known(sheet)
    site, scope = site_of(request), session.viewer.scope
    async with site.deps.ctx.db.read() as connection:
        entries = await read_entries(connection, scope, sheet)
        gone = await people_gone(connection, scope) if sheet == "people" else []
        names = await _names(connection, scope, request, session)
    words = q.lower().split()
    found = [one for one in entries if all(word in _text(one, names) for word in words)]
    return site.page(
        request, "places_list.html", session=session, sheet=sheet, entries=found[:MOST_SHOWN], found=len(found), q=q,
        columns=SHOWN[sheet], names=names, gone=gone, sheets=list(ENTRIES),
    )  # fmt: skip


@router.get("/{sheet}/one")
async def show_entry(request: Request, session: Who, sheet: str, id: Text = "", saved: int | None = None) -> Response:
    """The form of an entry, or an empty one."""
    return await _page(request, session, _known(sheet), id, saved=saved)


@router.post("/{sheet}/check")
async def check_entry(request: Request, session: Who, sheet: str) -> Response:
    """Say what is wrong, field by field, while somebody is still writing; nothing is written."""
    said = await request.form()
    report, _ = await _try(request, session, _known(sheet), read_form(sheet, said), save=False)
    words = site_of(request).catalogue(request, session.viewer.language)
    faults = faults_of(report.bad)
    return JSONResponse({"faults": {name: words.label("place_fault", rule) for name, (rule, _) in faults.items()}})


@router.post("/{sheet}/save")
async def save_entry(request: Request, session: Who, sheet: str) -> Response:
    """Show what would change, or write it."""
    said = await request.form()
    filled, save = read_form(_known(sheet), said), said.get("do") == "save"
    entry_id, overtaken = filled.row.get("id", ""), False
    try:
        report, entry = await _try(request, session, sheet, filled, save=save, seen=str(said.get("seen") or "") or None)
    except OvertakenEntryError:
        report, entry = await _try(request, session, sheet, filled, save=False)
        overtaken = True
    if report.written:
        return RedirectResponse(f"/places/{sheet}/one?id={entry_id}&saved={report.revision}", 303)
    differs = changes(report.before, entry) if entry is not None and not report.bad else None
    status = 422 if report.bad else 409 if overtaken else 200
    is_new = said.get("is_new") == "1" and not overtaken
    return await _page(
        request, session, sheet, entry_id, filled=filled, bad=report.bad, differs=differs, status=status, is_new=is_new,
        seen=mark_of(report.before), overtaken=overtaken,
    )  # fmt: skip


def _known(sheet: str) -> str:
    if sheet not in ENTRIES:
        raise NoSuchPageError
    return sheet


async def _try(
    request: Request, session: Session, sheet: str, filled: Filled, *, save: bool, seen: str | None = None
) -> tuple[ImportReport, Any | None]:
    site = site_of(request)
    entry = read_entry(Sheet(sheet, sheet, (), ()), 1, filled.row)
    if isinstance(entry, list):
        return ImportReport({sheet: 1}, entry, written=False), None
    log = Author(session.viewer.person_id, site.now)
    ctx, scope = site.deps.ctx, session.viewer.scope
    return await import_entry(ctx, sheet, entry, dry_run=not save, scope=scope, by=log, seen=seen), entry


async def _names(connection: Connection, scope: str, request: Request, session: Session) -> dict[str, dict[str, str]]:
    """Return sheet → id → what a reader calls it, for all that entries refer to."""
    language = site_of(request).catalogue(request, session.viewer.language).language
    places = Places(await area_names(connection), language)
    return {
        "areas": {
            one.area_id: places.near(one.path) for one in places.areas.values() if one.path.startswith(scope)
        },
        "stations": {one.id: one.name_zh for one in await read_entries(connection, scope, "stations")},
        "gateways": {one.id: one.id for one in await read_entries(connection, scope, "gateways")},
        "homes": {
            one.id: f"{places.name(one.area)} · {one.label}" for one in await read_entries(connection, scope, "homes")
        },
    }  # fmt: skip


def _text(entry: Any, names: dict[str, dict[str, str]]) -> str:
    said = msgspec.to_builtins(entry)
    known = [names[sheet].get(str(value), "") for value in said.values() for sheet in names if isinstance(value, str)]
    return " ".join([*(str(value) for value in said.values() if value), *known]).lower()


async def _page(
    request: Request, session: Session, sheet: str, entry_id: str, *,
    filled: Filled | None = None, bad: list[BadRow] | None = None, differs: list[tuple[str, str, str]] | None = None,
    saved: int | None = None, status: int = 200, undo_fault: str | None = None, is_new: bool | None = None,
    password: str | None = None, seen: str = "", overtaken: bool = False,
) -> Response:  # fmt: skip
    site, scope = site_of(request), session.viewer.scope
    async with site.deps.ctx.db.read() as connection:
        found = await read_entries(connection, scope, sheet, entry_id) if entry_id else []
        taken = [] if filled or entry_id else [one.id for one in await read_entries(connection, scope, sheet)]
        names = await _names(connection, scope, request, session)
    there = found[0] if found else None
    if filled is None and entry_id and there is None:
        raise NoSuchPageError
    if filled is None:
        fresh = {"id": new_id(sheet, taken), "timezone": site.deps.zone.key, "language": "zh"}
        filled = Filled(fresh) if there is None else filled_from(there)
    faults = faults_of(bad or ())
    return site.page(
        request, "places_form.html", session=session, status=status, sheet=sheet, entry_id=entry_id,
        is_new=there is None if is_new is None else is_new, fields=fields_of(sheet, filled, bad or ()),
        general=faults.get(""), has_faults=bool(faults), differs=differs, saved=saved, undo_fault=undo_fault,
        most_choices=MOST_CHOICES, channel_kinds=CHANNELS, channel_rows=MOST_CHANNELS, hinted=HINTED, names=names,
        password=password, seen=seen, overtaken=overtaken,
        called=next((filled.row[one] for one in ("name", "label", "name_zh", "id") if one in filled.row), ""),
        may_leave=sheet == "people" and there is not None and entry_id != session.viewer.person_id,
        has_login=sheet == "people" and there is not None and there.login is not None, sheets=list(ENTRIES),
    )  # fmt: skip
