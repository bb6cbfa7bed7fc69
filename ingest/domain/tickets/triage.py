"""Triage: what a flag asks of people: a new ticket, more evidence for one that lives, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.domain.tickets.ticket import AT_WORK, LIVE, Ticket
from models.flag import FlagEvent, FlagKind, Severity


class Triage(StrEnum):
    """What is to be done."""

    OPEN = "open"
    ADD = "add"
    CLEAR = "clear"
    NOTHING = "nothing"
    """Stored and shown with the home; nobody need move."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A flag, and what is known when it comes.

    `at` is the latest time of *our* clock at which it can have been raised: a gateway's own clock may be wrong.
    `own` is the ticket its episode already has, `similar` a live ticket of the same kind at the same home;
    `known_before` is whether a later flag of the episode has overtaken this one; `cleared` whether a CLEARED has.
    """

    kind: FlagKind
    severity: Severity
    event: FlagEvent
    at: datetime
    own: Ticket | None
    similar: Ticket | None


def triage(situation: Situation) -> Triage:
    """Return what to do about the flag.

    A test and a mere information ask nothing. A CLEARED never closes and never opens: if it overtook its RAISED, that
    one still comes, for a gateway keeps each flag until its receipt.
    """
    if situation.kind is FlagKind.TEST or situation.severity is Severity.INFO:
        return Triage.NOTHING
    own = situation.own
    if situation.event is FlagEvent.CLEARED:
        return Triage.CLEAR if own is not None and own.status in LIVE else Triage.NOTHING
    if own is not None:
        return _about_own(situation, own)
    if situation.similar is not None and situation.similar.status in AT_WORK:
        return Triage.ADD
    return Triage.OPEN


def _about_own(situation: Situation, own: Ticket) -> Triage:
    if own.status in AT_WORK:
        return Triage.ADD
    done_at = own.resolved_at or own.closed_at
    worse = situation.severity.rank > own.severity.rank
    still_burning = situation.severity is Severity.CRITICAL and done_at is not None and situation.at > done_at
    if worse or still_burning:
        return Triage.OPEN
    return Triage.ADD if own.status in LIVE else Triage.NOTHING
