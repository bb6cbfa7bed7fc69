"""Key figures of people: who was asked how often, who went, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.domain.tickets.case_log import Case
from ingest.domain.tickets.stints import Stint, stints


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carried in a period."""

    person_id: str
    asked: int
    declined: int
    taken: int
    minutes: int
    """On tickets and on visits."""
    to_check: int
    """Stints that a person should look at."""
    visits: int = 0


def loads(cases: Sequence[Case], asked: Mapping[str, int], now: datetime, visits: Sequence[Stint] = ()) -> list[Load]:
    """Return the load of everybody who was asked, went or visited, the busiest first.

    `asked` is how often each was asked; `visits` are the hours of friendly visits.
    """
    visited: dict[str, list[Stint]] = {}
    for stint in visits:
        visited.setdefault(stint.person_id, []).append(stint)
    worked: dict[str, list[Stint]] = {}
    for stint in stints(cases, now):
        worked.setdefault(stint.person_id, []).append(stint)
    declined: dict[str, int] = {}
    for case in cases:
        for entry in case.log:
            if entry.actor is not None and entry.event in ("decline", "call_declined"):
                declined[entry.actor] = declined.get(entry.actor, 0) + 1
    everybody = {*asked, *worked, *declined, *visited}
    found = [
        Load(
            person_id=person,
            asked=asked.get(person, 0),
            declined=declined.get(person, 0),
            taken=len(worked.get(person, ())),
            minutes=sum(stint.minutes for stint in (*worked.get(person, ()), *visited.get(person, ()))),
            to_check=sum(stint.to_check for stint in worked.get(person, ())),
            visits=len(visited.get(person, ())),
        )
        for person in everybody
    ]
    return sorted(found, key=lambda load: (-load.minutes, -load.asked, load.person_id))
