"""Check-in: the timer of somebody inside a home: asked after a while whether all is well, once more, then told. Pure.

The timer begins when the visitor says "inside", begins anew with every "all well", and ends with the visit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

CHECK_AFTER = timedelta(minutes=20)
ANSWER_WITHIN = timedelta(seconds=60)
HELP_AGAIN_AFTER = timedelta(seconds=30)
"""A thumb that shakes presses more than once: within this it is the same cry."""
ASKS = 2
"""Once, and one retry."""
LONGEST_UNHEARD = CHECK_AFTER + ASKS * ANSWER_WITHIN
"""So long after "inside" the dispatcher knows, at the latest, that nothing was heard."""


class CheckInStep(StrEnum):
    """What a timer's end means; written into the history."""

    ASKED = "check_in_asked"
    """The visitor is asked whether all is well."""
    MISSED = "check_in_missed"
    """They did not answer: the dispatcher is told."""
    HELP = "check_in_help"
    """They ask for help: the dispatcher is told."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One timer; `due_at` is None once the dispatcher has been told."""

    ticket_id: str
    person_id: str
    due_at: datetime | None
    asked: int = 0
    told: bool = False


def begin(ticket_id: str, person_id: str, now: datetime) -> CheckIn:
    """Return the timer of somebody who is well inside now."""
    return CheckIn(ticket_id, person_id, now + CHECK_AFTER)


def run_out(timer: CheckIn, now: datetime) -> tuple[CheckIn, CheckInStep]:
    """Return the timer after its end, and what follows. The time to answer counts from the asking."""
    if timer.asked < ASKS:
        return replace(timer, asked=timer.asked + 1, due_at=now + ANSWER_WITHIN), CheckInStep.ASKED
    return told(timer), CheckInStep.MISSED


def told(timer: CheckIn) -> CheckIn:
    """Return the timer once the dispatcher knows: nobody is asked any more until they say that all is well."""
    return replace(timer, due_at=None, told=True)
