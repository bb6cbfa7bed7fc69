"""Notices: whether a message is still wanted, and when a failed one is tried again."""

from __future__ import annotations

from datetime import timedelta

from ingest.domain.duty.calling import Purpose
from ingest.domain.tickets.ticket import Status, Ticket
from models.flag import FlagKind, Severity

MAX_ATTEMPTS = 6
"""After so many failures on one channel the person's next channel is tried."""
MAX_ATTEMPTS_URGENT = 3
"""The same where somebody should look now: some six seconds."""
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=1)

CHANNEL_FAILING = "channel_failing"
"""Ticket kind: a channel takes nothing any more."""

ABOUT_VISITOR = frozenset({Purpose.CHECK_IN, Purpose.CHECK_IN_MISSED, Purpose.CHECK_IN_HELP})

CALM_PAUSE = timedelta(minutes=10)
"""After a calm notice a person's next calm ones wait so long, and then come as one."""


def is_calm(ticket: Ticket, purpose: Purpose, urgent: bool) -> bool:
    """Return whether the notice may wait for others and be bundled: never smoke, never what a desk asks somebody."""
    if purpose is Purpose.CHANGED:
        return True
    return not urgent and ticket.kind != FlagKind.SMOKE and purpose is not Purpose.OFFERED


def still_wanted(ticket: Ticket, purpose: Purpose, person_id: str) -> bool:
    """Return whether the notice still says something true; asked just before it is sent."""
    status, theirs = ticket.status, ticket.taken_by == person_id
    visiting = status in (Status.TAKEN, Status.ON_SITE)
    true_while: dict[Purpose, bool] = {
        Purpose.ASKED: status in (Status.OPEN, Status.OFFERED),
        Purpose.OFFERED: status is Status.OFFERED and ticket.offered_to == person_id,
        Purpose.WORSE: visiting and theirs,
        Purpose.OVERDUE: visiting,
        Purpose.REVIEW: status is Status.RESOLVED,
        Purpose.CHECK_IN: status is Status.ON_SITE and theirs,
        Purpose.CHECK_IN_MISSED: status is Status.ON_SITE,
        Purpose.CHECK_IN_HELP: True,
        Purpose.CHANGED: True,
    }
    return true_while[purpose]


def is_urgent(ticket: Ticket, purpose: Purpose) -> bool:
    """Return whether the notice goes before others: urgent tickets, and always somebody who may be in danger inside."""
    if purpose is Purpose.CHANGED:
        return False
    return purpose in ABOUT_VISITOR or ticket.severity.rank >= Severity.URGENT.rank


def waits_for_morning(purpose: Purpose) -> bool:
    """Return whether a plan's quiet hours hold the notice back."""
    return purpose is not Purpose.OFFERED and purpose not in ABOUT_VISITOR


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after the failure number `attempts` (from 1): 2, 4, 8 … 60 seconds."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(attempts - 1, 8)))


def to_next_channel(attempts: int, has_next: bool, urgent: bool) -> bool:
    """Return whether an unreachable channel is given up for the next one. The last one is never given up."""
    return has_next and attempts >= (MAX_ATTEMPTS_URGENT if urgent else MAX_ATTEMPTS)
