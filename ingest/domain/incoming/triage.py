"""Triage: what a flag asks of people: a new ticket, more evidence for one that lives, or nothing. Pure.

Whoever calls loads what is known (`Known`) and does what is decided (`Decision`); the order in which an episode's
flags come does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.domain.incoming.lateness import as_weighed, is_history
from ingest.domain.tickets.ticket import AT_WORK, LIVE, Ticket
from models.flag import FlagEvent, FlagKind, Severity
from models.wire.messages import FlagBody


class Triage(StrEnum):
    """What is to be done."""

    OPEN = "open"
    ADD = "add"
    CLEAR = "clear"
    NOTHING = "nothing"
    """Stored and shown with the home; nobody need move."""


@dataclass(frozen=True, slots=True)
class IncomingFlag:
    """A flag as its gateway sent it, in the message `message_id`."""

    gateway_id: str
    message_id: str
    flag: FlagBody

    @property
    def situation(self) -> tuple[str, str]:
        """Name the continuing situation: an episode is its gateway's own."""
        return (self.gateway_id, self.flag.episode)


@dataclass(frozen=True, slots=True)
class Episode:
    """What is known of a continuing situation: its newest flag, whether that said that it is over, and its ticket."""

    last_number: int = -1
    cleared: bool = False
    ticket_id: str | None = None

    def after(self, flag: FlagBody, ticket_id: str | None) -> Episode:
        """Return what is known once `flag` has come, which belongs to the ticket."""
        cleared = flag.event is FlagEvent.CLEARED if flag.number > self.last_number else self.cleared
        return Episode(max(flag.number, self.last_number), cleared, ticket_id or self.ticket_id)


@dataclass(frozen=True, slots=True)
class HeardFlag:
    """When a flag was raised by its gateway's clock, and when it came by ours."""

    number: int
    at: datetime
    came: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a flag comes.

    `own` is the ticket that its episode already has, `similar` the ticket at work that a further flag of this kind at
    this place joins; `heard` are the flags of its episode, this one among them. `silenced` and `tested`: somebody has
    silenced such flags at the home, or tests the detector now.
    """

    episode: Episode
    heard: Sequence[HeardFlag]
    own: Ticket | None = None
    similar: Ticket | None = None
    silenced: bool = False
    tested: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about a flag: `ticket` is the one that it is added to or cleared on."""

    what: Triage
    ticket: Ticket | None = None
    newest: bool = False
    """Whether it says how the situation stands now."""


def decide_flag(flag: FlagBody, known: Known, now: datetime) -> Decision:
    """Return what to do about a flag that came at `now`.

    A silence or a test keeps a ticket from being opened, never one of smoke; so does that it is late, over, and was
    never urgent.
    """
    weighed = as_weighed(flag)
    newest = flag.number > known.episode.last_number
    what = triage(weighed, _raised_at(flag, known, now), known.own, known.similar)
    if what is Triage.OPEN and (is_history(flag) or _is_held_back(weighed, known)):
        what = Triage.NOTHING
    if what is Triage.CLEAR and not newest:
        what = Triage.NOTHING
    ticket = {Triage.ADD: known.own or known.similar, Triage.CLEAR: known.own}.get(what)
    return Decision(what, ticket, newest and not (what is Triage.ADD and known.episode.cleared))


def triage(flag: FlagBody, at: datetime, own: Ticket | None, similar: Ticket | None) -> Triage:
    """Return what to do about the flag; `at` is the latest time of *our* clock at which it can have been raised.

    A test and a mere information ask nothing. A CLEARED never closes and never opens: if it overtook its RAISED, that
    one still comes, for a gateway keeps each flag until its receipt.
    """
    if flag.kind is FlagKind.TEST or flag.severity is Severity.INFO:
        return Triage.NOTHING
    if flag.event is FlagEvent.CLEARED:
        return Triage.CLEAR if own is not None and own.status in LIVE else Triage.NOTHING
    if own is not None:
        return _about_own(flag, at, own)
    if similar is not None and similar.status in AT_WORK:
        return Triage.ADD
    return Triage.OPEN


def _about_own(flag: FlagBody, at: datetime, own: Ticket) -> Triage:
    if own.status in AT_WORK:
        return Triage.ADD
    done_at = own.resolved_at or own.closed_at
    worse = flag.severity.rank > own.severity.rank
    still_burning = flag.severity is Severity.CRITICAL and done_at is not None and at > done_at
    if worse or still_burning:
        return Triage.OPEN
    return Triage.ADD if own.status in LIVE else Triage.NOTHING


def _is_held_back(flag: FlagBody, known: Known) -> bool:
    if flag.severity is Severity.CRITICAL or flag.kind is FlagKind.SMOKE:
        return False
    return known.silenced or known.tested


def _raised_at(flag: FlagBody, known: Known, now: datetime) -> datetime:
    return now if known.own is None else latest_on_our_clock(flag, known.heard, now)


def latest_on_our_clock(flag: FlagBody, heard: Sequence[HeardFlag], now: datetime) -> datetime:
    """Return the latest time of our clock at which a flag that came at `now` can have been raised.

    No flag comes before it is raised, so the shortest way that any flag of the episode seems to have had bounds how
    far the gateway's clock is behind ours. A later flag with an earlier time says that this clock was set back in
    between: then only its arrival is known.
    """
    shortest = min((one.came - one.at for one in heard), default=None)
    before = [one.at for one in heard if one.number < flag.number]
    if shortest is None or (before and flag.at < max(before)):
        return now
    return min(now, flag.at + shortest)
