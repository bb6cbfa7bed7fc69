"""Who goes: the people who could be asked about a ticket now, the likeliest first, with what they have said. Pure.

Who can go comes before who can not, who is on call before who is not, the near before the far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.domain.base.areas import Level
from ingest.domain.base.people import Role
from ingest.domain.tickets.ticket import Event
from ingest.store.tickets.queries import PersonRow
from ingest.web.evidence.why import Post, ToldPerson

MOST = 6
_GO = frozenset({Role.VOLUNTEER, Role.SOCIAL_WORKER})
_LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY, Level.COMPOUND)
_NO = frozenset({Event.DECLINE.value, "call_declined"})


class GoerAnswer(StrEnum):
    """What somebody has said so far."""

    NOT_ASKED = "not_asked"
    WAITING = "waiting"
    """Was told, and has not answered."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Goer:
    """One person; `level` is that of the smallest area around both them and the ticket."""

    person: PersonRow
    level: Level
    on_call: bool
    answer: GoerAnswer


def who_goes(
    people: Iterable[PersonRow], posts: Sequence[Post], told: Sequence[ToldPerson], area_path: str, most: int = MOST
) -> list[Goer]:
    """Return those who could go to a place, at most so many."""
    duty = {person.person_id for post in posts for person in post.people}
    answers = {one.person_id: _answer(one) for one in told}
    goers = [
        Goer(
            person,
            _LEVELS[max(0, min(_shared(person.area_path, area_path), len(_LEVELS)) - 1)],
            person.person_id in duty,
            answers.get(person.person_id, GoerAnswer.NOT_ASKED),
        )
        for person in people
        if person.role in _GO
    ]

    def key(one: Goer) -> tuple[bool, bool, bool, int, str]:
        near = _LEVELS.index(one.level)
        return (one.answer is GoerAnswer.NO, bool(one.person.busy_with), not one.on_call, -near, one.person.name)

    # the nearest are looked at even where somebody far away is on call
    nearest = sorted(goers, key=lambda one: -_LEVELS.index(one.level))[: 10 * most]
    chosen = {one.person.person_id: one for one in [*nearest, *(goer for goer in goers if goer.on_call)]}
    return sorted(chosen.values(), key=key)[:most]


def _answer(told: ToldPerson) -> GoerAnswer:
    if told.answer is None:
        return GoerAnswer.WAITING
    return GoerAnswer.NO if told.answer.event in _NO else GoerAnswer.NOT_ASKED


def _shared(one: str, other: str) -> int:
    """Count the areas around both."""
    count = 0
    for mine, theirs in zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count
