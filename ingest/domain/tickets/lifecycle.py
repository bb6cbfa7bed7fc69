"""Lifecycle: ticket + event + now → the ticket as it stands then, or a refusal. Follows the table in `ticket`.

Who may act at all is `scope`'s business; here is decided what is possible, and for whom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.domain.base.people import Actor
from ingest.domain.duty.plan import Plan
from ingest.domain.tickets.deadlines import REOPEN_WITHIN, deadline, visiting_until
from ingest.domain.tickets.ticket import (
    ETA_CHOICES,
    TABLE,
    Condition,
    Event,
    EventDetail,
    Refusal,
    Refused,
    Status,
    Ticket,
)
from models.flag import Severity


@dataclass(frozen=True, slots=True)
class News:
    """What a further flag says. `plan` is the plan of its place and severity, for a ticket whose severity it raises."""

    severity: Severity
    text_zh: str
    text_en: str
    since: datetime
    plan: Plan
    newest: bool = True
    """Whether no later flag of its episode has come before it."""


def decide(ticket: Ticket, event: Event, actor: Actor, detail: EventDetail, now: datetime) -> Ticket | Refused:
    """Return the ticket after what a person (or a timer) says, or why nothing happens."""
    target = TABLE.get((ticket.status, event))
    if target is None:
        taken = event is Event.TAKE and ticket.taken_by is not None and ticket.status is not Status.CLOSED
        reason = Refusal.TAKEN_BY_OTHER if taken and ticket.taken_by != actor.person_id else Refusal.NOT_NOW
        return Refused(reason, ticket.status, taken_by=ticket.taken_by)
    if event is Event.CONDITION_CLEARED:
        return clear_condition(ticket)
    refused = _not_theirs(ticket, event, actor) or _incomplete(ticket, event, detail) or _too_late(ticket, event, now)
    if refused is not None:
        return refused
    after = replace(_after(ticket, event, actor, detail, now), status=target)
    visiting = ticket.status is Status.ON_SITE and ticket.inside_at is not None
    if event in _PUTS_NOTHING_OFF or (event is Event.ALL_WELL and not visiting):
        return after
    kind, due = deadline(target, ticket.severity, ticket.plan, after.step, now)
    if event in (Event.INSIDE, Event.ALL_WELL):
        due = visiting_until(ticket.severity, now)
    return replace(after, due_kind=kind, due_at=due)


def add_flag(ticket: Ticket, news: News, now: datetime) -> Ticket | Refused:
    """Return the ticket with a further flag: severity only rises, the deadline only comes nearer."""
    if (ticket.status, Event.NEW_FLAG) not in TABLE or ticket.due_at is None:
        return Refused(Refusal.NOT_NOW, ticket.status)
    after = replace(ticket, since=min(ticket.since, news.since))
    if news.newest:
        after = replace(after, condition=Condition.ACTIVE, text_zh=news.text_zh, text_en=news.text_en)
    if news.severity.rank <= ticket.severity.rank:
        return after
    step = 0 if ticket.status is Status.OPEN else ticket.step
    after = replace(after, severity=news.severity, plan=news.plan, step=step, turn=0)
    _, due = deadline(ticket.status, news.severity, news.plan, step, now)
    return after if due is None else replace(after, due_at=min(ticket.due_at, due))


def ask_for_help(ticket: Ticket, plan: Plan, now: datetime) -> Ticket:
    """Return the ticket whose visitor asks for help: as urgent as can be. `plan` is that of its place for such a one.

    What is over stays so: whoever has already left may need help too, and the desk is told of it.
    """
    worse = add_flag(ticket, News(Severity.CRITICAL, ticket.text_zh, ticket.text_en, now, plan, newest=False), now)
    return ticket if isinstance(worse, Refused) else replace(worse, help_at=now)


def clear_condition(ticket: Ticket) -> Ticket | Refused:
    """Return the ticket whose home looks normal again. Nothing else changes: somebody still has to look."""
    if (ticket.status, Event.CONDITION_CLEARED) not in TABLE:
        return Refused(Refusal.NOT_NOW, ticket.status)
    return replace(ticket, condition=Condition.CLEARED)


def _not_theirs(ticket: Ticket, event: Event, actor: Actor) -> Refused | None:
    if actor.is_machine or actor.at_desk:
        return None
    if event is Event.DECLINE and ticket.offered_to != actor.person_id:
        return Refused(Refusal.NOT_YOURS, ticket.status)
    if event is Event.RESOLVE and ticket.status is Status.OPEN:
        return Refused(Refusal.NOT_ALLOWED, ticket.status)
    if event in _BY_WHO_TOOK_IT and ticket.taken_by != actor.person_id:
        return Refused(Refusal.NOT_YOURS, ticket.status, taken_by=ticket.taken_by)
    return None


_PUTS_NOTHING_OFF = frozenset({Event.ETA, Event.ACKNOWLEDGE})
"""A promise, or a look, moves no deadline."""
_BY_WHO_TOOK_IT = frozenset({Event.ETA, Event.ARRIVE, Event.INSIDE, Event.ALL_WELL, Event.GIVE_BACK, Event.RESOLVE})
_MUST_SAY: dict[Event, tuple[str, ...]] = {
    Event.NEW_FLAG: ("flag",),  # flags come by `add_flag`
    Event.OFFER: ("person_id",),
    Event.GIVE_BACK: ("reason",),
    Event.REOPEN: ("reason",),
    Event.RESOLVE: ("outcome", "cause"),
    Event.ETA: ("minutes",),
    Event.MERGE: ("into",),
}


def _incomplete(ticket: Ticket, event: Event, detail: EventDetail) -> Refused | None:
    for name in _MUST_SAY.get(event, ()):
        said = getattr(detail, name, None)
        if isinstance(said, str):
            said = said.strip()
        if not said or (name == "minutes" and said not in ETA_CHOICES):
            return Refused(Refusal.INCOMPLETE, ticket.status, missing=name)
    return None


def _too_late(ticket: Ticket, event: Event, now: datetime) -> Refused | None:
    """Refuse what comes too late, what has been said already, and a word from inside of somebody who is not there."""
    done_at = ticket.resolved_at or ticket.closed_at
    closed = (ticket.status, event) == (Status.CLOSED, Event.REOPEN)
    if closed and done_at is not None and now - done_at >= REOPEN_WITHIN:
        return Refused(Refusal.TOO_LATE, ticket.status)
    inside = ticket.inside_at is not None
    visiting = inside and ticket.status is Status.ON_SITE
    not_now = (event is Event.INSIDE and inside) or (event is Event.ALL_WELL and not (visiting or ticket.help_at))
    not_now = not_now or (event is Event.ACKNOWLEDGE and ticket.acked_at is not None)
    return Refused(Refusal.NOT_NOW, ticket.status, taken_by=ticket.taken_by) if not_now else None


def _after(ticket: Ticket, event: Event, actor: Actor, detail: EventDetail, now: datetime) -> Ticket:
    """Return the ticket with what an event writes, besides status and deadline."""
    after = replace(ticket, help_at=None) if event is Event.ALL_WELL else ticket
    match event:
        case Event.OFFER:
            acked = ticket.acked_at if actor.is_machine else ticket.acked_at or now
            after = replace(ticket, offered_to=detail.person_id, acked_at=acked)
        case Event.ACKNOWLEDGE:
            after = replace(ticket, acked_at=ticket.acked_at or now)
        case Event.DECLINE | Event.NO_ANSWER | Event.GIVE_BACK:
            after = replace(_nobody_there(ticket), offered_to=None)
        case Event.TAKE:
            taker = detail.person_id if detail.person_id and actor.at_desk else actor.person_id
            after = replace(ticket, offered_to=None, taken_by=taker, acked_at=ticket.acked_at or now)
        case Event.ETA:
            after = replace(ticket, eta_at=now + timedelta(minutes=detail.minutes or 0))
        case Event.ARRIVE:
            after = replace(ticket, arrived_at=now)
        case Event.INSIDE:
            after = replace(ticket, inside_at=now)
        case Event.RESOLVE:
            after = replace(
                ticket,
                help_at=None,
                acked_at=ticket.acked_at or now,
                resolved_at=now,
                resolved_by=actor.person_id,
                outcome=detail.outcome,
                cause=detail.cause,
                note=detail.note.strip() or ticket.note,
            )
        case Event.CLOSE:
            after = replace(ticket, closed_at=now, help_at=None)
        case Event.MERGE:
            after = replace(ticket, closed_at=now, offered_to=None, help_at=None)
        case Event.REOPEN:
            after = replace(
                _nobody_there(ticket),
                closed_at=None,
                resolved_at=None,
                resolved_by=None,
                outcome=None,
                cause=None,
                step=0,
                turn=0,
            )
        case _:
            pass
    return after


def _nobody_there(ticket: Ticket) -> Ticket:
    return replace(ticket, taken_by=None, eta_at=None, arrived_at=None, inside_at=None)
