"""Buttons: which events this person may say to this ticket now. Asks the domain, so that page and rule never differ."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.domain.base.people import Actor
from ingest.domain.tickets.lifecycle import decide
from ingest.domain.tickets.permits import forbidden
from ingest.domain.tickets.ticket import (
    ETA_CHOICES,
    TABLE,
    Cause,
    Event,
    EventDetail,
    Outcome,
    Refused,
)
from ingest.store.tickets.queries import TicketRow
from ingest.web.base.forms import JsonBody
from ingest.web.base.readable import kept_text
from models.wire.codec import is_id

_BY_PEOPLE = (
    Event.ACKNOWLEDGE,
    Event.TAKE,
    Event.OFFER,
    Event.ETA,
    Event.ARRIVE,
    Event.INSIDE,
    Event.ALL_WELL,
    Event.RESOLVE,
    Event.DECLINE,
    Event.GIVE_BACK,
    Event.CLOSE,
    Event.REOPEN,
)
"""In the order in which they stand on a page."""


LONGEST_REASON, LONGEST_NOTE = 500, 2000

_SYSTEM_OUTCOMES = (Outcome.MENDED, Outcome.DEVICE, Outcome.TEST, Outcome.UNKNOWN)
_SYSTEM_CAUSES = (Cause.OUTAGE, Cause.DEVICE, Cause.TEST, Cause.OTHER, Cause.UNKNOWN)


def outcomes_of(kind: str, system_kinds: Collection[str]) -> tuple[Outcome, ...]:
    """Return the outcomes that a page offers for a ticket of this kind: nobody takes a roster to hospital."""
    if kind in system_kinds:
        return _SYSTEM_OUTCOMES
    return tuple(one for one in Outcome if one is not Outcome.MENDED)


def causes_of(kind: str, system_kinds: Collection[str]) -> tuple[Cause, ...]:
    """Return the causes that a page offers for a ticket of this kind."""
    return _SYSTEM_CAUSES if kind in system_kinds else tuple(Cause)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to happen, read from a form or from JSON."""

    event: Event
    detail: EventDetail
    version: int | None


class NotAnEventError(ValueError):
    """A word that is no event which a person can say, or an id that can be nobody's."""


class EventBody(JsonBody):
    """An event as a program sends it, with what must be said with it."""

    event: str = ""
    version: int | None = None
    person_id: str = ""
    reason: str = ""
    outcome: str = ""
    cause: str = ""
    minutes: int | None = None
    note: str = ""


class EventForm(EventBody):
    """The same from a form of ours, with the proof that it is ours."""

    csrf: str = ""


def read_asked(said: EventBody) -> Asked:
    """Read what came in; raises `NotAnEventError`. An outcome or cause that is not known counts as none.

    The domain then asks for one.
    """
    if said.event not in set(_BY_PEOPLE):
        raise NotAnEventError(
            f"event is {said.event[:40]!a}; known are {', '.join(event.value for event in _BY_PEOPLE)}"
        )
    if not is_id(said.person_id):
        raise NotAnEventError("person_id is too long or has signs that no id has")
    detail = EventDetail(
        person_id=said.person_id or None,
        reason=kept_text(said.reason, LONGEST_REASON),
        outcome=Outcome(said.outcome) if said.outcome in set(Outcome) else None,
        cause=Cause(said.cause) if said.cause in set(Cause) else None,
        minutes=said.minutes,
        note=kept_text(said.note, LONGEST_NOTE),
    )
    return Asked(Event(said.event), detail, said.version)


def buttons(row: TicketRow, actor: Actor, now: datetime, *, was_called: bool = False) -> list[Event]:
    """Return the events that would not be refused, if everything that must be said with them were said."""
    full = EventDetail(person_id=actor.person_id, reason="-", outcome=Outcome.UNKNOWN, cause=Cause.UNKNOWN)
    full = replace(full, minutes=ETA_CHOICES[0])
    return [
        event
        for event in _BY_PEOPLE
        if (row.ticket.status, event) in TABLE
        and forbidden(actor, event, row.area_path, was_called) is None
        and not isinstance(decide(row.ticket, event, actor, full, now), Refused)
    ]
