"""Hear a home: its resident or a contact answers a call or a message by a digit: all is well, or help is needed.

Well from the resident calms the detector and resolves a ticket that only missed a sign of life, to be reviewed as
always; about smoke, or from a contact, it is written down and people go on looking. Help makes the ticket critical,
and where it is over opens a new one: a cry for help is never too late.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.actions.base.context import ActionContext
from ingest.actions.ledger.note_seen import write_seen
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import cancel_notices
from ingest.actions.tickets.open_ticket import Cause as Opening
from ingest.actions.tickets.open_ticket import open_for
from ingest.actions.tickets.raise_flag import queue_worse_notices
from ingest.channels.contract import Answered
from ingest.domain.base.people import MACHINE, Actor, Kind
from ingest.domain.duty.calling import Purpose
from ingest.domain.ledger.absence import Way
from ingest.domain.tickets.lifecycle import News, add_flag, decide
from ingest.domain.tickets.ticket import (
    AT_WORK,
    BY_HAND,
    Cause,
    Event,
    EventDetail,
    Outcome,
    Refused,
    Status,
    Ticket,
)
from ingest.domain.tickets.ticket_notes import NoteKind
from ingest.store.base.change_counter import count_change
from ingest.store.base.conflicts import again_on_conflict
from ingest.store.base.database import Connection, StoredRow
from ingest.store.base.places import Home, chain_of, home_by_id
from ingest.store.duty.plans import plan_for
from ingest.store.duty.responders import home_people
from ingest.store.tickets.tickets import save_ticket, similar_ticket, ticket_for_update
from models.flag import FlagKind, Severity
from models.texts.texts import text_of, texts_of

BELIEVED_FOR = timedelta(hours=24)
"""So long after it was asked an "all is well" says something about the ticket."""
_ONLY_MISSED = frozenset({FlagKind.INACTIVITY.value, FlagKind.UNUSUAL_USE.value, FlagKind.WELLBEING.value})
"""Kinds of tickets that a resident who answers well has answered."""
_HELP = {Kind.RESIDENT: "tickets.help.resident", Kind.CONTACT: "tickets.help.contact"}


class HomeHeard(StrEnum):
    """What came of it."""

    WELL = "well"
    """Believed: nobody comes because of this."""
    WELL_NOTED = "well_noted"
    """Written down; people go on looking."""
    HELP = "help"
    LATE = "too_late"


async def is_of_home(connection: Connection, ticket: Ticket, person_id: str) -> Kind | None:
    """Return whether somebody is the resident or a contact of the ticket's home, None for neither."""
    there = [] if ticket.home_id is None else await home_people(connection, ticket.home_id)
    return next((one.kind for one in there if one.person_id == person_id), None)


@again_on_conflict
async def hear_home(ctx: ActionContext, notice: StoredRow, kind: Kind, answered: Answered, now: datetime) -> HomeHeard:
    """Let what somebody at home pressed count; the notice tells about which ticket."""
    actor = Actor(notice["person_id"], None, "")
    async with ctx.db.write() as connection:
        ticket = await ticket_for_update(connection, notice["ticket_id"])
        home = None if ticket is None or ticket.home_id is None else await home_by_id(connection, ticket.home_id)
        if ticket is None or home is None:
            return HomeHeard.LATE
        if answered is Answered.GOES:
            heard = await _well(connection, ctx, ticket, home, actor, is_resident=kind is Kind.RESIDENT, now=now)
        else:
            heard = await _help(connection, ctx, ticket, home, actor, kind=kind, now=now)
        await count_change(connection)
    return heard


async def _well(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    home: Home,
    actor: Actor,
    *,
    is_resident: bool,
    now: datetime,
) -> HomeHeard:
    if now - ticket.opened_at > BELIEVED_FOR:
        return HomeHeard.LATE
    if is_resident:
        await write_seen(connection, home, Way.PHONE, actor, now, ticket_id=ticket.ticket_id)
    said = {"way": Way.PHONE.value}
    noted = await save_ticket(
        connection, ticket, now, actor=actor.person_id, event=NoteKind.SEEN_WELL.value, detail=said
    )
    await notify_followers(connection, ctx, noted, NoteKind.SEEN_WELL.value, now, by=actor.person_id)
    settles = is_resident and ticket.kind in _ONLY_MISSED and ticket.severity is not Severity.CRITICAL
    if not settles or ticket.status not in (Status.OPEN, Status.OFFERED):
        over = ticket.status not in AT_WORK
        return HomeHeard.WELL if over else HomeHeard.WELL_NOTED
    detail = EventDetail(
        outcome=Outcome.UNKNOWN, cause=Cause.UNKNOWN, note="{} ({})".format(*texts_of("tickets.note.pressed_well"))
    )
    # offered to somebody who is asked no more: as if it were open, for the table resolves no offered ticket
    after = decide(replace(noted, status=Status.OPEN, offered_to=None), Event.RESOLVE, MACHINE, detail, now)
    assert not isinstance(after, Refused)
    said = {"status": after.status.value, "outcome": Outcome.UNKNOWN.value, "cause": Cause.UNKNOWN.value}
    saved = await save_ticket(
        connection, after, now, actor=actor.person_id, event=Event.RESOLVE.value, detail={**said, "note": detail.note}
    )
    await cancel_notices(connection, ticket.ticket_id, (Purpose.ASKED, Purpose.OFFERED))
    await notify_followers(connection, ctx, saved, Event.RESOLVE.value, now, by=actor.person_id)
    return HomeHeard.WELL


async def _help(
    connection: Connection,
    ctx: ActionContext,
    ticket: Ticket,
    home: Home,
    actor: Actor,
    *,
    kind: Kind,
    now: datetime,
) -> HomeHeard:
    zh, en = texts_of(_HELP[kind])
    target = ticket if ticket.status in AT_WORK else await similar_ticket(connection, home.home_id, BY_HAND)
    if target is None:
        opening = Opening(home.area_id, BY_HAND, Severity.CRITICAL, zh, en, now, home_id=home.home_id)
        await open_for(connection, ctx, opening, now, actor=actor.person_id)
        return HomeHeard.HELP
    plan = await plan_for(connection, await chain_of(connection, target.area_id), Severity.CRITICAL)
    news = News(Severity.CRITICAL, target.text_zh, target.text_en, target.since, plan)
    if not target.text_zh.startswith(zh):
        news = replace(
            news,
            text_zh=text_of("zh", "tickets.help.before", help=zh, said=target.text_zh),
            text_en=text_of("en", "tickets.help.before", help=en, said=target.text_en),
        )
    after = add_flag(target, news, now)
    assert not isinstance(after, Refused)
    said = {"severity": Severity.CRITICAL.value, "reason": "help"}
    saved = await save_ticket(connection, after, now, actor=actor.person_id, event=Event.NEW_FLAG.value, detail=said)
    await queue_worse_notices(connection, ctx, saved, now)
    await notify_followers(connection, ctx, saved, Event.NEW_FLAG.value, now, by=actor.person_id)
    return HomeHeard.HELP
