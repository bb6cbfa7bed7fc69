"""Care map: needs and resources of each area, counted. Pure; what is counted comes as plain facts.

Needs: homes by how vulnerable their residents are, visits overdue, homes that can't be watched. Resources: who can be
sent, who is on call now, what they have on their hands this month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.domain.base.areas import Area, Level
from ingest.visits.domain.visit_pairs import Visitor, VisitPart
from ingest.visits.domain.visit_plan import TWICE, WEEKLY, HomeFacts


@dataclass(frozen=True, slots=True)
class CareNeed:
    """What one area needs; `calm`, `frail` and `very_frail` are visited once, twice and four times a month."""

    area_id: str
    homes: int
    calm: int
    frail: int
    very_frail: int
    blind: int
    overdue: int
    visited: int


@dataclass(frozen=True, slots=True)
class Resource:
    """What one area has; `visits` are those of the month that its people are to make."""

    area_id: str
    volunteers: int
    workers: int
    on_call: int
    visits: int


def needs_of(
    areas: Sequence[Area], level: Level, homes: Iterable[HomeFacts], overdue: Mapping[str, int], visited: set[str]
) -> list[CareNeed]:
    """Count the needs of every area of a level, by id; `overdue`: home → its visits that are overdue."""
    by_area: dict[str, list[HomeFacts]] = {area.area_id: [] for area in areas if area.level is level}
    for home in homes:
        area_id = next((one for one in home.path.strip("/").split("/") if one in by_area), None)
        if area_id is not None:
            by_area[area_id].append(home)
    return [
        CareNeed(
            area_id=area_id,
            homes=len(found),
            calm=sum(home.points < TWICE for home in found),
            frail=sum(TWICE <= home.points < WEEKLY for home in found),
            very_frail=sum(home.points >= WEEKLY for home in found),
            blind=sum(home.blind for home in found),
            overdue=sum(overdue.get(home.home_id, 0) for home in found),
            visited=sum(home.home_id in visited for home in found),
        )
        for area_id, found in sorted(by_area.items())
    ]


def resources_of(
    areas: Sequence[Area], level: Level, visitors: Iterable[Visitor], on_call: set[str], load: Mapping[str, int]
) -> list[Resource]:
    """Count the people of every area of a level, by id; somebody counts wherever they live, work or serve."""
    by_area: dict[str, dict[str, Visitor]] = {area.area_id: {} for area in areas if area.level is level}
    for visitor in visitors:
        for path in visitor.paths:
            for area_id in path.strip("/").split("/"):
                if area_id in by_area:
                    by_area[area_id][visitor.person_id] = visitor
    return [
        Resource(
            area_id=area_id,
            volunteers=sum(one.part is VisitPart.VOLUNTEER for one in found.values()),
            workers=sum(one.part is VisitPart.WORKER for one in found.values()),
            on_call=sum(person in on_call for person in found),
            visits=sum(load.get(person, 0) for person in found),
        )
        for area_id, found in sorted(by_area.items())
    ]
