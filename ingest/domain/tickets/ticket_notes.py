"""Beside: what is written into a ticket's history without moving it. Pure."""

from __future__ import annotations

from enum import StrEnum

from ingest.domain.tickets.check_in import CheckInStep
from ingest.domain.tickets.ticket import Event


class NoteKind(StrEnum):
    """Words of the history for what people do about a ticket besides its events."""

    COMMENT = "comment"
    PHOTO = "photo"
    LINKED = "linked"
    UNLINKED = "unlinked"
    MERGED_IN = "merged_in"
    """Another ticket's work is done under this one from now on."""
    SEEN_WELL = "seen_well"
    ACCESS_SHOWN = "access_shown"
    """Key and access notes were shown to who took it."""
    LATE_EXPLAINED = "late_explained"
    LINE_MOVED = "line_moved"
    """Its outcome moved the line at which this home's silence is told."""


QUIET: frozenset[str] = frozenset({*NoteKind, *CheckInStep, Event.ETA.value, Event.ACKNOWLEDGE.value}) - {
    NoteKind.MERGED_IN
}
"""What makes a page that somebody has open no older: a button pressed on it still means what it meant."""
CALL_DECLINED = "call_declined"
"""The history's word for: one of several who were asked said that they cannot come."""
