"""Plan: who is asked, in which order, how long they have. A ticket carries its own copy. Never ends in nothing.

Pure: which people stand at a level is the caller's knowledge. How a plan looks as plain data is `plan_words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.domain.base.areas import UPWARDS, Level
from ingest.domain.base.people import Kind
from ingest.domain.duty.quiet_hours import QuietHours
from models.flag import Severity


class Audience(StrEnum):
    """Whom a step asks: at its level, at the home, or around it."""

    VOLUNTEERS = "volunteers"
    SOCIAL_WORKERS = "social_workers"
    DISPATCHERS = "dispatchers"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"
    STATION = "station"
    """Staff of the stations of the level."""
    ORGANISATIONS = "organisations"
    INSTALLERS = "installers"
    TEAM = "team"
    """The whole team of the level, whoever is on call."""
    NEAREST_VOLUNTEERS = "nearest_volunteers"
    """From the home's own compound outwards, not further than the level."""
    RESIDENT = "resident"
    CONTACTS = "contacts"


_RESPONDERS = frozenset({Kind.VOLUNTEER, Kind.SOCIAL_WORKER, Kind.DISPATCHER, Kind.STATION_STAFF, Kind.ORGANISATION})
KINDS_OF: dict[Audience, frozenset[Kind]] = {
    Audience.VOLUNTEERS: frozenset({Kind.VOLUNTEER}),
    Audience.SOCIAL_WORKERS: frozenset({Kind.SOCIAL_WORKER}),
    Audience.DISPATCHERS: frozenset({Kind.DISPATCHER}),
    Audience.ADMINISTRATORS: frozenset({Kind.ADMINISTRATOR}),
    Audience.EVERYONE: _RESPONDERS,
    Audience.STATION: frozenset({Kind.STATION_STAFF}),
    Audience.ORGANISATIONS: frozenset({Kind.ORGANISATION}),
    Audience.INSTALLERS: frozenset({Kind.INSTALLER}),
    Audience.TEAM: _RESPONDERS,
    Audience.NEAREST_VOLUNTEERS: frozenset({Kind.VOLUNTEER}),
    Audience.RESIDENT: frozenset({Kind.RESIDENT}),
    Audience.CONTACTS: frozenset({Kind.CONTACT}),
}
AT_HOME: frozenset[Audience] = frozenset({Audience.RESIDENT, Audience.CONTACTS})
"""Audiences that belong to the home and not to a level; they can be told, and can not take a ticket."""

MIN_ANSWER_S = 5
"""Nobody can read and answer faster; shorter would only spin."""
MAX_ANSWER_S = 14 * 24 * 3600
"""Longer would be no time-out any more."""
DEFAULT_ANSWER_S = 180
"""A step that names no time-out has this one."""
MAX_REPEAT = 20
NEAREST = 3
"""How many of the nearest volunteers are asked, where a step does not say."""


class PlanError(ValueError):
    """A plan that cannot be followed; the message says where."""


@dataclass(frozen=True, slots=True)
class Step:
    """Ask `to` at the ticket's area of `level`, `after_s` after the step before ran out; they have `answer_s`.

    `in_turn`: one after the other, each with `answer_s`; otherwise all at once. `repeat`: as often. `count`: how many
    of the nearest, 0 for the usual number.
    """

    level: Level
    to: Audience
    after_s: int
    answer_s: int
    in_turn: bool = False
    repeat: int = 1
    count: int = 0

    def rounds(self, people: int) -> int:
        """Return how often the step asks in all, where it finds so many people."""
        return self.repeat * (max(people, 1) if self.in_turn else 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """At least one step. After the last one the last one is repeated, for ever."""

    plan_id: str
    steps: tuple[Step, ...]
    quiet: QuietHours | None = None

    def __post_init__(self) -> None:
        """Refuse a plan that would end in nothing or spin."""
        if not self.steps:
            raise PlanError(f"plan {self.plan_id}: has no steps; give at least one")
        for number, step in enumerate(self.steps, start=1):
            check_step(self.plan_id, number, step)
        if self.steps[-1].to in AT_HOME:
            raise PlanError(
                f"plan {self.plan_id}: the last step repeats for ever and must ask somebody who can go, "
                f"not {self.steps[-1].to.value}; add a step for volunteers, the station or dispatchers"
            )

    def step_at(self, number: int) -> Step:
        """Return step `number` (from 0); behind the end it is the last one."""
        return self.steps[min(number, len(self.steps) - 1)]

    def next_step(self, number: int) -> int:
        """Return the number of the step after `number`; the last one repeats."""
        return min(number + 1, len(self.steps) - 1)

    def asks_from(self, severity: Severity, now: datetime) -> datetime:
        """Return when people may be asked, `now` at the earliest: low severities respect the quiet hours."""
        return now if self.quiet is None else self.quiet.over_at(severity, now)


def check_step(plan_id: str, number: int, step: Step) -> None:
    """Raise `PlanError` where a step would spin or never run out."""
    where = f"plan {plan_id}, step {number}"
    if step.answer_s < MIN_ANSWER_S or step.after_s < 0:
        raise PlanError(f"{where}: answer_s must be {MIN_ANSWER_S} or more and after_s 0 or more")
    if step.answer_s > MAX_ANSWER_S or step.after_s > MAX_ANSWER_S:
        raise PlanError(f"{where}: nobody would be asked again for over {MAX_ANSWER_S // 86400} days; make it shorter")
    if not 1 <= step.repeat <= MAX_REPEAT:
        raise PlanError(f"{where}: repeat must be 1 to {MAX_REPEAT}; the last step repeats by itself")
    if step.count < 0:
        raise PlanError(f"{where}: count must be 1 or more")


_ANSWER_S: dict[Severity, int] = {
    Severity.CRITICAL: 60,
    Severity.URGENT: 180,
    Severity.VISIT: 24 * 3600,
    Severity.MAINTENANCE: 8 * 3600,
    Severity.INFO: 24 * 3600,
}


def built_in_plan(severity: Severity) -> Plan:
    """Return the plan for a place that has none of its own: everybody at each level, upwards; calm work to few."""
    answer = _ANSWER_S[severity]
    if severity is Severity.MAINTENANCE:
        audiences = [Audience.ADMINISTRATORS, Audience.DISPATCHERS]
        steps = [Step(level, to, 0, answer) for level in UPWARDS for to in audiences]
    elif severity in (Severity.VISIT, Severity.INFO):
        steps = [Step(level, Audience.SOCIAL_WORKERS, 0, answer) for level in UPWARDS]
        steps.append(Step(Level.DISTRICT, Audience.DISPATCHERS, 0, answer))
    else:
        steps = [Step(level, Audience.EVERYONE, 0, answer) for level in UPWARDS]
    return Plan(f"built-in-{severity.value}", tuple(steps))
