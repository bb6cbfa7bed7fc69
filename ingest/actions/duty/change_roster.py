"""Change a roster: somebody stands in, two swap, a shift is opened, somebody signs up or leaves. One transaction each.

Everything is refused with a word, and nothing written, where it would not do what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_shift_id
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.base.spans import Span, clipped
from ingest.domain.duty.oncall import duty_of
from ingest.domain.duty.roster import Roster
from ingest.store.base.change_counter import count_change
from ingest.store.base.places import path_of
from ingest.store.base.tables import audit_log, people
from ingest.store.duty.rosters import calendar_of, rosters_of
from ingest.store.duty.tables import open_shifts, roster_changes, rosters, shift_signups


class RosterRefusedError(ValueError):
    """It was not done; the message says why and what to do, `field` which part of what was said is meant."""

    def __init__(self, problem: str, field: str = "") -> None:
        """`field` is empty where no single one is to blame."""
        super().__init__(problem)
        self.field = field


@dataclass(frozen=True, slots=True)
class Changed:
    """The row that was written: an override's number or a shift's id."""

    row: str


async def override_roster(
    ctx: ActionContext,
    roster_id: str,
    when: Span,
    *,
    person: str | None,
    replaces: str | None,
    actor: Actor,
    now: datetime,
) -> Changed:
    """Let `person` answer instead of `replaces` (of everybody, if None); without `person` nobody comes in."""
    async with ctx.db.write() as connection:
        # whoever can not come says so for themselves; giving hours to somebody is the desk's to do, who asks them first
        own = actor.person_id if person is None and replaces is not None else None
        await _allowed(
            connection, roster_id, actor, {person, replaces} - {None}, own=own is not None and own == replaces
        )
        if person is None and replaces is None:
            raise RosterRefusedError("name who comes in, or who can not come", "person")
        _check_span(when, now)
        change = {"person_id": person, "replaces": replaces, "starts": when[0], "ends": when[1], "kind": "override"}
        row = await _write_change(connection, roster_id, change, actor, now)
        await count_change(connection)
    return Changed(row)


async def swap_shifts(
    ctx: ActionContext, roster_id: str, one: tuple[str, Span], other: tuple[str, Span], *, actor: Actor, now: datetime
) -> None:
    """Let two people take each other's hours: each must be on call in their own stretch."""
    async with ctx.db.write() as connection:
        await _allowed(connection, roster_id, actor, {one[0], other[0]})
        if one[0] == other[0]:
            raise RosterRefusedError(f"{one[0]} can not swap with themselves", "other")
        for person, when in (one, other):
            _check_span(when, now)
            roster = await _roster(connection, roster_id, when)
            theirs = duty_of(roster, await calendar_of(connection), when).get(person, [])
            if not clipped(theirs, when):
                raise RosterRefusedError(
                    f"{person} is not on call then; look at the roster and swap hours that are theirs"
                )
        for leaves, comes in ((one, other), (other, one)):
            starts, ends = leaves[1]
            change = {"person_id": comes[0], "replaces": leaves[0], "starts": starts, "ends": ends, "kind": "swap"}
            await _write_change(connection, roster_id, change, actor, now)
        await count_change(connection)


async def revoke_change(ctx: ActionContext, number: int, *, actor: Actor, now: datetime) -> None:
    """Take an override or one half of a swap back; the row stays."""
    async with ctx.db.write() as connection:
        query = select(roster_changes.c.roster_id).where(roster_changes.c.id == number)
        roster_id = (await connection.execute(query)).scalar_one_or_none()
        if roster_id is None:
            raise RosterRefusedError(f"there is no change number {number}", "number")
        await _allowed(connection, roster_id, actor, set())
        await connection.execute(update(roster_changes).where(roster_changes.c.id == number).values(revoked=True))
        await _log(connection, actor, now, "roster_change_revoked", {"roster": roster_id, "number": number})
        await count_change(connection)


async def open_shift(
    ctx: ActionContext, roster_id: str, when: Span, places: int, *, actor: Actor, now: datetime
) -> Changed:
    """Open a shift that people can sign up for."""
    async with ctx.db.write() as connection:
        await _allowed(connection, roster_id, actor, set())
        _check_span(when, now)
        if places < 1:
            raise RosterRefusedError("a shift has at least one place", "places")
        row = {"shift_id": new_shift_id(), "roster_id": roster_id, "starts": when[0], "ends": when[1], "places": places}
        await connection.execute(insert(open_shifts).values(row))
        await _log(
            connection, actor, now, "shift_opened", {"roster": roster_id, "shift": row["shift_id"], "places": places}
        )
        await count_change(connection)
    return Changed(str(row["shift_id"]))


async def sign_up(ctx: ActionContext, shift_id: str, person: str, *, actor: Actor, now: datetime) -> int:
    """Sign somebody up (oneself, or the desk for others); return how many places are left.

    Of two who press at once for the last place one has it and the other is told.
    """
    async with ctx.db.write() as connection:
        query = select(open_shifts).where(open_shifts.c.shift_id == shift_id).with_for_update()
        shift = (await connection.execute(query)).one_or_none()
        if shift is None:
            raise RosterRefusedError(f"there is no shift {shift_id!r}; somebody may have taken it back", "shift_id")
        if actor.person_id != person:
            await _allowed(connection, shift.roster_id, actor, {person})
        if shift.ends <= now:
            raise RosterRefusedError("the shift is over", "shift_id")
        taken = select(shift_signups.c.person_id).where(shift_signups.c.shift_id == shift_id)
        there = set((await connection.execute(taken)).scalars())
        if person == shift.instead_of:
            raise RosterRefusedError("these are your own hours; take the question back if you can come after all")
        if person not in there:
            if len(there) >= shift.places:
                raise RosterRefusedError("all places of the shift are taken; choose another one", "shift_id")
            await connection.execute(insert(shift_signups).values(shift_id=shift_id, person_id=person, at=now))
            if shift.instead_of is not None:
                relieved = {"person_id": None, "replaces": shift.instead_of, "starts": shift.starts, "ends": shift.ends}
                await _write_change(connection, shift.roster_id, {**relieved, "kind": "swap"}, actor, now)
            there.add(person)
            await count_change(connection)
    return int(shift.places) - len(there)


async def sign_off(ctx: ActionContext, shift_id: str, person: str, *, actor: Actor, now: datetime) -> None:
    """Take a sign-up back while the shift has not begun; afterwards only the desk can (with an override)."""
    async with ctx.db.write() as connection:
        query = select(open_shifts).where(open_shifts.c.shift_id == shift_id).with_for_update()
        shift = (await connection.execute(query)).one_or_none()
        if shift is None:
            raise RosterRefusedError(f"there is no shift {shift_id!r}", "shift_id")
        if actor.person_id != person:
            await _allowed(connection, shift.roster_id, actor, set())
        if shift.instead_of is not None and not actor.at_desk:
            raise RosterRefusedError("you have taken these hours over: ask somebody else to take them from you")
        if shift.starts <= now and not actor.at_desk:
            raise RosterRefusedError("the shift has begun: ring the desk, which finds somebody to stand in")
        gone = delete(shift_signups).where(shift_signups.c.shift_id == shift_id, shift_signups.c.person_id == person)
        await connection.execute(gone)
        await count_change(connection)


def _check_span(when: Span, now: datetime) -> None:
    if when[0] >= when[1]:
        raise RosterRefusedError("the end must be later than the beginning", "ends")
    if when[1] <= now:
        raise RosterRefusedError("that is over already; a roster is changed for hours to come", "ends")


async def _roster(connection: AsyncConnection, roster_id: str, within: Span) -> Roster:
    query = select(rosters.c.area_id).where(rosters.c.roster_id == roster_id)
    area_id = (await connection.execute(query)).scalar_one()
    return next(one for one in await rosters_of(connection, [area_id], within) if one.roster_id == roster_id)


async def _allowed(
    connection: AsyncConnection, roster_id: str, actor: Actor, named: set[str | None], *, own: bool = False
) -> None:
    """Refuse an unknown roster, an actor who is not of its desk (unless the hours are their own), and strangers."""
    query = select(rosters.c.area_id).where(rosters.c.roster_id == roster_id)
    area_id = (await connection.execute(query)).scalar_one_or_none()
    if area_id is None:
        raise RosterRefusedError(f"there is no roster {roster_id!r}", "roster_id")
    at_desk = actor.is_machine or (actor.at_desk and sees(actor, await path_of(connection, area_id)))
    if not at_desk and not own:
        raise RosterRefusedError(
            "only the desk of the area may do that; whoever can not come may say so for themselves"
        )
    known = select(func.count()).select_from(people).where(people.c.person_id.in_(named), people.c.active)
    if (await connection.execute(known)).scalar_one() != len(named):
        raise RosterRefusedError("somebody named there is not known, or has left", "person")


async def _write_change(
    connection: AsyncConnection, roster_id: str, change: dict[str, Any], actor: Actor, now: datetime
) -> str:
    row = {"roster_id": roster_id, **change, "recorded_by": actor.person_id, "recorded_at": now}
    result = await connection.execute(insert(roster_changes).values(row).returning(roster_changes.c.id))
    number = str(result.scalar_one())
    said = {"roster": roster_id, "number": number, "kind": change["kind"]}
    await _log(connection, actor, now, "roster_changed", said)
    return number


async def _log(connection: AsyncConnection, actor: Actor, now: datetime, event: str, detail: dict[str, object]) -> None:
    row = {"at": now, "actor": actor.person_id, "event": event, "subject": detail["roster"], "detail_json": detail}
    await connection.execute(insert(audit_log).values(row))
