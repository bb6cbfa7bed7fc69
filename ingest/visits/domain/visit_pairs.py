"""Visit pairs: which social worker and which volunteer visit a home. Pure.

Near before far, somebody who speaks the resident's dialect, a face that is known, and nobody overloaded while others
are free. Whoever has the least reason against them is chosen; ties go by id, so that the same facts give the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_FAR, _STRANGE_TONGUE, _KNOWN_FACE, _FULL = 2, 4, -3, 100


class VisitPart(StrEnum):
    """The two who go."""

    WORKER = "worker"
    VOLUNTEER = "volunteer"


MOST_A_MONTH: dict[VisitPart, int] = {VisitPart.WORKER: 60, VisitPart.VOLUNTEER: 12}
"""Above this somebody is only asked where nobody else is left."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who can visit. `paths`: the areas they live, work or serve in; `tongues`: dialects they have told."""

    person_id: str
    part: VisitPart
    paths: tuple[str, ...]
    tongues: frozenset[str] = frozenset()


class Pairing:
    """Shares visits out. Keeps count of who has how many."""

    def __init__(self, visitors: Sequence[Visitor], known: Mapping[str, frozenset[str]]) -> None:
        self._by_id = {visitor.person_id: visitor for visitor in visitors}
        self._known = known
        self._load: Counter[str] = Counter()
        self._around: dict[tuple[VisitPart, str], list[Visitor]] = {}
        self._from_here: dict[tuple[VisitPart, str], list[tuple[Visitor, int]]] = {}
        for visitor in visitors:
            for place in {street_of(path) for path in visitor.paths} | {district_of(path) for path in visitor.paths}:
                self._around.setdefault((visitor.part, place), []).append(visitor)

    def count(self, worker: str | None, volunteer: str | None, visits: int = 1) -> None:
        """Add to (or take from) what somebody has to do."""
        for person in (worker, volunteer):
            if person is not None:
                self._load[person] += visits

    def knows(self, person_id: str, part: VisitPart) -> bool:
        """Whether somebody can still be sent in this part."""
        visitor = self._by_id.get(person_id)
        return visitor is not None and visitor.part is part

    def choose(self, part: VisitPart, home_id: str, path: str, tongues: frozenset[str]) -> str | None:
        """Return who fits best: from the home's street, where nobody is from its district; None where nobody is."""
        known = self._known.get(home_id, frozenset())
        candidates = ((self._against(one, far, tongues, known), one.person_id) for one, far in self._near(part, path))
        best = min(candidates, default=None)
        return best[1] if best else None

    def _near(self, part: VisitPart, path: str) -> list[tuple[Visitor, int]]:
        """Return who comes into question at a place, and how far they are; reckoned once for all its homes."""
        found = self._from_here.get((part, path))
        if found is None:
            near = self._around.get((part, street_of(path))) or self._around.get((part, district_of(path)), [])
            found = [(one, min(distance(path, place) for place in one.paths)) for one in near]
            self._from_here[part, path] = found
        return found

    def _against(self, visitor: Visitor, far: int, tongues: frozenset[str], known: frozenset[str]) -> int:
        cost = _FAR * far + self._load[visitor.person_id]
        if tongues and not tongues & visitor.tongues:
            cost += _STRANGE_TONGUE
        if visitor.person_id in known:
            cost += _KNOWN_FACE
        return cost + (_FULL if self._load[visitor.person_id] >= MOST_A_MONTH[visitor.part] else 0)


def district_of(path: str) -> str:
    """Return the path of the district around a path."""
    return "/".join(path.split("/")[:2]) + "/"


def street_of(path: str) -> str:
    """Return the path of the street around a path; a district's own where the path goes no deeper."""
    return "/".join(path.strip("/").split("/")[:2]).join("//")


def distance(home: str, place: str) -> int:
    """Return how many steps of the tree lie between a home and somebody's area; down another branch counts twice."""
    theirs, ours = place.strip("/").split("/"), home.strip("/").split("/")
    shared = next(
        (depth for depth, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other),
        min(len(ours), len(theirs)),
    )
    return len(ours) - shared + 2 * (len(theirs) - shared)
