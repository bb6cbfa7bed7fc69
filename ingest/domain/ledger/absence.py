"""Absence: a resident who is told to be away, until when, and when the return is to be looked after. Pure.

An absence only quietens the detector for as long as somebody has said; it never ends in nobody looking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.flag import Severity
from models.texts.texts import texts_of

GRACE = timedelta(hours=2)
"""Trains are late: so long after the told return, somebody is asked to make sure."""
OPEN_ENDED = timedelta(days=7)
"""An absence whose end nobody knows is asked about after so long."""
LONGEST = timedelta(days=180)
CALM = timedelta(hours=2)
"""So long after somebody was seen well no sign of life is awaited."""
MOST_PER_HOME = 8
"""Absences of one home that are not over."""
LONGEST_NAME = 100

AWAY_OVERDUE = "away_overdue"
"""Ticket kind: a resident has not come back when they said."""


class Way(StrEnum):
    """How the ledger was told."""

    PHONE = "phone"
    IN_PERSON = "in_person"
    MESSAGE = "message"
    LINK = "link"
    STATION = "station"


class AbsenceFault(StrEnum):
    """Why an entry is not written."""

    UNKNOWN_HOME = "unknown_home"
    UNKNOWN_ENTRY = "unknown_entry"
    NOT_ALLOWED = "not_allowed"
    NOBODY_SAID = "nobody_said"
    ENDS_FIRST = "ends_first"
    ENDS_IN_PAST = "ends_in_past"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    OVER = "over"
    """It was revoked, or has ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of an absence; `until` None: they do not know."""

    since: datetime
    until: datetime | None
    said_by: str
    way: Way


def fault_of(told: Told, now: datetime) -> AbsenceFault | None:
    """Return what is wrong with what was said, or None."""
    if not told.said_by.strip() or len(told.said_by) > LONGEST_NAME:
        return AbsenceFault.NOBODY_SAID
    if told.until is None:
        return None
    if told.until <= told.since:
        return AbsenceFault.ENDS_FIRST
    if told.until <= now:
        return AbsenceFault.ENDS_IN_PAST
    return AbsenceFault.TOO_LONG if told.until - min(told.since, now) > LONGEST else None


def check_at(since: datetime, until: datetime | None) -> datetime:
    """Return when the return is to be looked after."""
    return since + OPEN_ENDED if until is None else until + GRACE


def is_back(until: datetime | None, last_sign: datetime | None) -> bool:
    """Return whether the meters show that the resident is back. Before the told return it may be a neighbour."""
    return until is not None and last_sign is not None and last_sign >= until


def overdue_words(until: datetime | None, told_on: str) -> tuple[Severity, str, str]:
    """Return how urgent an overdue return is, and the sentence; `told_on` is the told return, in the home's zone."""
    if until is None:
        return Severity.VISIT, *texts_of("tickets.away.open_ended")
    return Severity.URGENT, *texts_of("tickets.away.overdue", told_on=told_on)
