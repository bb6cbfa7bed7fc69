"""Hear a vendor: a phone was reached or not, a digit was pressed. The digit does what the button on the link does.

What comes again is known by its id and hears the same answer; who speaks at all has been proven before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.actions.base.context import ActionContext
from ingest.actions.incoming.hear_home import hear_home, is_of_home
from ingest.actions.notices.await_receipt import receipt_is
from ingest.actions.tickets.act_on_ticket import Acted, act_on_ticket
from ingest.actions.tickets.check_in import call_for_help
from ingest.actions.tickets.decline_call import decline_call
from ingest.channels.contract import Answered, VendorEvent
from ingest.domain.base.people import Actor
from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import Event, Refusal
from ingest.store.base.audit_trail import write_audit
from ingest.store.base.change_counter import count_change
from ingest.store.base.database import Connection, StoredRow
from ingest.store.base.places import actor_by_id
from ingest.store.notices.contact_faults import asked_by_number, note_fault, settle_fault
from ingest.store.notices.vendor_answers import answer_to, notices_with_key, notices_with_vendor_id, put_answer
from ingest.store.tickets.tickets import ticket_by_id


class Heard(StrEnum):
    """What came of it."""

    GOES = "goes"
    CANNOT = "cannot"
    TAKEN_BY_OTHER = "taken_by_other"
    """Somebody else is already going."""
    TOO_LATE = "too_late"
    """The ticket is past that, or the person may not say it."""
    RECEIVED = "received"
    """A receipt, or a digit without a meaning."""
    WELL = "well"
    """The resident is well, and nobody comes because of this."""
    WELL_NOTED = "well_noted"
    """Somebody at home says that all is well; people go on looking."""
    HELP = "help"
    """Somebody at home asks for help."""
    INSIDE_WELL = "inside_well"
    """Who is inside a home says that all is well."""
    INSIDE_HELP = "inside_help"
    """Who is inside a home asks for help."""
    UNKNOWN_NUMBER = "unknown_number"
    """A text message from a number that was asked nothing."""
    SEVERAL = "several"
    """A text message from somebody who was asked about several tickets: which is meant is not guessed."""
    NOT_UNDERSTOOD = "not_understood"
    """A text message that is neither of the digits."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What came of it, in which language the person is spoken to, and whether it had come before."""

    heard: Heard
    language: str
    again: bool = False


async def hear_vendor(ctx: ActionContext, vendor: str, event: VendorEvent, now: datetime) -> Hearing | None:
    """Let it count once; return what came of it, None where no notice of this vendor is meant."""
    async with ctx.db.read() as connection:
        meant = await _meant(connection, vendor, event, now)
        before = await answer_to(connection, vendor, _name(event, meant))
    if not meant:
        for hear in (hear for wing in ctx.wings for hear in wing.vendor_reports):
            if await hear(ctx, vendor, event, now):
                return Hearing(Heard.RECEIVED, "zh")
        return await _stranger(ctx, event, now)
    language = meant[0]["language"]
    if before is not None:
        return Hearing(Heard(before), language, again=True)
    heard = Heard.RECEIVED
    if event.sender and event.answered is None:
        return Hearing(Heard.NOT_UNDERSTOOD, language)
    if event.answered is not None:
        heard = await _reply(ctx, meant[0], event.answered, now) if len(meant) == 1 else Heard.SEVERAL
    await _write_down(ctx, vendor, event, meant, heard=heard, now=now)
    return Hearing(heard, language)


async def _meant(connection: Connection, vendor: str, event: VendorEvent, now: datetime) -> list[StoredRow]:
    """Return the notices that are meant: by our own key where the vendor tells it, else by the vendor's id, else by
    the number."""
    found = await notices_with_key(connection, vendor, event.key) if event.key else ()
    if not found and event.sender and not event.vendor_id:
        found = await asked_by_number(connection, vendor, event.sender, now)
    elif not found and event.vendor_id:
        found = await notices_with_vendor_id(connection, vendor, event.vendor_id)
    return list(found)


def _name(event: VendorEvent, meant: list[StoredRow]) -> str:
    """Return what an event is known by: a text message that only its words name counts once for each notice."""
    return f"{event.event_id}.{meant[0]['notice_id']}" if event.sender and meant else event.event_id


async def _stranger(ctx: ActionContext, event: VendorEvent, now: datetime) -> Hearing | None:
    """A text message from nobody we asked is answered, and written down without its number; the rest is not ours."""
    if not event.sender:
        return None
    async with ctx.db.write() as connection:
        await write_audit(connection, now, "unknown_number", actor=None, subject=None)
    return Hearing(Heard.UNKNOWN_NUMBER, "zh")


async def _reply(ctx: ActionContext, notice: StoredRow, answered: Answered, now: datetime) -> Heard:
    async with ctx.db.read() as connection:
        ticket = await ticket_by_id(connection, notice["ticket_id"])
        kind = None if ticket is None or notice["link"] else await is_of_home(connection, ticket, notice["person_id"])
        actor = await actor_by_id(connection, notice["person_id"])
    if kind is not None:
        return Heard((await hear_home(ctx, notice, kind, answered, now)).value)
    if actor is None or ticket is None:
        return Heard.TOO_LATE
    match Purpose(notice["purpose"]):
        case Purpose.ASKED | Purpose.OFFERED:
            return await _from_asked(ctx, notice, actor, answered, now)
        case Purpose.CHECK_IN:
            return await _from_inside(ctx, notice, actor, answered, now)
        case _:
            return Heard.RECEIVED  # it asked nothing


async def _from_asked(ctx: ActionContext, notice: StoredRow, actor: Actor, answered: Answered, now: datetime) -> Heard:
    if answered is Answered.CANNOT:
        result = await decline_call(ctx, notice["ticket_id"], actor, now)
    else:
        result = await act_on_ticket(ctx, notice["ticket_id"], Event.TAKE, actor, now)
    if isinstance(result, Acted):
        return Heard.CANNOT if answered is Answered.CANNOT else Heard.GOES
    if result.taken_by == actor.person_id and answered is Answered.GOES:
        return Heard.GOES
    if result.taken_by is not None and result.reason in (Refusal.TAKEN_BY_OTHER, Refusal.NOT_NOW):
        return Heard.TAKEN_BY_OTHER
    return Heard.TOO_LATE


async def _from_inside(ctx: ActionContext, notice: StoredRow, actor: Actor, answered: Answered, now: datetime) -> Heard:
    if answered is Answered.CANNOT:
        await call_for_help(ctx, notice["ticket_id"], notice["person_id"], now)
        return Heard.INSIDE_HELP
    result = await act_on_ticket(ctx, notice["ticket_id"], Event.ALL_WELL, actor, now)
    return Heard.INSIDE_WELL if isinstance(result, Acted) else Heard.TOO_LATE


async def _write_down(
    ctx: ActionContext, vendor: str, event: VendorEvent, meant: list[StoredRow], *, heard: Heard, now: datetime
) -> None:
    # who pressed a digit has heard us, whatever else the vendor says
    arrived = True if event.answered is not None else event.arrived
    async with ctx.db.write() as connection:
        for notice in meant if arrived is not None else ():
            state = "delivered" if arrived else "failed"
            reason = f"{vendor}: not delivered{f', {event.code}' if event.code else ''}"
            await receipt_is(connection, notice["notice_id"], state, reason, now)
            if arrived:
                await settle_fault(connection, notice, now)
            elif event.wrong_address:
                await note_fault(connection, notice, reason, now)
        notice_id = meant[0]["notice_id"]
        await put_answer(connection, vendor, _name(event, meant), now, notice_id=notice_id, result=heard.value)
        await count_change(connection)
