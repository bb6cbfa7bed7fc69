"""My visits on the phone: what is due and overdue first, how to get there, the appointment, and the note of a visit."""

from __future__ import annotations

from datetime import UTC, date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ingest.actions.base.links import PERSONAL_PATH as PATH
from ingest.actions.base.note_look import note_look
from ingest.store.tickets.queries import area_names
from ingest.visits.actions.keep_visit import Kept, agree_visit, report_visit
from ingest.visits.domain.visit_note import Found, Hazard, Meals, Medicine, Mood, NoteFault
from ingest.visits.domain.visit_plan import home_status_of, month_of
from ingest.visits.store.visits import notes_of, visit_by_id, visits_of_person
from ingest.visits.web.visit_form import AgreeForm, NoteForm, rounded
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import NOT_A_TIME, local_time
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import Places
from ingest.web.duty.my_page import Me, Mine, write_own_page

router = APIRouter(prefix=PATH.rstrip("/"))
EMPTY = NoteForm(minutes="30")


@router.get("/{token}/visits")
async def show_my_visits(request: Request, me: Mine) -> Response:
    """The list of this month."""
    site, now = site_of(request), site_of(request).now
    today = now.astimezone(site.deps.zone).date()
    async with site.deps.ctx.db.read() as connection:
        rows = await visits_of_person(connection, me.person.person_id, month_of(today))
        areas = await area_names(connection)
    listed = [(row, home_status_of(date.fromisoformat(row.due_on), row.done_at is not None, today)) for row in rows]
    return write_own_page(
        request,
        "my_visits.html",
        me,
        listed=sorted(listed, key=lambda one: one[0].done_at is not None),
        done=sum(row.done_at is not None for row in rows),
        places=Places(areas, site.catalogue(request, me.person.language).language),
        day_of=date.fromisoformat,
    )


@router.get("/{token}/visits/{visit_id}")
async def show_my_visit(request: Request, me: Mine, visit_id: str) -> Response:
    """One visit: where, what was found before, the appointment and the form."""
    return await _visit(request, me, visit_id)


@router.post("/{token}/visits/{visit_id}/agree")
async def agree(request: Request, me: Mine, visit_id: str, form: Annotated[AgreeForm, Form()]) -> Response:
    """Make the appointment."""
    site = site_of(request)
    try:
        when = local_time(form.when, site.deps.zone)
    except ValueError:
        when = None
    if when is None:
        return await _visit(request, me, visit_id, problem=NOT_A_TIME)
    result = await agree_visit(site.deps.ctx, visit_id, when.astimezone(UTC), me.actor, site.now)
    if not isinstance(result, Kept):
        return await _visit(request, me, visit_id, problem=result)
    return RedirectResponse(f"{me.path}/visits", 303)


@router.post("/{token}/visits/{visit_id}/report")
async def report(request: Request, me: Mine, visit_id: str, form: Annotated[NoteForm, Form()]) -> Response:
    """Write down what was found."""
    site = site_of(request)
    problem = await tell_note(site, me, visit_id, form)
    if problem is not None:
        return await _visit(request, me, visit_id, form, problem=problem)
    return RedirectResponse(f"{me.path}/visits", 303)


async def tell_note(site: SiteContext, me: Me, visit_id: str, form: NoteForm) -> str | None:
    """Write a note down; return what is wrong with it, or None."""
    note = form.note()
    if note is None:
        return NoteFault.NOT_FOUND_SAID
    try:
        ended = local_time(form.ended, site.deps.zone) or site.now
    except ValueError:
        return NOT_A_TIME
    result = await report_visit(
        site.deps.ctx, visit_id, note, went=set(form.went), ended_at=ended.astimezone(UTC), actor=me.actor,
        now=site.now,
    )  # fmt: skip
    return None if isinstance(result, Kept) else result


async def _visit(
    request: Request, me: Me, visit_id: str, form: NoteForm = EMPTY, *, problem: str | None = None
) -> Response:
    site, now, mine = site_of(request), site_of(request).now, me.person.person_id
    async with site.deps.ctx.db.read() as connection:
        visit = await visit_by_id(connection, visit_id)
        if visit is None or mine not in (visit.worker, visit.volunteer):
            raise NoSuchPageError
        notes = await notes_of(connection, visit.home_id)
        areas = await area_names(connection)
    await note_look(site.deps.ctx, visit.home_id, me.actor, now)
    names = ((visit.worker, visit.worker_name), (visit.volunteer, visit.volunteer_name))
    pair = [(person, name) for person, name in names if person is not None]
    return write_own_page(
        request,
        "my_visit.html",
        me,
        status=200 if problem is None else 422,
        problem=problem,
        visit=visit,
        notes=notes,
        pair=pair,
        went=form.went or [person for person, _ in pair],
        filled=form,
        ended=form.ended or rounded(now.astimezone(site.deps.zone)).strftime("%Y-%m-%dT%H:%M"),
        founds=list(Found),
        moods=list(Mood),
        meals=list(Meals),
        medicines=list(Medicine),
        hazards=list(Hazard),
        places=Places(areas, site.catalogue(request, me.person.language).language),
        day_of=date.fromisoformat,
    )
