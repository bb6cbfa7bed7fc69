"""Timeout: what happens to a ticket whose deadline is over. Never nothing: there is always a next deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ingest.domain.duty.calling import Call, Purpose
from ingest.domain.tickets.deadlines import MAKE_SURE_AFTER, ask_again_after, deadline
from ingest.domain.tickets.ticket import Condition, Status, Ticket
from models.flag import Severity


class Lapse(StrEnum):
    """What did not happen in time; written into the history."""

    ESCALATED = "escalated"
    """Nobody answered: the next step is asked."""
    NO_ANSWER = "no_answer"
    """Who it was offered to did not answer: it is open again, and the next step is asked."""
    NOT_ARRIVED = "not_arrived"
    NOT_REPORTED = "not_reported"
    NOT_REVIEWED = "not_reviewed"


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The ticket after its deadline, what to write, and what to say to whom is next."""

    ticket: Ticket
    lapse: Lapse
    purpose: Purpose


def is_due(ticket: Ticket, now: datetime) -> bool:
    """Return whether the ticket's deadline is over."""
    return ticket.due_at is not None and ticket.due_at <= now


def asks_next_step(ticket: Ticket) -> bool:
    """Return whether the lapse means that the plan's next step is asked (else the desk is told)."""
    return ticket.status in (Status.OPEN, Status.OFFERED)


def only_makes_sure(ticket: Ticket) -> bool:
    """Return whether one person is asked to make sure, and not level after level: it looks normal again.

    A fire that is quiet again may have burnt its detector: what is critical goes up as ever.
    """
    return asks_next_step(ticket) and ticket.condition is Condition.CLEARED and ticket.severity is not Severity.CRITICAL


def time_out(ticket: Ticket, call: Call | None, now: datetime) -> TimedOut:
    """Return what the deadline's end means. `call` is who is asked now, where anybody is."""
    if call is not None and asks_next_step(ticket):
        lapse = Lapse.ESCALATED if ticket.status is Status.OPEN else Lapse.NO_ANSWER
        kind, due = deadline(Status.OPEN, ticket.severity, ticket.plan, call.step, now)
        if due is not None and only_makes_sure(ticket):
            due = max(due, now + MAKE_SURE_AFTER)
        after = replace(
            ticket,
            status=Status.OPEN,
            offered_to=None,
            step=call.step,
            turn=call.turn,
            due_kind=kind,
            due_at=due,
        )
        return TimedOut(after, lapse, Purpose.ASKED)
    again = replace(ticket, due_at=now + ask_again_after(ticket.status, ticket.severity))
    match ticket.status:
        case Status.TAKEN:
            return TimedOut(again, Lapse.NOT_ARRIVED, Purpose.OVERDUE)
        case Status.ON_SITE:
            return TimedOut(again, Lapse.NOT_REPORTED, Purpose.OVERDUE)
        case _:
            return TimedOut(again, Lapse.NOT_REVIEWED, Purpose.REVIEW)
