"""Ticket: the work that a flag or a person asks of people, and the table of what may happen to it.

Status, condition and escalation are three things. A pair of status and event that is not in the table is refused
before anything is written. Knows nothing of rows, people's names or how anybody is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.domain.duty.plan import Plan
from models.flag import Severity


class Status(StrEnum):
    """Where the work is."""

    OPEN = "open"
    OFFERED = "offered"
    TAKEN = "taken"
    ON_SITE = "on_site"
    RESOLVED = "resolved"
    CLOSED = "closed"


LIVE: frozenset[Status] = frozenset(Status) - {Status.CLOSED}
"""Statuses in which somebody still owes something, by a deadline."""

AT_WORK: frozenset[Status] = LIVE - {Status.RESOLVED}
"""Statuses in which the home is not yet looked after: a new episode of the same kind joins such a ticket."""


class Condition(StrEnum):
    """Whether the home still looks wrong. It never moves the status."""

    ACTIVE = "active"
    CLEARED = "cleared"


class Event(StrEnum):
    """What can happen to a ticket."""

    OFFER = "offer"
    DECLINE = "decline"
    NO_ANSWER = "no_answer"
    TAKE = "take"
    ACKNOWLEDGE = "acknowledge"
    """The desk has it before its eyes and sees to it. People are asked as before, and nobody is told to stop."""
    ARRIVE = "arrive"
    GIVE_BACK = "give_back"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    ETA = "eta"
    """On the way, and there in so many minutes."""
    INSIDE = "inside"
    """In the home: the check-in timer runs."""
    ALL_WELL = "all_well"
    """Still inside, all well, needs longer; or the help that was asked for is no longer needed."""
    MERGE = "merge"
    """The work is done under another ticket."""
    NEW_FLAG = "new_flag"
    CONDITION_CLEARED = "condition_cleared"


class Outcome(StrEnum):
    """What became of it; demanded at resolve."""

    HELPED = "helped"
    HOSPITAL = "hospital"
    AWAY = "away"
    HABIT = "habit"
    DEVICE = "device"
    LEAK = "leak"
    MENDED = "mended"
    """Of a ticket about our own machinery or its papers: a gateway, a channel, a roster."""
    TEST = "test"
    UNKNOWN = "unknown"
    DIED = "died"


class Cause(StrEnum):
    """What had set it off; demanded at resolve beside the outcome."""

    FALL = "fall"
    ILLNESS = "illness"
    FIRE = "fire"
    COOKING = "cooking"
    """Smoke or steam from the kitchen, incense: no fire."""
    WATER_LEFT_ON = "water_left_on"
    PIPE = "pipe"
    APPLIANCE_LEFT_ON = "appliance_left_on"
    OUTAGE = "outage"
    UNHEARD = "unheard"
    """Asleep, or did not hear telephone and bell."""
    AWAY = "away"
    GUESTS = "guests"
    HABIT = "habit"
    DEVICE = "device"
    TEST = "test"
    OTHER = "other"
    UNKNOWN = "unknown"


ETA_CHOICES = (5, 10, 20, 30)
"""Minutes."""


class DueKind(StrEnum):
    """What a deadline waits for."""

    OFFER_BY = "offer_by"
    ANSWER_BY = "answer_by"
    ARRIVE_BY = "arrive_by"
    REPORT_BY = "report_by"
    REVIEW_BY = "review_by"


TABLE: dict[tuple[Status, Event], Status] = {
    (Status.OPEN, Event.OFFER): Status.OFFERED,
    (Status.OFFERED, Event.DECLINE): Status.OPEN,
    (Status.OFFERED, Event.NO_ANSWER): Status.OPEN,
    (Status.OPEN, Event.TAKE): Status.TAKEN,
    (Status.OFFERED, Event.TAKE): Status.TAKEN,
    (Status.OPEN, Event.ACKNOWLEDGE): Status.OPEN,
    (Status.OFFERED, Event.ACKNOWLEDGE): Status.OFFERED,
    (Status.TAKEN, Event.ARRIVE): Status.ON_SITE,
    (Status.TAKEN, Event.GIVE_BACK): Status.OPEN,
    (Status.ON_SITE, Event.GIVE_BACK): Status.OPEN,
    (Status.TAKEN, Event.ETA): Status.TAKEN,
    (Status.ON_SITE, Event.INSIDE): Status.ON_SITE,
    (Status.OPEN, Event.ALL_WELL): Status.OPEN,
    (Status.OFFERED, Event.ALL_WELL): Status.OFFERED,
    (Status.RESOLVED, Event.ALL_WELL): Status.RESOLVED,
    (Status.TAKEN, Event.ALL_WELL): Status.TAKEN,
    (Status.ON_SITE, Event.ALL_WELL): Status.ON_SITE,
    (Status.OPEN, Event.MERGE): Status.CLOSED,
    (Status.OFFERED, Event.MERGE): Status.CLOSED,
    (Status.TAKEN, Event.MERGE): Status.CLOSED,
    (Status.ON_SITE, Event.MERGE): Status.CLOSED,
    (Status.OPEN, Event.RESOLVE): Status.RESOLVED,
    (Status.TAKEN, Event.RESOLVE): Status.RESOLVED,
    (Status.ON_SITE, Event.RESOLVE): Status.RESOLVED,
    (Status.RESOLVED, Event.CLOSE): Status.CLOSED,
    (Status.RESOLVED, Event.REOPEN): Status.OPEN,
    (Status.CLOSED, Event.REOPEN): Status.OPEN,
    **{(status, event): status for status in LIVE for event in (Event.NEW_FLAG, Event.CONDITION_CLEARED)},
}
"""Everything that may happen; a pair that is not here is refused."""


class Refusal(StrEnum):
    """Why something is not done."""

    NOT_NOW = "not_now"
    """The table has no such event in this status."""
    TAKEN_BY_OTHER = "taken_by_other"
    """Somebody else is already going: `Refused.taken_by`."""
    NOT_YOURS = "not_yours"
    """Only who was asked, or who took it, or the desk may say that."""
    NOT_ALLOWED = "not_allowed"
    """The role may not do that."""
    OUT_OF_SCOPE = "out_of_scope"
    """The ticket is of an area that the actor does not see."""
    INCOMPLETE = "incomplete"
    """Something must be said with it: `Refused.missing`."""
    TOO_LATE = "too_late"
    """It was resolved too long ago to be taken up again: a new ticket is opened."""
    CHANGED_MEANWHILE = "changed_meanwhile"
    """The page was older than the ticket."""
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_PERSON = "unknown_person"
    NOT_TOGETHER = "not_together"
    """The two tickets are about different homes, or the same ticket."""
    LESS_URGENT = "less_urgent"
    """The less urgent is merged into the more urgent, not the other way round."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The domain says no, and nothing was written."""

    reason: Refusal
    status: Status | None = None
    taken_by: str | None = None
    """The person id of who has it."""
    missing: str | None = None
    """The name of the detail that must be given: person_id, reason, outcome, cause, minutes, text."""


@dataclass(frozen=True, slots=True)
class EventDetail:
    """What is said with an event: whom it is offered to (or for whom the desk acts), why, with which outcome and cause.

    `minutes` is one of `ETA_CHOICES`; `into` is the ticket that a merged one's work is done under.
    """

    person_id: str | None = None
    reason: str = ""
    outcome: Outcome | None = None
    cause: Cause | None = None
    minutes: int | None = None
    into: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the domain sees it; times are aware UTC. `due_at` is None only when closed."""

    ticket_id: str
    area_id: str
    kind: str
    severity: Severity
    status: Status
    condition: Condition
    text_zh: str
    text_en: str
    since: datetime
    plan: Plan
    step: int
    due_at: datetime | None
    due_kind: DueKind | None
    opened_at: datetime
    home_id: str | None = None
    gateway_id: str | None = None
    subject: str | None = None
    episode: str | None = None
    offered_to: str | None = None
    taken_by: str | None = None
    acked_at: datetime | None = None
    arrived_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    cause: Cause | None = None
    note: str | None = None
    eta_at: datetime | None = None
    """When who took it says to be there."""
    inside_at: datetime | None = None
    help_at: datetime | None = None
    """When who went there asked for help, and has not said since that all is well."""
    turn: int = 0
    """How often `step` has asked before: a step asks in turn, or more than once."""
    version: int = 0


GATEWAY_SILENT = "gateway_silent"
"""Ticket kind: a gateway's heartbeats stay away. The other kinds are `models.flag.FlagKind`, and:"""
CANARY_FAILED = "canary_failed"
"""Ticket kind: a gateway's daily test alarm did not come, or reached no phone."""
BY_HAND = "by_hand"
"""Ticket kind: somebody opened it at the console."""
