"""Plans as plain data, both ways: from a file or a table, and the snapshot in a ticket. Checks what a plan says.

`then` names another plan whose steps follow; plans that run in a circle are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.domain.base.areas import UPWARDS, Level
from ingest.domain.base.wallclock import WallClockError
from ingest.domain.duty.plan import AT_HOME, DEFAULT_ANSWER_S, Audience, Plan, PlanError, Step, check_step
from ingest.domain.duty.quiet_hours import QuietHours, quiet_data, suppressions_of

_KEYS = {"level", "to", "after_s", "answer_s", "in_turn", "repeat", "count"}
NEXT = "next"
"""In place of a level: the one above that of the step before."""


@dataclass(frozen=True, slots=True)
class PlanPart:
    """A plan as it is written down: its own steps, and the plan that follows."""

    plan_id: str
    steps: tuple[Step, ...]
    quiet: QuietHours | None = None
    then: str | None = None


def part_of(
    plan_id: str, steps: list[dict[str, Any]], quiet: dict[str, Any] | None = None, then: str | None = None
) -> PlanPart:
    """Return a plan's own part; raises `PlanError` that names step and key."""
    read: list[Step] = []
    for number, data in enumerate(steps, start=1):
        step = _step_of(plan_id, number, data, read[-1].level if read else None)
        check_step(plan_id, number, step)
        read.append(step)
    try:
        hours = None if quiet is None else suppressions_of(quiet)
    except WallClockError as error:
        raise PlanError(f"plan {plan_id}: {error}") from error
    if not read or then is None:
        Plan(plan_id, tuple(read), hours)  # what follows nothing must stand by itself
    return PlanPart(plan_id, tuple(read), hours, then)


def plan_of(plan_id: str, steps: list[dict[str, Any]], quiet: dict[str, Any] | None = None) -> Plan:
    """Return the plan in plain data; raises `PlanError` that names step and key."""
    part = part_of(plan_id, steps, quiet)
    return Plan(part.plan_id, part.steps, part.quiet)


def whole_plan(plan_id: str, parts: Mapping[str, PlanPart]) -> Plan:
    """Return the plan with all that follow; raises `PlanError` for a circle and for a plan that is not there."""
    way: list[str] = []
    steps: list[Step] = []
    following: str | None = plan_id
    while following is not None:
        if following in way:
            circle = " → ".join([*way[way.index(following) :], following])
            raise PlanError(f"plan {plan_id}: runs in a circle ({circle}); take out one `then`")
        part = parts.get(following)
        if part is None:
            raise PlanError(f"plan {way[-1] if way else plan_id}: there is no plan {following!r} to go on with")
        way.append(following)
        steps.extend(part.steps)
        following = part.then
    return Plan(plan_id, tuple(steps), parts[plan_id].quiet)


def steps_data(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Return the steps as plain data; what is as usual is left out."""
    return [_step_data(step) for step in steps]


def snapshot(plan: Plan) -> dict[str, Any]:
    """Return the plan as a ticket keeps it."""
    data: dict[str, Any] = {"plan_id": plan.plan_id, "steps": steps_data(plan.steps)}
    return data if plan.quiet is None else {**data, "quiet": quiet_data(plan.quiet)}


def plan_of_snapshot(data: Mapping[str, Any]) -> Plan:
    """Return the plan that a ticket kept."""
    return plan_of(data["plan_id"], data["steps"], data.get("quiet"))


def _step_data(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "level": step.level.value,
        "to": step.to.value,
        "after_s": step.after_s,
        "answer_s": step.answer_s,
    }
    if step.in_turn:
        data["in_turn"] = True
    if step.repeat != 1:
        data["repeat"] = step.repeat
    if step.count:
        data["count"] = step.count
    return data


def _step_of(plan_id: str, number: int, data: dict[str, Any], before: Level | None) -> Step:
    where = f"plan {plan_id}, step {number}"
    unknown = set(data) - _KEYS
    if unknown:
        raise PlanError(f"{where}: no such key: {', '.join(sorted(unknown))}")
    try:
        to = Audience(data["to"])
        return Step(
            level=_level(data, to, before),
            to=to,
            after_s=int(data.get("after_s", 0)),
            answer_s=int(data.get("answer_s", DEFAULT_ANSWER_S)),
            in_turn=_yes_or_no(data.get("in_turn", False)),
            repeat=int(data.get("repeat", 1)),
            count=int(data.get("count", 0)),
        )
    except KeyError as error:
        raise PlanError(f"{where}: {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise PlanError(f"{where}: {error}") from error


def _level(data: dict[str, Any], to: Audience, before: Level | None) -> Level:
    if to in AT_HOME:
        return Level(data.get("level", Level.COMPOUND))
    if to is Audience.NEAREST_VOLUNTEERS and "level" not in data:
        return Level.COMMUNITY
    if data["level"] != NEXT:
        return Level(data["level"])
    if before is None:
        return UPWARDS[0]
    if before is UPWARDS[-1]:
        raise ValueError("there is no level above the district; name dispatchers, or let the step before repeat")
    return UPWARDS[UPWARDS.index(before) + 1]


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"in_turn is true or false, not {value!r}")
    return value
