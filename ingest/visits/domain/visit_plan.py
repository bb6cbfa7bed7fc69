"""Visit plan: which homes are visited how often in a month, by when, and by whom. Pure.

Every home is visited at least once a month; the more vulnerable the more often. A visit is made by a social worker and
a volunteer together. What has been agreed with people, or done, is never moved by planning again; of the rest only what
has to change does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from ingest.visits.domain.visit_pairs import Pairing, Visitor, VisitPart

UNSEEN_LONG = 45
"""Days after which nobody having seen a resident counts."""
DRIFT_KEPT = timedelta(days=60)
"""So long a change of habits counts after it was noticed."""
SPARE_DAYS = 3
"""The last days of a month are kept for doors that did not open."""
DUE_SOON = timedelta(days=7)
SOON = timedelta(days=2)


class Reason(StrEnum):
    """What makes somebody be visited more often."""

    DRIFT = "drift"
    """The meters show slowly changing habits, or a wellbeing ticket is live."""
    NEVER_SEEN = "never_seen"
    UNSEEN_LONG = "unseen_long"
    VERY_OLD = "very_old"
    """90 and above."""
    OLD = "old"
    """80 and above."""
    ALONE = "alone"
    NO_CONTACT = "no_contact"
    HEALTH = "health"
    """Health notes, given with consent."""
    BLIND = "blind"
    """The home can not be watched at present."""


POINTS: dict[Reason, int] = {
    Reason.DRIFT: 3,
    Reason.NEVER_SEEN: 2,
    Reason.UNSEEN_LONG: 2,
    Reason.VERY_OLD: 3,
    Reason.OLD: 2,
    Reason.ALONE: 1,
    Reason.NO_CONTACT: 1,
    Reason.HEALTH: 2,
    Reason.BLIND: 1,
}
TWICE, WEEKLY = 5, 8
"""Points from which a home is visited twice, and four times, a month."""


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """What is known of a home; `unseen_days` None: nobody has ever written down that they saw the resident."""

    home_id: str
    path: str
    drift: bool = False
    unseen_days: int | None = None
    age: int | None = None
    alone: bool = True
    has_contact: bool = True
    health: bool = False
    blind: bool = False
    languages: frozenset[str] = frozenset()

    def reasons(self) -> tuple[Reason, ...]:
        """Return what counts here, in the order of `Reason`."""
        holds = {
            Reason.DRIFT: self.drift,
            Reason.NEVER_SEEN: self.unseen_days is None,
            Reason.UNSEEN_LONG: self.unseen_days is not None and self.unseen_days >= UNSEEN_LONG,
            Reason.VERY_OLD: self.age is not None and self.age >= 90,
            Reason.OLD: self.age is not None and 80 <= self.age < 90,
            Reason.ALONE: self.alone,
            Reason.NO_CONTACT: not self.has_contact,
            Reason.HEALTH: self.health,
            Reason.BLIND: self.blind,
        }
        return tuple(reason for reason in Reason if holds[reason])

    @property
    def points(self) -> int:
        """Return how vulnerable the resident is."""
        return sum(POINTS[reason] for reason in self.reasons())


def times_a_month(points: int) -> int:
    """Return how often a home is visited in a month."""
    if points >= WEEKLY:
        return 4
    return 2 if points >= TWICE else 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a month as planning sees it; `visit_id` None: not written down yet."""

    home_id: str
    due_on: date
    worker: str | None = None
    volunteer: str | None = None
    visit_id: str | None = None
    agreed: bool = False
    done: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def points(self) -> int:
        """Return how vulnerable the resident is."""
        return sum(POINTS[reason] for reason in self.reasons)

    @property
    def stands(self) -> bool:
        """Whether it is not to be moved any more."""
        return self.agreed or self.done


@dataclass(frozen=True, slots=True)
class Replanned:
    """What is to be written: new visits, old ones with other people, and the ids of those that are not needed."""

    added: list[Visit] = field(default_factory=list)
    changed: list[Visit] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def month_of(day: date) -> str:
    """Return the month as it is written: `2026-12`."""
    return f"{day:%Y-%m}"


def days_of(month: str) -> tuple[date, date]:
    """Return the first and the last day; raises `ValueError`."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def plan_month(
    month: str,
    today: date,
    homes: Iterable[HomeFacts],
    visitors: Sequence[Visitor],
    *,
    standing: Iterable[Visit] = (),
    known: Mapping[str, frozenset[str]] | None = None,
) -> Replanned:
    """Plan a month, or plan it again around what stands. `known`: home → who has visited there before.

    The most vulnerable come first: in the month, and when people are shared out.
    """
    first, last = days_of(month)
    begin = max(first, today)
    by_home: dict[str, list[Visit]] = {}
    for visit in standing:
        by_home.setdefault(visit.home_id, []).append(visit)
    ordered = sorted(homes, key=lambda facts: (-facts.points, facts.home_id))
    pairing = Pairing(visitors, known or {})
    for visit in (one for visits in by_home.values() for one in visits):
        pairing.count(visit.worker, visit.volunteer)
    result = Replanned()
    for rank, facts in enumerate(ordered):
        mine = sorted(by_home.get(facts.home_id, []), key=lambda visit: visit.due_on)
        kept, dropped = _enough(mine, times_a_month(facts.points))
        for visit in dropped:
            pairing.count(visit.worker, visit.volunteer, -1)
        result.dropped.extend(visit.visit_id for visit in dropped if visit.visit_id)
        share = rank / len(ordered)
        days = _missing([visit.due_on for visit in kept], _slots(facts, share, first, last), begin, last)
        fresh = [Visit(facts.home_id, day) for day in days]
        for visit in (*kept, *fresh):
            paired = _paired(visit, facts, pairing)
            if visit.visit_id is None:
                result.added.append(paired)
            elif paired != visit:
                result.changed.append(paired)
    return result


def _slots(facts: HomeFacts, share: float, first: date, last: date) -> list[date]:
    """Return the days by which a home's visits are due in a whole month: evenly apart, the last days left free."""
    times = times_a_month(facts.points)
    usable = (last - first).days + 1 - SPARE_DAYS
    return [first + timedelta(days=int((number + share) * usable / times)) for number in range(times)]


def _enough(mine: list[Visit], wanted: int) -> tuple[list[Visit], list[Visit]]:
    """Return what is kept and what is not needed any more: the latest of those that nobody has agreed to."""
    loose = [visit for visit in mine if not visit.stands]
    surplus = max(0, len(mine) - wanted)
    gone = loose[len(loose) - min(surplus, len(loose)) :]
    return [visit for visit in mine if visit not in gone], gone


def _missing(there: list[date], slots: list[date], begin: date, last: date) -> list[date]:
    """Return the days that lack a visit: a new home's own, or the earliest that are not too near to one there is."""
    days = [] if there else [day for day in slots if day >= begin]
    gap = timedelta(days=(slots[1] - slots[0]).days * 3 // 4) if len(slots) > 1 else timedelta(0)
    day = begin + SOON
    while len(there) + len(days) < len(slots) and day <= last - timedelta(days=SPARE_DAYS):
        if all(abs(day - other) >= gap for other in (*there, *days)):
            days.append(day)
        day += timedelta(days=1)
    if not there and not days and begin <= last:
        # the home's day has passed, and every home is visited in every month
        days = [min(begin + SOON, last)]
    return days


def _paired(visit: Visit, facts: HomeFacts, pairing: Pairing) -> Visit:
    """Return the visit with both its people; those who have left are replaced, and then nothing is agreed any more."""
    if visit.done:
        return visit
    visit = replace(visit, reasons=facts.reasons())
    for part in VisitPart:
        who = visit.worker if part is VisitPart.WORKER else visit.volunteer
        if who is not None and pairing.knows(who, part):
            continue
        found = pairing.choose(part, facts.home_id, facts.path, facts.languages)
        if found == who:
            continue
        pairing.count(who, None, -1)
        pairing.count(found, None)
        agreed = visit.agreed and who is None
        visit = (
            replace(visit, worker=found, agreed=agreed)
            if part is VisitPart.WORKER
            else replace(visit, volunteer=found, agreed=agreed)
        )
    return visit


class VisitStage(StrEnum):
    """How a visit stands today."""

    DONE = "done"
    OVERDUE = "overdue"
    DUE = "due"
    """Within a week."""
    LATER = "later"


def home_status_of(due_on: date, done: bool, today: date) -> VisitStage:
    """Return how a visit stands."""
    if done:
        return VisitStage.DONE
    if due_on < today:
        return VisitStage.OVERDUE
    return VisitStage.DUE if due_on - today <= DUE_SOON else VisitStage.LATER


@dataclass(frozen=True, slots=True)
class MonthRate:
    """Of how many homes how many were visited in the month; the aim is all of them."""

    homes: int
    visited: int

    @property
    def rate(self) -> float | None:
        """Return the share, None where there is no home."""
        return self.visited / self.homes if self.homes else None
