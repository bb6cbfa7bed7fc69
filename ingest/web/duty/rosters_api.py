"""The JSON API of rosters: what was agreed, who is on call, stand-ins, swaps, shifts to sign up for, holidays, the
checker, and who would be asked when.

Times are ISO 8601 with an offset. A refusal is `{"error": "refused", "field": …, "problem": …}`: what, and what to do.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, Field

from ingest.actions.duty.change_roster import (
    RosterRefusedError,
    open_shift,
    override_roster,
    revoke_change,
    sign_off,
    sign_up,
    swap_shifts,
)
from ingest.actions.duty.check_rosters import check_rosters, on_call_now
from ingest.actions.duty.load_holidays import days_of_library, load_holidays, set_day
from ingest.actions.duty.rehearse_call import UnknownHomeError, rehearse_call
from ingest.actions.duty.write_roster import write_roster
from ingest.domain.base.areas import lies_within
from ingest.domain.duty.holidays import DayKind
from ingest.domain.duty.oncall import duty_of
from ingest.domain.duty.roster import RosterError, agreed_roster
from ingest.store.base.places import home_by_id, path_if_known, path_of
from ingest.store.base.sessions import Session
from ingest.store.duty.rosters import (
    RosterRow,
    calendar_of,
    changes_in,
    roster_rows,
    rosters_of,
    shifts_in,
)
from ingest.store.duty.special_days import special_days_of
from ingest.web.base.auth import Who
from ingest.web.base.errors import NoSuchPageError
from ingest.web.base.forms import JsonBody
from ingest.web.base.plain import plain
from ingest.web.base.site_context import SiteContext, site_of
from ingest.web.base.views import actor_of
from models.flag import Severity

router = APIRouter(prefix="/api/v1")
When = Annotated[AwareDatetime | None, Query()]
LOOK_AHEAD = timedelta(days=14)
LONGEST_LOOK = timedelta(days=92)


class SpanBody(JsonBody):
    """From `starts` to `ends`, the end not included."""

    starts: AwareDatetime
    ends: AwareDatetime


class RosterBody(JsonBody):
    """A roster in place of what was agreed before; its overrides and shifts stay."""

    area: str
    name: str
    rotations: list[dict[str, Any]]
    timezone: str = "Asia/Shanghai"


class OverrideBody(SpanBody):
    """`person` answers instead of `replaces` (of everybody, if left out); without `person` nobody comes in."""

    person: str | None = None
    replaces: str | None = None


class HoursBody(SpanBody):
    """Hours of one person."""

    person: str


class SwapBody(JsonBody):
    """Two people who take each other's hours."""

    one: HoursBody
    other: HoursBody


class ShiftBody(SpanBody):
    """A shift to sign up for."""

    places: Annotated[int, Field(ge=1, le=100)] = 1


class DayBody(JsonBody):
    """What a day is as announced: `holiday`, `workday`, or null for what its weekday says."""

    kind: DayKind | None
    name: str = ""


def _refusal(error: Exception, field: str = "") -> Response:
    field = error.field if isinstance(error, RosterRefusedError) else field
    return JSONResponse({"error": "refused", "field": field, "problem": str(error)}, 422)


async def _scope(site: SiteContext, session: Session, area: str | None) -> str:
    """Return the path that is asked about: the viewer's own, or that of an area within it."""
    if area is None:
        return session.viewer.scope
    async with site.deps.ctx.db.read() as connection:
        path = await path_if_known(connection, area)
    if path is None or not lies_within(path, session.viewer.scope):
        raise NoSuchPageError
    return path


async def _roster(site: SiteContext, session: Session, roster_id: str) -> RosterRow:
    async with site.deps.ctx.db.read() as connection:
        found = await roster_rows(connection, session.viewer.scope, roster_id)
    if not found:
        raise NoSuchPageError
    return found[0]


@router.get("/rosters")
async def list_rosters(request: Request, session: Who, area: str | None = None) -> Response:
    """Return the rosters of a subtree as they were agreed."""
    site = site_of(request)
    scope = await _scope(site, session, area)
    async with site.deps.ctx.db.read() as connection:
        rows = await roster_rows(connection, scope)
    return JSONResponse({"rosters": [plain(asdict(row)) for row in rows]})


@router.get("/rosters/{roster_id}")
async def one_roster(
    request: Request, roster_id: str, session: Who, since: When = None, until: When = None
) -> Response:
    """Return a roster, its changes and shifts in a stretch of time, and the hours that these make for everybody."""
    site = site_of(request)
    row = await _roster(site, session, roster_id)
    start = (since or site.now).astimezone(UTC)
    within = (start, start + LOOK_AHEAD if until is None else until.astimezone(UTC))
    if not timedelta(0) < within[1] - within[0] <= LONGEST_LOOK:
        return _refusal(ValueError(f"give a stretch of up to {LONGEST_LOOK.days} days"), "until")
    async with site.deps.ctx.db.read() as connection:
        (roster,) = [one for one in await rosters_of(connection, [row.area_id], within) if one.roster_id == roster_id]
        duty = duty_of(roster, await calendar_of(connection), within)
        changes = await changes_in(connection, roster_id, within)
        shifts = await shifts_in(connection, roster_id, within)
    hours = [
        {"person": person, "starts": plain(starts), "ends": plain(ends)}
        for person, spans in sorted(duty.items())
        for starts, ends in spans
    ]
    return JSONResponse(
        {
            **plain(asdict(row)),
            "changes": [plain(asdict(one)) for one in changes],
            "shifts": [plain(asdict(one)) for one in shifts],
            "hours": hours,
        }
    )


@router.put("/rosters/{roster_id}")
async def put_roster(
    request: Request, roster_id: str, body: RosterBody, session: Who, dry_run: bool = False
) -> Response:
    """Write what was agreed; with `dry_run` only say what is wrong."""
    site, now = site_of(request), site_of(request).now
    try:
        agreed = agreed_roster(roster_id, body.area, body.name, body.rotations, body.timezone)
        await write_roster(site.deps.ctx, agreed, actor_of(session.viewer), now, dry_run=dry_run)
    except (RosterRefusedError, RosterError) as error:
        return _refusal(error, "rotations")
    return JSONResponse({"written": not dry_run, "dry_run": dry_run, "roster_id": roster_id})


@router.post("/rosters/{roster_id}/overrides")
async def post_override(request: Request, roster_id: str, body: OverrideBody, session: Who) -> Response:
    """Let somebody stand in, or say that somebody can not come."""
    site, now = site_of(request), site_of(request).now
    actor, when = actor_of(session.viewer), (body.starts, body.ends)
    try:
        changed = await override_roster(
            site.deps.ctx, roster_id, when, person=body.person, replaces=body.replaces, actor=actor, now=now
        )
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"number": int(changed.row)})


@router.delete("/roster-changes/{number}")
async def delete_change(request: Request, number: int, session: Who) -> Response:
    """Take an override, or one half of a swap, back."""
    site, now = site_of(request), site_of(request).now
    try:
        await revoke_change(site.deps.ctx, number, actor=actor_of(session.viewer), now=now)
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"number": number})


@router.post("/rosters/{roster_id}/swaps")
async def post_swap(request: Request, roster_id: str, body: SwapBody, session: Who) -> Response:
    """Let two people take each other's hours."""
    site, now = site_of(request), site_of(request).now
    one, other = ((hours.person, (hours.starts, hours.ends)) for hours in (body.one, body.other))
    try:
        await swap_shifts(site.deps.ctx, roster_id, one, other, actor=actor_of(session.viewer), now=now)
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"roster_id": roster_id})


@router.post("/rosters/{roster_id}/shifts")
async def post_shift(request: Request, roster_id: str, body: ShiftBody, session: Who) -> Response:
    """Open a shift that people sign up for."""
    site, now = site_of(request), site_of(request).now
    when, actor = (body.starts, body.ends), actor_of(session.viewer)
    try:
        opened = await open_shift(site.deps.ctx, roster_id, when, body.places, actor=actor, now=now)
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"shift_id": opened.row})


@router.put("/shifts/{shift_id}/people/{person}")
async def put_sign_up(request: Request, shift_id: str, person: str, session: Who) -> Response:
    """Sign somebody up; oneself, or the desk for others."""
    site, now = site_of(request), site_of(request).now
    try:
        left = await sign_up(site.deps.ctx, shift_id, person, actor=actor_of(session.viewer), now=now)
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"shift_id": shift_id, "places_left": left})


@router.delete("/shifts/{shift_id}/people/{person}")
async def delete_sign_up(request: Request, shift_id: str, person: str, session: Who) -> Response:
    """Take a sign-up back."""
    site, now = site_of(request), site_of(request).now
    try:
        await sign_off(site.deps.ctx, shift_id, person, actor=actor_of(session.viewer), now=now)
    except RosterRefusedError as error:
        return _refusal(error)
    return JSONResponse({"shift_id": shift_id})


@router.get("/on-call")
async def on_call(request: Request, session: Who, area: str | None = None, at: When = None) -> Response:
    """Return who is on call at a moment (now), at each area of the subtree that has a roster."""
    site = site_of(request)
    moment = (at or site.now).astimezone(UTC)
    found = await on_call_now(site.deps.ctx, await _scope(site, session, area), moment)
    return JSONResponse({"at": plain(moment), "on_call": found})


@router.get("/roster-check")
async def roster_check(
    request: Request, session: Who, area: str | None = None, days: Annotated[int, Query(ge=1, le=92)] = 30
) -> Response:
    """Return every stretch of the days to come in which nobody would answer, at every level."""
    site = site_of(request)
    scope = await _scope(site, session, area)
    checked = await check_rosters(site.deps.ctx, scope, site.now, timedelta(days=days))
    told = asdict(checked)
    # programs of today read this key
    told["holes"] = told.pop("gaps")
    return JSONResponse(plain(told))


@router.get("/plan-rehearsal")
async def plan_rehearsal(
    request: Request, session: Who, home: str, severity: Severity = Severity.CRITICAL, at: When = None
) -> Response:
    """Return who would be asked when about a home, if a ticket opened at that time and nobody answered."""
    site = site_of(request)
    async with site.deps.ctx.db.read() as connection:
        known = await home_by_id(connection, home)
        if known is None or not lies_within(await path_of(connection, known.area_id), session.viewer.scope):
            return _refusal(UnknownHomeError(f"there is no home {home!r} in your area"), "home")
    found = await rehearse_call(site.deps.ctx, home, severity, (at or site.now).astimezone(UTC))
    askings = [
        {
            "at": plain(one.at),
            "until": plain(one.until),
            "step": one.step,
            "turn": one.turn,
            "to": one.to,
            "level": one.level,
            "people": [person.person_id for person in one.people],
            "why": one.why,
            "repeats": one.repeats,
        }
        for one in found.askings
    ]
    return JSONResponse({"plan": found.plan.plan_id, "askings": askings, "names": found.names})


@router.get("/holidays/{year}")
async def holidays(request: Request, year: int, session: Who) -> Response:
    """Return a year's rest days and shifted workdays, and which of them have been announced."""
    async with site_of(request).deps.ctx.db.read() as connection:
        days = await special_days_of(connection, year)
    return JSONResponse(
        {
            "days": [
                {"day": one.day.isoformat(), "kind": one.kind, "name": one.name, "official": one.official}
                for one in days
            ]
        }
    )


@router.post("/holidays/{year}")
async def post_holidays(request: Request, year: Annotated[int, Path(ge=2000, le=2100)], session: Who) -> Response:
    """Load a year from the library, as a guess: what was announced stays."""
    site, now = site_of(request), site_of(request).now
    count = await load_holidays(site.deps.ctx, year, days_of_library(year), now)
    return JSONResponse({"year": year, "days": count})


@router.put("/holidays/{year}/{day}")
async def put_day(request: Request, year: int, day: date, body: DayBody, session: Who) -> Response:
    """Write one day as it was announced."""
    site, now = site_of(request), site_of(request).now
    if day.year != year:
        return _refusal(ValueError(f"{day} is no day of {year}; mend the address"), "day")
    await set_day(site.deps.ctx, day, body.kind, body.name, now)
    return JSONResponse({"day": day.isoformat(), "kind": body.kind})
