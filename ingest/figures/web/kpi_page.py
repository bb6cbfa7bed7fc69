"""Numbers: the key figures as a page, a report to print, CSV and JSON. The same sheet everywhere.

Everybody sees the figures of their own areas; figures about people (load, hours) are for who sits at a desk.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from ingest.domain.base.areas import Level
from ingest.domain.base.rights import DESK
from ingest.domain.base.shares import Share
from ingest.figures.domain.kpi import AIM_60_S, AIM_180_S, AIM_ARRIVAL, AIM_RESOLVED, KeyFigures
from ingest.figures.web.kpi_chart import draw_acknowledgements
from ingest.figures.web.kpi_csv import ABOUT_PEOPLE, TABLES, write_csv
from ingest.figures.web.kpi_sheet import BadPeriodError, KpiReport, read_level, read_period, read_sheet
from ingest.store.base.sessions import Session
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.plain import plain
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places

router = APIRouter()
MOST_LATE_SHOWN = 50
Day = Annotated[str, Query(max_length=10)]


class PeriodQuery:
    """What a reader asks for; a FastAPI dependency."""

    def __init__(
        self,
        first: Annotated[str, Query(alias="from", max_length=10)] = "",
        to: Day = "",
        month: Day = "",
        level: Annotated[str, Query(max_length=20)] = "",
    ) -> None:
        self.first, self.to, self.month, self.level = first, to, month, level


Asked = Annotated[PeriodQuery, Depends()]


def _sees_people(session: Session) -> bool:
    return DESK.allows(session.viewer.role)


async def _sheet(site: SiteContext, session: Session, query: PeriodQuery) -> KpiReport:
    today = site.now.astimezone(site.deps.zone).date()
    period = read_period(query.first, query.to, query.month, today, site.deps.zone)
    level = read_level(query.level)
    async with site.deps.ctx.db.read() as connection:
        people = site.table.other_stints if _sees_people(session) else None
        return await read_sheet(connection, session.viewer.scope, period, level, site.now, people=people)


@router.get("/numbers")
async def show_kpi(request: Request, session: Who, query: Asked) -> Response:
    """The page."""
    return await _page(request, session, query, "numbers.html")


@router.get("/numbers/live")
async def show_kpi_live(request: Request, session: Who, query: Asked) -> Response:
    """Only the tables, counted anew."""
    return await _page(request, session, query, "numbers_tables.html")


@router.get("/numbers/report")
async def show_report(request: Request, session: Who, query: Asked) -> Response:
    """The same as a report to print: no menus, with the definitions."""
    return await _page(request, session, query, "numbers_report.html")


async def _page(request: Request, session: Session, query: PeriodQuery, template: str) -> Response:
    site = site_of(request)
    problem = None
    try:
        sheet = await _sheet(site, session, query)
    except BadPeriodError:
        problem, sheet = "period", await _sheet(site, session, PeriodQuery())
    language = site.catalogue(request, session.viewer.language).language
    return site.page(
        request,
        template,
        session=session,
        status=422 if problem else 200,
        problem=problem,
        sheet=sheet,
        goes_on=sheet.period.last >= site.now.astimezone(site.deps.zone).date(),
        late=sheet.late[:MOST_LATE_SHOWN],
        levels=list(Level),
        chart=draw_acknowledgements(sheet.pieces),
        places=Places(sheet.areas, language),
        with_people=_sees_people(session),
        months=last_months(site.now.astimezone(site.deps.zone).date()),
        percent=percent,
        seconds=seconds,
        aims={"in_60_s": AIM_60_S, "in_180_s": AIM_180_S, "arrived": AIM_ARRIVAL, "resolved": AIM_RESOLVED},
    )


@router.get("/numbers/{table}.csv")
async def download(request: Request, table: str, session: Who, query: Asked) -> Response:
    """One table as a file."""
    if table not in TABLES or (table in ABOUT_PEOPLE and not _sees_people(session)):
        raise NoSuchPageError
    try:
        sheet = await _sheet(site_of(request), session, query)
    except BadPeriodError as error:
        return JSONResponse({"error": "bad_request", "detail": str(error)}, 422)
    name = f"linshe-{table}-{sheet.period.first}-{sheet.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_csv(sheet, table), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/v1/kpi")
async def key_figures(request: Request, session: Who, query: Asked) -> Response:
    """Everything as JSON; times are ISO 8601 UTC, lengths are seconds or whole minutes."""
    try:
        sheet = await _sheet(site_of(request), session, query)
    except BadPeriodError as error:
        return JSONResponse({"error": "bad_request", "detail": str(error)}, 422)
    return JSONResponse(
        {
            "from": sheet.period.first.isoformat(),
            "to": sheet.period.last.isoformat(),
            "level": sheet.level,
            "counted_at": plain(sheet.counted_at),
            "aims": {"in_60_s": AIM_60_S, "in_180_s": AIM_180_S, "arrived": AIM_ARRIVAL, "resolved": AIM_RESOLVED},
            "whole": _figures_json(sheet.whole),
            "places": [{"area_id": area, **_figures_json(found)} for area, found in sheet.places],
            "periods": [{"from": day.isoformat(), **_figures_json(found)} for day, found in sheet.pieces],
            "rules": [{**asdict(row), "right": _share_json(row.right)} for row in sheet.rules],
            "exceptions": [plain(asdict(late)) for late in sheet.late],
            "notices": [asdict(row) for row in sheet.notices],
            "load": [asdict(load) for load in sheet.loads],
        }
    )


def _figures_json(found: KeyFigures) -> dict[str, Any]:
    names = KeyFigures.__dataclass_fields__
    values = {name: getattr(found, name) for name in names}
    return {name: _share_json(value) if isinstance(value, Share) else value for name, value in values.items()}


def _share_json(share: Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, "rate": share.rate}


def percent(share: Share) -> str:
    """Return `97.5 %`, never rounded up to an aim that was not reached; a dash where nothing was judged."""
    return "–" if share.rate is None else f"{int(share.rate * 1000) / 10:g} %"


def seconds(value: float | None) -> str:
    """Return `48 s` or `12:05` (minutes and seconds) or `3:12:05`; a dash for nothing."""
    if value is None:
        return "–"
    whole = int(value)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def last_months(today: date, count: int = 6) -> list[str]:
    """Return this month and those before it, newest first, as `2026-11`."""
    whole = today.year * 12 + today.month - 1
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(whole, whole - count, -1)]
