"""Raise a flag: triage, and what follows from it, within the transaction that stored the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.actions.base.context import ActionContext
from ingest.actions.notices.notify_followers import notify_followers
from ingest.actions.notices.queue_notices import queue_notices
from ingest.actions.tickets.circumstances import ask_tester, circumstances_of, hold_homes, shared_cause
from ingest.actions.tickets.note_told_locally import heed_local_tellings
from ingest.actions.tickets.open_ticket import Cause, open_for
from ingest.domain.duty.calling import Purpose, call_from
from ingest.domain.tickets.lateness import as_weighed, is_history, is_late
from ingest.domain.tickets.lifecycle import News, add_flag, clear_condition
from ingest.domain.tickets.ticket import Condition, Event, Refusal, Refused, Status, Ticket
from ingest.domain.tickets.triage import Situation, Triage, triage
from ingest.store.base.database import upsert
from ingest.store.base.places import Home, area_of_gateway, chain_of, home_by_id
from ingest.store.duty.plans import plan_for
from ingest.store.duty.reach import reach_of
from ingest.store.duty.responders import responder_by_id
from ingest.store.tickets.gateway_clock import latest_on_our_clock
from ingest.store.tickets.relations import goes_on_elsewhere, ticket_merged_into
from ingest.store.tickets.tables import episodes, flags
from ingest.store.tickets.tickets import (
    count_strangers,
    save_ticket,
    similar_ticket,
    stranger_ticket,
    ticket_for_update,
)
from models.flag import FlagEvent
from models.wire.messages import FlagBody

MOST_STRANGERS = 50
"""Tickets at work about homes of one gateway that are not known."""


@dataclass(frozen=True, slots=True)
class Episode:
    """What is known of the situation before this flag."""

    last_number: int
    cleared: bool
    ticket_id: str | None


@dataclass(frozen=True, slots=True)
class FlagRefusedError(Exception):
    """The flag is about a home of another gateway: to be stored, not acted upon."""

    detail: str


async def raise_flag(
    connection: AsyncConnection, ctx: ActionContext, gateway_id: str, message_id: str, *, flag: FlagBody, now: datetime
) -> bool:
    """Store the flag and do what triage says; return whether a ticket changed. The caller has locked the home.

    Raises `FlagRefusedError` before anything is written. A home that is not known is no reason to drop a flag: its
    ticket is opened at the gateway's area. The order in which an episode's flags come does not matter.
    """
    home = await home_by_id(connection, flag.home)
    if not flag.episode:
        raise FlagRefusedError("the flag names no episode")
    if home is not None and home.gateway_id is None:
        home = None  # nobody's: whoever may speak of it, an alarm must be looked at, where its gateway stands
    if home is not None and home.gateway_id != gateway_id:
        raise FlagRefusedError(f"home {flag.home} does not belong to gateway {gateway_id}")
    known = await _lock_episode(connection, gateway_id, flag)
    if not await _store(connection, gateway_id, message_id, flag=flag, now=now, ticket_id=known.ticket_id):
        return False
    nothing_to_do = is_history(flag)
    flag = as_weighed(flag)
    own = await ticket_for_update(connection, known.ticket_id) if known.ticket_id else None
    similar = await similar_to(connection, gateway_id, flag.home, home, flag.kind.value)
    if similar is None and home is not None:
        similar = await ticket_merged_into(connection, home.home_id, flag.kind.value)
    similar = similar or await shared_cause(connection, home, flag)
    at = now if own is None else await latest_on_our_clock(connection, gateway_id, flag, now)
    around = await circumstances_of(connection, home, flag, now)
    what = around.weigh(triage(Situation(flag.kind, flag.severity, flag.event, at, own, similar)), flag)
    if nothing_to_do and what is Triage.OPEN:
        what = Triage.NOTHING
    newest = flag.number > known.last_number
    target = own or similar
    ticket: Ticket | None = own
    if what is Triage.OPEN:
        ticket = await _open(connection, ctx, gateway_id, flag=flag, home=home, known=known, now=now)
        if around.test is not None:
            ticket = await ask_tester(connection, ctx, ticket, around.test, now)
    elif what is Triage.ADD and target is not None:
        ticket = await _add(connection, ctx, target, flag, newest=newest and not known.cleared, now=now)
    elif what is Triage.CLEAR and own is not None and newest:
        cleared = await _cleared(connection, own, flag)
        if not isinstance(cleared, Refused):
            said = {"flag_id": flag.flag_id}
            event = Event.CONDITION_CLEARED.value
            ticket = await save_ticket(connection, cleared, now, actor=None, event=event, detail=said)
    await hold_homes(connection, flag, ticket)
    await _remember(connection, gateway_id, flag, known, newest=newest, ticket=ticket)
    return what is not Triage.NOTHING


async def similar_to(
    connection: AsyncConnection, gateway_id: str, name: str, home: Home | None, kind: str
) -> Ticket | None:
    """Return the ticket at work that a further flag of this kind about this place joins, locked.

    A gateway whose homes are not known, or that invents them, fills no board: from the `MOST_STRANGERS`th on whatever
    it says of unknown homes joins the newest of those tickets.
    """
    if home is not None:
        return await similar_ticket(connection, home.home_id, kind)
    same = await stranger_ticket(connection, gateway_id, name, kind)
    if same is None and await count_strangers(connection, gateway_id) >= MOST_STRANGERS:
        return await stranger_ticket(connection, gateway_id, None, None)
    return same


async def _lock_episode(connection: AsyncConnection, gateway_id: str, flag: FlagBody) -> Episode:
    """Return what is known of the episode, with its row locked; the first flag of an episode makes the row."""
    first = upsert(connection, episodes).values(
        episode=flag.episode, gateway_id=gateway_id, last_number=-1, cleared=False
    )
    # an update that changes nothing locks the row and returns it, in one statement
    mine = first.on_conflict_do_update(
        index_elements=["gateway_id", "episode"], set_={"last_number": episodes.c.last_number}
    )
    row = (await connection.execute(mine.returning(episodes))).one()
    return Episode(row.last_number, row.cleared, row.ticket_id)


async def _store(
    connection: AsyncConnection,
    gateway_id: str,
    message_id: str,
    *,
    flag: FlagBody,
    now: datetime,
    ticket_id: str | None,
) -> bool:
    row = {
        "flag_id": flag.flag_id,
        "message_id": message_id,
        "gateway_id": gateway_id,
        "episode": flag.episode,
        "number": flag.number,
        "home_id": flag.home,
        "kind": flag.kind.value,
        "severity": flag.severity.value,
        "event": flag.event.value,
        "at": flag.at,
        "since": flag.since,
        "score": flag.score,
        "reason": flag.reason,
        "text_zh": flag.text_zh,
        "text_en": flag.text_en,
        "facts_json": flag.facts,
        "ticket_id": ticket_id,
        "received_at": now,
        "waited_s": flag.waited_s,
    }
    statement = upsert(connection, flags).values(row).on_conflict_do_nothing(index_elements=["gateway_id", "flag_id"])
    return (await connection.execute(statement)).rowcount == 1


async def _open(
    connection: AsyncConnection,
    ctx: ActionContext,
    gateway_id: str,
    *,
    flag: FlagBody,
    home: Home | None,
    known: Episode,
    now: datetime,
) -> Ticket:
    area_id = home.area_id if home else await area_of_gateway(connection, gateway_id)
    assert area_id is not None  # the seal was checked against this gateway's row
    cause = Cause(
        area_id=area_id,
        kind=flag.kind.value,
        severity=flag.severity,
        text_zh=flag.text_zh,
        text_en=flag.text_en,
        since=flag.since,
        home_id=home.home_id if home else None,
        gateway_id=gateway_id,
        subject=None if home else flag.home,
        # the unique episode belongs to the first ticket; a later one of the same situation is named by its flag
        episode=f"{gateway_id} {flag.episode if known.ticket_id is None else flag.flag_id}",
        condition=Condition.CLEARED if known.cleared or (flag.over and is_late(flag)) else Condition.ACTIVE,
    )
    ticket = await open_for(connection, ctx, cause, now)
    return await heed_local_tellings(connection, ctx, ticket, gateway_id, flag.episode, now=now)


async def _add(
    connection: AsyncConnection, ctx: ActionContext, target: Ticket, flag: FlagBody, *, newest: bool, now: datetime
) -> Ticket:
    plan = await plan_for(connection, await chain_of(connection, target.area_id), flag.severity)
    of_another_home = target.home_id is None and target.subject != flag.home
    news = News(flag.severity, flag.text_zh, flag.text_en, flag.since, plan, newest and not of_another_home)
    after = add_flag(target, news, now)
    if isinstance(after, Refused):
        return target
    said = {"flag_id": flag.flag_id, "severity": flag.severity.value}
    if of_another_home:
        said["home"] = flag.home
    saved = await save_ticket(connection, after, now, actor=None, event=Event.NEW_FLAG.value, detail=said)
    if saved.severity is not target.severity:
        await queue_worse_notices(connection, ctx, saved, now)
        await notify_followers(connection, ctx, saved, Event.NEW_FLAG.value, now, by=None)
    return saved


async def _cleared(connection: AsyncConnection, ticket: Ticket, flag: FlagBody) -> Ticket | Refused:
    """Return the ticket as it stands when this situation is over; another one of the same ticket may go on."""
    if await goes_on_elsewhere(connection, ticket.ticket_id, flag.home, flag.kind.value):
        return Refused(Refusal.NOT_NOW, ticket.status)
    return clear_condition(ticket)


async def queue_worse_notices(connection: AsyncConnection, ctx: ActionContext, ticket: Ticket, now: datetime) -> None:
    """Tell who was asked, or who took it, that it has become more urgent."""
    if ticket.status in (Status.OPEN, Status.OFFERED):
        call = call_from(ticket.plan, ticket.step, ticket.turn, await reach_of(connection, ticket, now))
        await queue_notices(connection, ctx, ticket, call.people, Purpose.ASKED, now=now)
    elif ticket.taken_by is not None:
        taker = await responder_by_id(connection, ticket.taken_by)
        if taker is not None:
            await queue_notices(connection, ctx, ticket, [taker], Purpose.WORSE, now=now)


async def _remember(
    connection: AsyncConnection,
    gateway_id: str,
    flag: FlagBody,
    known: Episode,
    *,
    newest: bool,
    ticket: Ticket | None,
) -> None:
    ticket_id = ticket.ticket_id if ticket else known.ticket_id
    cleared = flag.event is FlagEvent.CLEARED if newest else known.cleared
    await connection.execute(
        update(episodes)
        .where(episodes.c.gateway_id == gateway_id, episodes.c.episode == flag.episode)
        .values(last_number=max(flag.number, known.last_number), cleared=cleared, ticket_id=ticket_id)
    )
    if ticket_id not in (None, known.ticket_id):
        # evidence that came before its ticket (a CLEARED that overtook) belongs to it as well
        await connection.execute(
            update(flags)
            .where(flags.c.gateway_id == gateway_id, flags.c.episode == flag.episode, flags.c.ticket_id.is_(None))
            .values(ticket_id=ticket_id)
        )
