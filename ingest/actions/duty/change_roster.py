"""Change a roster: somebody stands in, two swap, a shift is opened, somebody signs up or leaves. One transaction each.

Everything is refused with a word, and nothing written, where it would not do what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.actions.base.context import ActionContext
from ingest.actions.base.identity import new_shift_id
from ingest.domain.base.people import Actor
from ingest.domain.base.scope import sees
from ingest.domain.base.spans import Span, clipped
from ingest.domain.duty.oncall import duty_of
from ingest.domain.duty.roster import Override, Roster
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection
from ingest.store.base.known_people import active_among
from ingest.store.base.places import path_of
from ingest.store.duty.roster_changes import (
    ShiftToFill,
    add_change,
    add_shift,
    add_sign_up,
    area_of_roster,
    delete_sign_up,
    mark_revoked,
    roster_of_change,
    shift_for_update,
    signed_up,
)
from ingest.store.duty.rosters import calendar_of, rosters_of


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
        named = {one for one in (person, replaces) if one is not None}
        await _allowed(connection, roster_id, actor, named, own=own is not None and own == replaces)
        if person is None and replaces is None:
            raise RosterRefusedError("name who comes in, or who can not come", "person")
        _check_span(when, now)
        change = Override(person, replaces, *when)
        number = await _write_change(connection, roster_id, change, "override", actor=actor, now=now)
        await count_change(connection)
    return Changed(str(number))


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
            change = Override(comes[0], leaves[0], *leaves[1])
            await _write_change(connection, roster_id, change, "swap", actor=actor, now=now)
        await count_change(connection)


async def revoke_change(ctx: ActionContext, number: int, *, actor: Actor, now: datetime) -> None:
    """Take an override or one half of a swap back; the row stays."""
    async with ctx.db.write() as connection:
        roster_id = await roster_of_change(connection, number)
        if roster_id is None:
            raise RosterRefusedError(f"there is no change number {number}", "number")
        await _allowed(connection, roster_id, actor, set())
        await mark_revoked(connection, number)
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
        shift = ShiftToFill(new_shift_id(), roster_id, when, places)
        await add_shift(connection, shift)
        detail = {"roster": roster_id, "shift": shift.shift_id, "places": places}
        await _log(connection, actor, now, "shift_opened", detail)
        await count_change(connection)
    return Changed(shift.shift_id)


async def sign_up(ctx: ActionContext, shift_id: str, person: str, *, actor: Actor, now: datetime) -> int:
    """Sign somebody up (oneself, or the desk for others); return how many places are left.

    Of two who press at once for the last place one has it and the other is told.
    """
    async with ctx.db.write() as connection:
        shift = await shift_for_update(connection, shift_id)
        if shift is None:
            raise RosterRefusedError(f"there is no shift {shift_id!r}; somebody may have taken it back", "shift_id")
        if actor.person_id != person:
            await _allowed(connection, shift.roster_id, actor, {person})
        if shift.when[1] <= now:
            raise RosterRefusedError("the shift is over", "shift_id")
        there = await signed_up(connection, shift_id)
        if person == shift.instead_of:
            raise RosterRefusedError("these are your own hours; take the question back if you can come after all")
        if person not in there:
            if len(there) >= shift.places:
                raise RosterRefusedError("all places of the shift are taken; choose another one", "shift_id")
            await add_sign_up(connection, shift_id, person, now)
            if shift.instead_of is not None:
                relieved = Override(None, shift.instead_of, *shift.when)
                await _write_change(connection, shift.roster_id, relieved, "swap", actor=actor, now=now)
            there.add(person)
            await count_change(connection)
    return shift.places - len(there)


async def sign_off(ctx: ActionContext, shift_id: str, person: str, *, actor: Actor, now: datetime) -> None:
    """Take a sign-up back while the shift has not begun; afterwards only the desk can (with an override)."""
    async with ctx.db.write() as connection:
        shift = await shift_for_update(connection, shift_id)
        if shift is None:
            raise RosterRefusedError(f"there is no shift {shift_id!r}", "shift_id")
        if actor.person_id != person:
            await _allowed(connection, shift.roster_id, actor, set())
        if shift.instead_of is not None and not actor.at_desk:
            raise RosterRefusedError("you have taken these hours over: ask somebody else to take them from you")
        if shift.when[0] <= now and not actor.at_desk:
            raise RosterRefusedError("the shift has begun: ring the desk, which finds somebody to stand in")
        await delete_sign_up(connection, shift_id, person)
        await count_change(connection)


def _check_span(when: Span, now: datetime) -> None:
    if when[0] >= when[1]:
        raise RosterRefusedError("the end must be later than the beginning", "ends")
    if when[1] <= now:
        raise RosterRefusedError("that is over already; a roster is changed for hours to come", "ends")


async def _roster(connection: Connection, roster_id: str, within: Span) -> Roster:
    area_id = await area_of_roster(connection, roster_id)
    rosters = [] if area_id is None else await rosters_of(connection, [area_id], within)
    return next(one for one in rosters if one.roster_id == roster_id)


async def _allowed(connection: Connection, roster_id: str, actor: Actor, named: set[str], *, own: bool = False) -> None:
    """Refuse an unknown roster, an actor who is not of its desk (unless the hours are their own), and strangers."""
    area_id = await area_of_roster(connection, roster_id)
    if area_id is None:
        raise RosterRefusedError(f"there is no roster {roster_id!r}", "roster_id")
    at_desk = actor.is_machine or (actor.at_desk and sees(actor, await path_of(connection, area_id)))
    if not at_desk and not own:
        raise RosterRefusedError(
            "only the desk of the area may do that; whoever can not come may say so for themselves"
        )
    if await active_among(connection, named) != named:
        raise RosterRefusedError("somebody named there is not known, or has left", "person")


async def _write_change(
    connection: Connection,
    roster_id: str,
    change: Override,
    kind: Literal["override", "swap"],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    number = await add_change(connection, roster_id, change, kind, by=actor.person_id, at=now)
    await _log(connection, actor, now, "roster_changed", {"roster": roster_id, "number": str(number), "kind": kind})
    return number


async def _log(connection: Connection, actor: Actor, now: datetime, event: str, detail: dict[str, object]) -> None:
    await write_audit(connection, now, event, actor=actor.person_id, subject=str(detail["roster"]), detail=detail)
