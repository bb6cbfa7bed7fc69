"""Key figures of tickets: how soon acknowledged, how soon somebody was there, how many were truly resolved.

Pure arithmetic over the log (the history of each ticket), so that every figure can be recounted by hand. The
definitions, as `docs/key-figures.md` has them:

- An *alarm* is a ticket of severity urgent or critical. Merged or linked tickets count each for themselves. What is
  less urgent may wait for the morning; if it grows worse, its time as an alarm begins then, and whoever is at it at
  that moment has acknowledged it in 0 s. What became an alarm by the cry of its own visitor is not judged: the desk
  answers by telephone and presses nothing, and the visitor's own "I go" answers nobody's cry.
- *Acknowledged*: the first `acknowledge`, `offer`, `take` or `resolve` in the log that a person said. Late is over
  60 s, over 180 s the worse; an alarm that nobody has acknowledged and that is older than the limit is late, a younger
  one is not judged yet.
- *Arrival*: the first `arrive`. An alarm that a person resolved from afar within 45 min is not asked for one.
- *Resolved*: the last `resolve` that a person said names an outcome, and no `reopen` followed within 72 h. Before
  the 72 h are over it is *provisional* and not judged; a ticket younger than 72 h without it is not judged either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.domain.base.shares import Share
from ingest.domain.tickets.case_log import Case
from ingest.domain.tickets.deadlines import REOPEN_WITHIN
from ingest.domain.tickets.promise import ACKNOWLEDGED_AT_LAST, ACKNOWLEDGED_IN

ARRIVED_IN = timedelta(minutes=45)
AIM_60_S = 0.975
AIM_180_S = 0.99
AIM_ARRIVAL = 0.9
AIM_RESOLVED = 0.9
_ACKNOWLEDGING = ("acknowledge", "offer", "take", "resolve")


class ResolutionState(StrEnum):
    """How the resolution of a ticket stands."""

    RESOLVED = "resolved"
    PROVISIONAL = "provisional"
    UNRESOLVED = "unresolved"
    TOO_YOUNG = "too_young"


@dataclass(frozen=True, slots=True)
class Late:
    """An exception entry: an alarm that was acknowledged late, or not yet (`after_s` None)."""

    ticket_id: str
    path: str
    severity: str
    since: datetime
    """When it became an alarm."""
    after_s: float | None
    worse: bool
    """Over the second limit, not only over the first."""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The figures of one place and period. `judged`: how many alarms are old enough to be judged at all."""

    tickets: int
    alarms: int
    in_60_s: Share
    in_180_s: Share
    median_ack_s: float | None
    slowest_ack_s: float | None
    arrived: Share
    median_arrival_s: float | None
    resolved: Share
    provisional: int
    reopened: int


def figures(cases: Sequence[Case], now: datetime) -> KeyFigures:
    """Return the figures of `cases` as they stand at `now`."""
    alarms = [case for case in cases if case.is_alarm]
    rung = [case for case in alarms if not case.is_cry]
    acks = sorted(_seconds(case, *_ACKNOWLEDGING) for case in rung if case.first(*_ACKNOWLEDGING))
    arrivals = sorted(_seconds(case, "arrive") for case in alarms if case.first("arrive"))
    standings = [standing(case, now) for case in cases]
    judged = [one for one in standings if one in (ResolutionState.RESOLVED, ResolutionState.UNRESOLVED)]
    return KeyFigures(
        tickets=len(cases),
        alarms=len(alarms),
        in_60_s=_within(rung, _ACKNOWLEDGING, ACKNOWLEDGED_IN, now),
        in_180_s=_within(rung, _ACKNOWLEDGING, ACKNOWLEDGED_AT_LAST, now),
        median_ack_s=middle(acks),
        slowest_ack_s=acks[-1] if acks else None,
        arrived=_within([case for case in alarms if not _from_afar(case)], {"arrive"}, ARRIVED_IN, now),
        median_arrival_s=middle(arrivals),
        resolved=Share(judged.count(ResolutionState.RESOLVED), len(judged)),
        provisional=standings.count(ResolutionState.PROVISIONAL),
        reopened=sum(any(entry.event == "reopen" for entry in case.log) for case in cases),
    )


def standing(case: Case, now: datetime) -> ResolutionState:
    """Return how the resolution of a ticket stands at `now`, by the definition at the top of this file."""
    said = [index for index, entry in enumerate(case.log) if entry.event == "resolve" and entry.actor and entry.outcome]
    if said:
        resolved = case.log[said[-1]]
        end = resolved.at + REOPEN_WITHIN
        if not any(entry.event == "reopen" and entry.at < end for entry in case.log[said[-1] + 1 :]):
            return ResolutionState.RESOLVED if now >= end else ResolutionState.PROVISIONAL
    return ResolutionState.TOO_YOUNG if now < case.opened_at + REOPEN_WITHIN else ResolutionState.UNRESOLVED


def exceptions(cases: Iterable[Case], now: datetime) -> list[Late]:
    """Return an entry for each alarm acknowledged later than 60 s or not at all in time, the newest first."""
    found = []
    for case in cases:
        said = case.first(*_ACKNOWLEDGING)
        took = (said or now) - case.alarm_since
        if case.is_alarm and not case.is_cry and took > ACKNOWLEDGED_IN:
            after = None if said is None else took.total_seconds()
            worse = took > ACKNOWLEDGED_AT_LAST
            found.append(Late(case.ticket_id, case.path, case.severity, case.alarm_since, after, worse))
    return sorted(found, key=lambda late: (late.since, late.ticket_id), reverse=True)


def middle(ordered: Sequence[float]) -> float | None:
    """Return the median of sorted numbers, None of none."""
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _seconds(case: Case, *events: str) -> float:
    said = case.first(*events)
    return 0.0 if said is None else (said - case.alarm_since).total_seconds()


def _within(cases: Sequence[Case], events: Iterable[str], limit: timedelta, now: datetime) -> Share:
    good = judged = 0
    for case in cases:
        said = case.first(*events)
        if said is None and now <= case.alarm_since + limit:
            continue
        judged += 1
        good += said is not None and said - case.alarm_since <= limit
    return Share(good, judged)


def _from_afar(case: Case) -> bool:
    """Whether a person settled it (by telephone, say) before anybody had to be at the door."""
    resolved = case.first("resolve")
    return case.first("arrive") is None and resolved is not None and resolved - case.alarm_since <= ARRIVED_IN
