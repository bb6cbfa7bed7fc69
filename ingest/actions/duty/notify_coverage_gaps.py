"""Tell of holes: those who look after a roster hear of its empty hours before these come, of all of a place at once.

They are the staff of the nearest station upwards, or its desk. Not urgent: it waits for quiet hours and is bundled.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.actions.base.context import ActionContext
from ingest.actions.duty.check_rosters import check_rosters
from ingest.actions.notices.queue_notices import queue_notices
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.base.areas import Area
from ingest.domain.base.people import Kind
from ingest.domain.duty.calling import Purpose, call_after, call_from, desk_upwards
from ingest.domain.duty.coverage import CoverageGap
from ingest.domain.duty.coverage_notices import (
    AHEAD,
    ROSTER_HOLE,
    TOLD_OF,
    Telling,
    is_daily,
    is_time,
    plan_coverage_notices,
    still_empty,
    tell_how,
)
from ingest.domain.duty.coverage_words import coverage_words
from ingest.domain.tickets.deadlines import deadline
from ingest.domain.tickets.lifecycle import clear_condition
from ingest.domain.tickets.ticket import Condition, Event, Refused, Status, Ticket
from ingest.store.base.area_tree import zone_of_district
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection
from ingest.store.base.places import chain_of
from ingest.store.duty.reach import reach_of
from ingest.store.duty.responders import responders_within
from ingest.store.duty.roster_checks import claim_check, districts_unchecked
from ingest.store.tickets.coverage_tickets import (
    HOLES_FILLED,
    HOLES_TOLD,
    coverage_ticket,
    live_coverage_tickets,
    newest_coverage_tickets,
    said_as_detail,
    said_of,
)
from ingest.store.tickets.queries import area_names
from ingest.store.tickets.tickets import save_ticket
from models.flag import Severity

_LOOKED = timedelta(minutes=55)
_STAFF = frozenset({Kind.STATION_STAFF, Kind.DISPATCHER, Kind.ADMINISTRATOR})


async def look_after_rosters(ctx: ActionContext, now: datetime) -> int:
    """Look through every district whose hour has come; return how many places were told.

    Raises what went wrong in one of them when all others have been looked through.
    """
    async with ctx.db.read() as connection:
        due = []
        for area_id, path, before in await districts_unchecked(connection, now - _LOOKED, now):
            zone = await zone_of_district(connection, path)
            if zone is not None and is_time(now.astimezone(zone), before and before.astimezone(zone)):
                due.append((area_id, path, before, zone))
    told, wrong = 0, None
    for district in due:
        try:
            told += await _look_through(ctx, *district, now=now)
        except Exception as error:  # noqa: BLE001 - one district's fault must not keep the others from being told
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    return told


@again_on_conflict
async def _look_through(
    ctx: ActionContext, area_id: str, path: str, before: datetime | None, zone: ZoneInfo, *, now: datetime
) -> int:
    begin = now.replace(second=0, microsecond=0)
    checked = await check_rosters(ctx, path, begin, AHEAD)
    daily = is_daily(now.astimezone(zone), before and before.astimezone(zone))
    told = set[str]()
    async with ctx.db.write() as connection:
        if not await claim_check(connection, area_id, before, now):
            return 0
        live = await live_coverage_tickets(connection, path)
        gaps = [gap for gap in checked.gaps if gap.lack in TOLD_OF]
        places = await _by_place(connection, path, gaps)
        for place, some in places.items():
            ticket = await coverage_ticket(connection, live.pop(place.area_id, None))
            how = tell_how(some, await said_of(connection, place.area_id, now), now, zone, daily=daily)
            if how is not Telling.NOTHING:
                until = begin + AHEAD
                await _tell(connection, ctx, place, ticket, gaps=some, how=how, until=until, zone=zone, now=now)
                told.add(place.area_id)
        for ticket_id in live.values():
            await _filled(connection, ticket_id, now)
        noted = await _note_filled(connection, path, told, gaps, now)
        if told or live or noted:
            await count_change(connection)
    return len(told)


async def _by_place(connection: Connection, path: str, gaps: Sequence[CoverageGap]) -> dict[Area, list[CoverageGap]]:
    """Return the holes by the area whose people look after them: the nearest upwards that has any."""
    staff = [one for one in await responders_within(connection, path) if one.kind in _STAFF and one.reachable]
    found: dict[Area, list[CoverageGap]] = {}
    for gap in sorted(gaps, key=lambda gap: (gap.starts, gap.area_id)):
        chain = await chain_of(connection, gap.area_id)
        staffed = (area for area in chain if any(one.works_at(area.area_id) for one in staff))
        found.setdefault(next(staffed, chain[-1]), []).append(gap)
    return found


async def _tell(
    connection: Connection,
    ctx: ActionContext,
    place: Area,
    ticket: Ticket | None,
    *,
    gaps: Sequence[CoverageGap],
    how: Telling,
    until: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    names = {area_id: (row.name_zh, row.name_en) for area_id, row in (await area_names(connection)).items()}
    zh, en = coverage_words(gaps, zone, names)
    detail = {**said_as_detail(gaps, until), "how": how.value, "text_zh": zh, "text_en": en}
    if ticket is None:
        cause = Cause(
            area_id=place.area_id,
            kind=ROSTER_HOLE,
            severity=Severity.MAINTENANCE,
            text_zh=zh,
            text_en=en,
            since=now,
            subject=" ".join(names[place.area_id]),
            plan=plan_coverage_notices(place.level),
        )
        ticket = await open_for(connection, ctx, cause, now)
        if how is not Telling.UP:  # whoever closed it without filling them is not asked alone again
            await save_ticket(connection, ticket, now, actor=None, event=HOLES_TOLD, detail=detail)
            return
    ticket = replace(ticket, text_zh=zh, text_en=en, condition=Condition.ACTIVE)
    reach = await reach_of(connection, ticket, now)
    if ticket.status not in (Status.OPEN, Status.OFFERED):
        saved = await save_ticket(connection, ticket, now, actor=None, event=HOLES_TOLD, detail=detail)
        if how is not Telling.AGAIN:  # somebody is at it
            await queue_notices(connection, ctx, saved, desk_upwards(reach), Purpose.OVERDUE, now=now)
        return
    call = (call_after if how is Telling.UP else call_from)(ticket.plan, ticket.step, ticket.turn, reach)
    if ticket.status is Status.OPEN:
        due_kind, due_at = deadline(Status.OPEN, ticket.severity, ticket.plan, call.step, now)
        ticket = replace(ticket, step=call.step, turn=call.turn, due_kind=due_kind, due_at=due_at)
    detail["level"] = ticket.plan.step_at(call.step).level.value
    saved = await save_ticket(connection, ticket, now, actor=None, event=HOLES_TOLD, detail=detail)
    await queue_notices(connection, ctx, saved, call.people, Purpose.ASKED, now=now)


async def _filled(connection: Connection, ticket_id: str, now: datetime) -> None:
    """Write down that nothing is empty any more; a person closes the ticket."""
    ticket = await coverage_ticket(connection, ticket_id)
    if ticket is None or ticket.condition is Condition.CLEARED:
        return
    cleared = clear_condition(ticket)
    if not isinstance(cleared, Refused):
        await save_ticket(connection, cleared, now, actor=None, event=Event.CONDITION_CLEARED.value, detail={})


async def _note_filled(
    connection: Connection, path: str, told: Collection[str], gaps: Sequence[CoverageGap], now: datetime
) -> int:
    """Write down, of places that were not `told` just now, what of their holes is filled; return of how many.

    It may open again, and is news then. A ticket that somebody has closed says it too: there is no other.
    """
    noted = 0
    for area_id, ticket_id in (await newest_coverage_tickets(connection, path)).items():
        said = None if area_id in told else await said_of(connection, area_id, now)
        left = said and still_empty(said, gaps, now)
        ticket = await coverage_ticket(connection, ticket_id) if left else None
        if left and ticket:
            detail = said_as_detail(left.gaps, left.until)
            await save_ticket(connection, ticket, now, actor=None, event=HOLES_FILLED, detail=detail)
            noted += 1
    return noted
