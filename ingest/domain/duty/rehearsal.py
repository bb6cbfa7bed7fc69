"""Rehearsal: who would be asked when, if nobody answered. The same decisions as in earnest, nothing written. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.domain.base.areas import Level
from ingest.domain.duty.calling import Responder, Why, call_after, call_from
from ingest.domain.duty.plan import AT_HOME, Audience, Plan
from ingest.domain.duty.surroundings import Surroundings
from models.flag import Severity

MOST = 500
"""Askings in one rehearsal, at most."""


@dataclass(frozen=True, slots=True)
class Asking:
    """At `at` these people are asked; without an answer the next asking follows at `until`."""

    at: datetime
    until: datetime
    step: int
    turn: int
    to: Audience
    level: Level | None
    """None where the step asks at the home."""
    people: tuple[Responder, ...]
    why: Why
    repeats: bool
    """Whether this one is asked again and again from here on."""


def rehearse(plan: Plan, severity: Severity, opened_at: datetime, around: Surroundings) -> list[Asking]:
    """Return every asking of a ticket opened at `opened_at`, up to the last one, which repeats."""
    now = opened_at
    call = call_from(plan, 0, 0, around.reach_at(plan.asks_from(severity, now)))
    askings: list[Asking] = []
    while len(askings) < MOST:
        step = plan.step_at(call.step)
        at = plan.asks_from(severity, now) + timedelta(seconds=step.after_s)
        until = at + timedelta(seconds=step.answer_s)
        following = call_after(plan, call.step, call.turn, around.reach_at(plan.asks_from(severity, until)))
        last = (following.step, following.turn) <= (call.step, call.turn)
        level = None if step.to in AT_HOME else step.level
        askings.append(
            Asking(at, until, call.step, call.turn, step.to, level, tuple(call.people), call.why, repeats=last)
        )
        if last:
            break
        now, call = until, following
    return askings
