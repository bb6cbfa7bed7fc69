"""Stints: who was at work on a ticket, from when to when: the hours of volunteers. Pure.

A stint begins when somebody takes a ticket and ends when they resolve it, give it back, or the desk closes it. A
stint that has not ended counts up to `now`. Nothing is cut: a stint longer than `DOUBTFUL` is marked for a person to
look at, for somebody may have forgotten to press "done".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.domain.tickets.case_log import Case

DOUBTFUL = timedelta(hours=4)
_ENDS = frozenset({"resolve", "give_back", "close", "reopen"})


@dataclass(frozen=True, slots=True)
class Stint:
    """One person's time on one ticket."""

    person_id: str
    ticket_id: str
    path: str
    start: datetime
    end: datetime
    ended: bool

    @property
    def minutes(self) -> int:
        """Return whole minutes, begun ones counted."""
        return -int(-(self.end - self.start).total_seconds() // 60)

    @property
    def to_check(self) -> bool:
        """Whether a person should look at it before it is counted as work."""
        return not self.ended or self.end - self.start > DOUBTFUL


def stints(cases: Iterable[Case], now: datetime) -> list[Stint]:
    """Return every stint of every ticket, by its start."""
    found: list[Stint] = []
    for case in cases:
        found += _stints(case, now)
    return sorted(found, key=lambda stint: (stint.start, stint.ticket_id, stint.person_id))


def _stints(case: Case, now: datetime) -> list[Stint]:
    found: list[Stint] = []
    who: str | None = None
    since = case.opened_at
    for entry in case.log:
        if who is not None and entry.event in _ENDS:
            found.append(Stint(who, case.ticket_id, case.path, since, entry.at, ended=True))
            who = None
        if entry.event == "take":
            who, since = entry.person_id or entry.actor, entry.at
    if who is not None:
        found.append(Stint(who, case.ticket_id, case.path, since, now, ended=False))
    return found
