"""Deadlines: by when each status must be over. Every live status has exactly one."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.domain.duty.plan import Plan
from ingest.domain.tickets.check_in import LONGEST_UNHEARD
from ingest.domain.tickets.ticket import DueKind, Status
from models.flag import Severity

DUE_KIND: dict[Status, DueKind] = {
    Status.OPEN: DueKind.ANSWER_BY,
    Status.OFFERED: DueKind.OFFER_BY,
    Status.TAKEN: DueKind.ARRIVE_BY,
    Status.ON_SITE: DueKind.REPORT_BY,
    Status.RESOLVED: DueKind.REVIEW_BY,
}

REOPEN_WITHIN = timedelta(hours=72)
"""What is closed is taken up again before so long after it was resolved, and counts as resolved only from then on."""

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ALLOWED: dict[Severity, dict[Status, timedelta]] = {
    Severity.CRITICAL: {Status.TAKEN: 20 * _MINUTE, Status.ON_SITE: 20 * _MINUTE, Status.RESOLVED: _DAY},
    Severity.URGENT: {Status.TAKEN: 45 * _MINUTE, Status.ON_SITE: 30 * _MINUTE, Status.RESOLVED: _DAY},
    Severity.VISIT: {Status.TAKEN: 7 * _DAY, Status.ON_SITE: 3 * _HOUR, Status.RESOLVED: 7 * _DAY},
    Severity.MAINTENANCE: {Status.TAKEN: 3 * _DAY, Status.ON_SITE: 4 * _HOUR, Status.RESOLVED: 7 * _DAY},
    Severity.INFO: {Status.TAKEN: 7 * _DAY, Status.ON_SITE: 3 * _HOUR, Status.RESOLVED: 7 * _DAY},
}
_AGAIN: dict[Severity, timedelta] = {Severity.CRITICAL: 5 * _MINUTE, Severity.URGENT: 10 * _MINUTE}


def deadline(
    status: Status, severity: Severity, plan: Plan, step_number: int, now: datetime
) -> tuple[DueKind | None, datetime | None]:
    """Return what is awaited and by when, for a ticket that has just come into `status`; nothing when closed."""
    if status is Status.CLOSED:
        return None, None
    step = plan.step_at(step_number)
    if status is Status.OPEN:
        return DUE_KIND[status], plan.asks_from(severity, now) + timedelta(seconds=step.after_s + step.answer_s)
    if status is Status.OFFERED:
        return DUE_KIND[status], now + timedelta(seconds=step.answer_s)
    return DUE_KIND[status], now + _ALLOWED[severity][status]


MAKE_SURE_AFTER = 30 * _MINUTE
"""How long somebody who is asked to make sure, after it looked normal again, has at least."""


def ask_again_after(status: Status, severity: Severity) -> timedelta:
    """Return how long to wait, once a deadline of somebody at work or of a review is over, before saying so again."""
    return _DAY if status is Status.RESOLVED else _AGAIN.get(severity, _DAY)


def visiting_until(severity: Severity, now: datetime) -> datetime:
    """Return by when somebody who is well inside a home now must have reported.

    A check-in that is missed is told before that, so that the desk does not hear of the same silence twice at once.
    """
    asked_again = _AGAIN.get(severity, _HOUR)
    return now + max(_ALLOWED[severity][Status.ON_SITE], LONGEST_UNHEARD + asked_again)
