"""Calling: which people are asked or told. Pure: the people, and who of them is on call, are given.

On call first; nobody on call → the whole level; nobody there → the next step; no step has anybody → the desk, and
behind it whoever can be reached at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ingest.domain.base.areas import Area, Level, area_at, lies_within
from ingest.domain.base.people import Kind, Role
from ingest.domain.duty.plan import AT_HOME, KINDS_OF, NEAREST, Audience, Plan, Step

_MAKE_SURE_TURNS = 3


class Purpose(StrEnum):
    """What a notice is for."""

    ASKED = "asked"
    """Can you go? Also to several at once."""
    OFFERED = "offered"
    """The desk asks you."""
    WORSE = "worse"
    """You are on your way, and it has become more urgent."""
    OVERDUE = "overdue"
    """To the desk: who went has not arrived, or not reported."""
    REVIEW = "review"
    """To the desk: a resolved ticket waits to be looked at."""
    CHECK_IN = "check_in"
    """You are inside: is all well?"""
    CHECK_IN_MISSED = "check_in_missed"
    """To the desk: who is inside does not answer."""
    CHECK_IN_HELP = "check_in_help"
    """To the desk: who is inside asks for help."""
    CHANGED = "changed"
    """You watch this ticket, and something happened."""


class Why(StrEnum):
    """Why it is these people."""

    ON_CALL = "on_call"
    WHOLE_LEVEL = "whole_level"
    """No roster there, or nobody on it now, or the step asks the whole team."""
    NEAREST = "nearest"
    HOME = "home"
    FALLBACK = "fallback"
    """No step of the plan has anybody: the desk, or whoever can be reached."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody who can be told, with their channels in their own order: (channel, address)."""

    person_id: str
    role: Role
    area_id: str
    language: str
    channels: tuple[tuple[str, str], ...]
    kind: Kind
    area_path: str
    serves: frozenset[str] = frozenset()
    """Further areas."""
    station_area: str | None = None
    """The area of the station they work at."""
    pushes: bool = False
    """Whether a browser of theirs may ring."""

    @property
    def reachable(self) -> bool:
        """Whether there is any way to tell them."""
        return bool(self.channels) or self.pushes

    def works_at(self, area_id: str) -> bool:
        """Return whether the area is one of theirs."""
        return area_id in (self.area_id, self.station_area) or area_id in self.serves


@dataclass(frozen=True, slots=True)
class Reach:
    """What surrounds a ticket: its areas (its own first, then upwards) and everybody who can be told.

    `people` are those of the areas and of their rosters, `near` volunteers of the compounds around, `home` the
    resident and the contacts in order. `on_call`: area with a roster → who is on call there now.
    """

    chain: Sequence[Area]
    people: Sequence[Responder]
    on_call: Mapping[str, frozenset[str]] = field(default_factory=dict)
    near: Sequence[Responder] = ()
    home: Sequence[Responder] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """The step that asks now, how often it has asked before, whom it asks, and why them."""

    step: int
    turn: int
    people: list[Responder]
    why: Why


def asked_by(step: Step, reach: Reach) -> tuple[list[Responder], Why]:
    """Return everybody whom `step` asks, in order, and why them."""
    if step.to in AT_HOME:
        return [person for person in reach.home if person.kind in KINDS_OF[step.to]], Why.HOME
    if step.to is Audience.NEAREST_VOLUNTEERS:
        return _nearest(step, reach), Why.NEAREST
    area = area_at(reach.chain, step.level)
    if area is None:
        return [], Why.WHOLE_LEVEL
    level, on_duty = _at(area, KINDS_OF[step.to], reach)
    if on_duty and step.to is not Audience.TEAM:
        return on_duty, Why.ON_CALL
    return level, Why.WHOLE_LEVEL


def call_from(plan: Plan, step: int, turn: int, reach: Reach) -> Call:
    """Return the call of the first step from `step` on that has somebody to ask.

    Where no step has anybody, the last one is returned with the nearest desk upwards: an alarm is never nobody's.
    """
    for number in range(step, len(plan.steps)):
        people, why = asked_by(plan.steps[number], reach)
        if people:
            at = turn if number == step else 0
            return Call(number, at, [people[at % len(people)]] if plan.steps[number].in_turn else people, why)
    return Call(len(plan.steps) - 1, 0, desk_upwards(reach) or anybody(reach), Why.FALLBACK)


def call_after(plan: Plan, step: int, turn: int, reach: Reach) -> Call:
    """Return the call that follows when nobody has answered the one at (`step`, `turn`)."""
    current = plan.step_at(step)
    people, _ = asked_by(current, reach)
    if people and turn + 1 < current.rounds(len(people)):
        return call_from(plan, step, turn + 1, reach)
    return call_from(plan, plan.next_step(step), 0, reach)


def call_to_make_sure(plan: Plan, step: int, turn: int, reach: Reach) -> Call | None:
    """Return the call of one person of the present step, the next in turn: what was noticed looks normal again.

    None where the step has nobody, or has been asked so often without an answer: then the plan goes on as ever.
    """
    people, why = asked_by(plan.step_at(step), reach)
    if not people or turn >= _MAKE_SURE_TURNS:
        return None
    return Call(step, turn + 1, [people[(turn + 1) % len(people)]], why)


def desk_upwards(reach: Reach) -> list[Responder]:
    """Return the desk of the nearest area that has one: its dispatchers, or else its administrators; on call first."""
    for kind in (Kind.DISPATCHER, Kind.ADMINISTRATOR):
        for area in reach.chain:
            level, on_duty = _at(area, frozenset({kind}), reach)
            if level:
                return on_duty or level
    return []


def anybody(reach: Reach) -> list[Responder]:
    """Return everybody who can be reached and could go or send somebody, the last way out."""
    return [person for person in reach.people if person.kind not in (Kind.RESIDENT, Kind.CONTACT)]


def _at(area: Area, kinds: frozenset[Kind], reach: Reach) -> tuple[list[Responder], list[Responder]]:
    """Return everybody of these kinds at the area, and those of them who are on call there."""
    duty = reach.on_call.get(area.area_id, frozenset())
    level = [
        person
        for person in reach.people
        if person.kind in kinds and (person.works_at(area.area_id) or person.person_id in duty)
    ]
    return level, [person for person in level if person.person_id in duty]


def _nearest(step: Step, reach: Reach) -> list[Responder]:
    """Return the nearest volunteers up to the step's level: by steps in the tree, those on call before the others."""
    widest = area_at(reach.chain, step.level) or (reach.chain[0] if reach.chain else None)
    if widest is None:
        return []
    duty = frozenset().union(*reach.on_call.values())
    found = {
        person.person_id: person
        for person in (*reach.people, *reach.near)
        if person.kind in KINDS_OF[step.to] and _distance(person, reach.chain, widest) is not None
    }
    order = sorted(
        found.values(),
        key=lambda person: (_distance(person, reach.chain, widest), person.person_id not in duty, person.person_id),
    )
    return order[: step.count or NEAREST]


def _distance(person: Responder, chain: Sequence[Area], widest: Area) -> int | None:
    """Return how many levels up the ticket's and the person's areas meet; None beyond `widest`."""
    for levels, area in enumerate(chain):
        if person.works_at(area.area_id) or (
            area.level is not Level.DISTRICT and lies_within(person.area_path, area.path)
        ):
            return levels
        if area.area_id == widest.area_id:
            return None
    return None
