"""The station's plan of the month: which homes are visited when and by whom, what is due and overdue, and the rate.

As a page, a CSV and JSON; with it the maps of needs and resources by area.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import AwareDatetime, Field

from ingest.actions.base.note_look import note_look
from ingest.domain.base.areas import Area, Level, paths_upwards
from ingest.domain.duty.oncall import on_call_at
from ingest.store.base.sessions import Session
from ingest.store.duty.rosters import calendar_of, rosters_of
from ingest.store.tickets.queries import area_names, homes_in, people_in
from ingest.visits.actions.keep_visit import Kept, Pair, agree_visit, report_visit, send_others
from ingest.visits.actions.plan_visits import plan_visits
from ingest.visits.domain.care_map import needs_of, resources_of
from ingest.visits.domain.visit_note import Found, Hazard, Meals, Medicine, Mood, NoteFault, VisitNote
from ingest.visits.domain.visit_plan import MonthRate, VisitStage, days_of, home_status_of, month_of
from ingest.visits.store.visits import (
    VisitRow,
    facts_of_homes,
    notes_of,
    visit_by_id,
    visitors_in,
    visits_of_month,
)
from ingest.web.base.auth import Who
from ingest.web.base.csv_table import write_rows
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import CsrfForm, JsonBody
from ingest.web.base.plain import plain
from ingest.web.base.readable import kept_text
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places, actor_of

router = APIRouter()
Month = Annotated[str, Query(max_length=7)]
_CODES = {NoteFault.UNKNOWN_VISIT: 404, NoteFault.NOT_YOURS: 403, NoteFault.DONE_BEFORE: 409}


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """The visits of a month with how they stand, the rate, and what the page counts."""

    month: str
    rows: list[tuple[VisitRow, VisitStage]]
    rate: MonthRate
    counts: Counter[VisitStage]


async def read_plan(site: SiteContext, scope: str, month: str) -> MonthPlan:
    """Return the plan of a subtree's month; raises `ValueError` for a month that is none."""
    today = site.now.astimezone(site.deps.zone).date()
    month = month or month_of(today)
    days_of(month)
    async with site.deps.ctx.db.read() as connection:
        visits = await visits_of_month(connection, scope, month)
        homes = await homes_in(connection, scope)
    rows = [(row, home_status_of(date.fromisoformat(row.due_on), row.done_at is not None, today)) for row in visits]
    visited = {row.home_id for row, standing in rows if standing is VisitStage.DONE}
    rate = MonthRate(len(homes), len(visited))
    return MonthPlan(month, rows, rate, Counter(standing for _, standing in rows))


@router.get("/visits")
async def show_plan(request: Request, session: Who, month: Month = "", only: str = "") -> Response:
    """The page of a month."""
    site = site_of(request)
    try:
        plan = await read_plan(site, session.viewer.scope, month)
    except ValueError as error:
        raise NoSuchPageError from error
    async with site.deps.ctx.db.read() as connection:
        areas = await area_names(connection)
    first, last = days_of(plan.month)
    order = list(VisitStage)
    rows = [one for one in plan.rows if not only or one[1] == only]
    return site.page(
        request,
        "visits.html",
        session=session,
        plan=plan,
        rows=sorted(rows, key=lambda one: (one[1] is VisitStage.DONE, one[0].due_on)),
        only=only,
        standings=[one for one in order if plan.counts[one]],
        before=month_of(date.fromordinal(first.toordinal() - 1)),
        after=month_of(date.fromordinal(last.toordinal() + 1)),
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
        day_of=date.fromisoformat,
    )


class PlanForm(CsrfForm):
    """The button that plans."""

    month: str = ""


@router.post("/visits/plan")
async def plan_now(request: Request, session: Who, press: Annotated[PlanForm, Form()]) -> Response:
    """Plan the month, or bring its plan up to date; what is agreed stays."""
    if not await _planned(site_of(request), session, press.month):
        raise NoSuchPageError
    return RedirectResponse(f"/visits?month={press.month}", 303)


async def _planned(site: SiteContext, session: Session, month: str) -> bool:
    try:
        _, last = days_of(month)
    except ValueError:
        return False
    today = site.now.astimezone(site.deps.zone).date()
    if last < today:
        return False
    path = paths_upwards(session.viewer.scope)[-1]
    await plan_visits(site.deps.ctx, path.strip("/"), path, month, today=today, now=site.now)
    return True


@router.get("/visits/one/{visit_id}")
async def show_one(request: Request, session: Who, visit_id: str) -> Response:
    """One visit: its people, to be changed, and what was found there; that it was opened is written down."""
    return await _one(request, session, visit_id)


async def _one(request: Request, session: Session, visit_id: str, problem: NoteFault | None = None) -> Response:
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        visit = await visit_by_id(connection, visit_id)
        if visit is None or not visit.area_path.startswith(session.viewer.scope):
            raise NoSuchPageError
        notes = await notes_of(connection, visit.home_id)
        people = await people_in(connection, session.viewer.scope)
        areas = await area_names(connection)
    await note_look(site.deps.ctx, visit.home_id, actor_of(session.viewer), site.now)
    return site.page(
        request,
        "visit.html",
        session=session,
        status=200 if problem is None else 422,
        problem=problem,
        visit=visit,
        notes=notes,
        workers=[one for one in people if one.role == "social_worker" or one.person_id == visit.worker],
        volunteers=[one for one in people if one.role == "volunteer" or one.person_id == visit.volunteer],
        places=Places(areas, site.catalogue(request, session.viewer.language).language),
        day_of=date.fromisoformat,
    )


class PairForm(CsrfForm):
    """Who goes."""

    worker: str = ""
    volunteer: str = ""


@router.post("/visits/one/{visit_id}/people")
async def change_people(request: Request, session: Who, visit_id: str, form: Annotated[PairForm, Form()]) -> Response:
    """Let others go."""
    site = site_of(request)
    pair = Pair(form.worker or None, form.volunteer or None)
    result = await send_others(site.deps.ctx, visit_id, pair, actor_of(session.viewer), site.now)
    if not isinstance(result, Kept):
        return await _one(request, session, visit_id, result)
    return RedirectResponse(f"/visits/one/{visit_id}", 303)


@router.get("/visits/plan.csv")
async def download_plan(request: Request, session: Who, month: Month = "") -> Response:
    """The month as a file; no word of the notes is in it."""
    site = site_of(request)
    try:
        plan = await read_plan(site, session.viewer.scope, month)
    except ValueError as error:
        raise NoSuchPageError from error
    head = (
        "visit_id", "home_id", "home", "area", "due_on", "standing", "points", "reasons", "worker", "volunteer",
        "agreed_for", "tries", "done_at", "minutes", "seen_well",
    )  # fmt: skip
    zone = site.deps.zone

    def local(at: datetime | None) -> str:
        return at.astimezone(zone).isoformat("T", "minutes") if at else ""

    rows = [
        (
            row.visit_id, row.home_id, row.home_label, row.area_path, row.due_on, standing.value, row.points,
            " ".join(row.reasons), row.worker_name or "", row.volunteer_name or "", local(row.agreed_for), row.tries,
            local(row.done_at), row.minutes or "", "" if row.seen_well is None else "yes" if row.seen_well else "no",
        )
        for row, standing in plan.rows
    ]  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="linshe-visits-{plan.month}.csv"'}
    return Response(write_rows([head, *rows]), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/v1/visits")
async def list_visits(request: Request, session: Who, month: Month = "") -> Response:
    """Return a month's visits and its rate; days are ISO dates of the site, times ISO 8601 UTC."""
    try:
        plan = await read_plan(site_of(request), session.viewer.scope, month)
    except ValueError:
        return JSONResponse({"error": "bad_request", "detail": "write a month as 2026-12"}, 422)
    return JSONResponse(
        {
            "month": plan.month,
            "homes": plan.rate.homes,
            "visited": plan.rate.visited,
            "rate": plan.rate.rate,
            "visits": [{**plain(asdict(row)), "standing": standing.value} for row, standing in plan.rows],
        }
    )


class PlanBody(JsonBody):
    """Which month is to be planned."""

    month: str


@router.post("/api/v1/visits/plan")
async def post_plan(request: Request, session: Who, body: PlanBody) -> Response:
    """Plan a month, or bring its plan up to date."""
    if not await _planned(site_of(request), session, body.month):
        return JSONResponse({"error": "bad_request", "detail": "write a month to come, or this one, as 2026-12"}, 422)
    return await list_visits(request, session, body.month)


class AgreeBody(JsonBody):
    """When the appointment is."""

    when: AwareDatetime


@router.post("/api/v1/visits/{visit_id}/agree")
async def post_agree(request: Request, session: Who, visit_id: str, body: AgreeBody) -> Response:
    """Make an appointment."""
    site = site_of(request)
    return _answer(await agree_visit(site.deps.ctx, visit_id, body.when, actor_of(session.viewer), site.now))


class NoteBody(JsonBody):
    """What was found; `ended_at`: when those who went left, now where it is not said."""

    found: Found
    minutes: int
    went: list[str]
    ended_at: AwareDatetime | None = None
    mood: Mood | None = None
    meals: Meals | None = None
    medicine: Medicine | None = None
    hazards: list[Hazard] = Field(default_factory=list)
    text: str = ""


@router.post("/api/v1/visits/{visit_id}/report")
async def post_report(request: Request, session: Who, visit_id: str, body: NoteBody) -> Response:
    """Write a visit's note down."""
    site, now = site_of(request), site_of(request).now
    note = VisitNote(
        body.found, body.minutes, body.mood, body.meals, body.medicine, frozenset(body.hazards),
        kept_text(body.text, 2000),
    )  # fmt: skip
    result = await report_visit(
        site.deps.ctx, visit_id, note, went=set(body.went), ended_at=body.ended_at or now,
        actor=actor_of(session.viewer), now=now,
    )  # fmt: skip
    return _answer(result)


def _answer(result: Kept | NoteFault) -> Response:
    if isinstance(result, Kept):
        return JSONResponse(asdict(result))
    return JSONResponse({"error": result.value}, _CODES.get(result, 422))


@router.get("/api/v1/maps")
async def maps(request: Request, session: Who, level: Annotated[str, Query(max_length=20)] = "street") -> Response:
    """Return needs and resources of every area of a level in the subtree; numbers only, nobody's name."""
    if level not in set(Level):
        return JSONResponse({"error": "bad_request", "detail": f"level is one of {', '.join(Level)}"}, 422)
    site, scope = site_of(request), session.viewer.scope
    plan = await read_plan(site, scope, "")
    today = site.now.astimezone(site.deps.zone).date()
    async with site.deps.ctx.db.read() as connection:
        names = await area_names(connection)
        facts = await facts_of_homes(connection, scope, today, site.now)
        visitors = await visitors_in(connection, scope)
        inside = [row for row in names.values() if row.path.startswith(scope)]
        moment = (site.now, site.now + timedelta(seconds=1))
        rosters = await rosters_of(connection, [row.area_id for row in inside], moment)
        on_call = on_call_at(rosters, await calendar_of(connection), site.now)
    areas = [Area(row.area_id, None, Level(row.level), row.path) for row in inside]
    overdue = Counter(row.home_id for row, standing in plan.rows if standing is VisitStage.OVERDUE)
    visited = {row.home_id for row, standing in plan.rows if standing is VisitStage.DONE}
    load = Counter(person for row, _ in plan.rows for person in (row.worker, row.volunteer) if person)
    named = {row.area_id: {"name_zh": row.name_zh, "name_en": row.name_en} for row in inside}

    def rows(found: list[Any]) -> list[dict[str, Any]]:
        return [{**asdict(one), **named[one.area_id]} for one in found]

    return JSONResponse(
        {
            "level": level,
            "month": plan.month,
            "counted_at": plain(site.now),
            "needs": rows(needs_of(areas, Level(level), facts, overdue, visited)),
            "resources": rows(resources_of(areas, Level(level), visitors, on_call, load)),
        }
    )
