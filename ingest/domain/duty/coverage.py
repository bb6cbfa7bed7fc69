"""Coverage: the stretches in which nobody at a place would answer, before they come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.domain.base.areas import Level
from ingest.domain.base.spans import Span, gaps, merged
from ingest.domain.duty.holidays import Calendar
from ingest.domain.duty.oncall import duty_of
from ingest.domain.duty.roster import Roster


class Lack(StrEnum):
    """Why nobody would answer."""

    NOBODY_ON_CALL = "nobody_on_call"
    """There is a roster, and nobody is on it then; the whole level would be asked instead."""
    UNREACHABLE = "unreachable"
    """Somebody is on call who has left or has no channel; the whole level would be asked instead."""
    NOBODY_THERE = "nobody_there"
    """No roster and nobody at all who can be reached: the level would be passed over."""


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """Nobody answers at this area from `starts` to `ends` (aware UTC, the end not included)."""

    area_id: str
    level: Level
    starts: datetime
    ends: datetime
    lack: Lack


def coverage_gaps_of(
    area_id: str,
    level: Level,
    rosters: Sequence[Roster],
    calendar: Calendar,
    reachable: Iterable[str],
    *,
    anybody: bool,
    within: Span,
) -> list[CoverageGap]:
    """Return the area's holes within a stretch, in order.

    `reachable` are the ids of all who can be reached, wherever they live; `anybody`: whether anybody lives or works at
    the area who can.
    """
    if not rosters:
        return [] if anybody else [CoverageGap(area_id, level, *within, Lack.NOBODY_THERE)]
    known = set(reachable)
    promised: list[Span] = []
    kept: list[Span] = []
    for roster in rosters:
        for person, spans in duty_of(roster, calendar, within).items():
            promised.extend(spans)
            if person in known:
                kept.extend(spans)
    empty = [CoverageGap(area_id, level, *span, Lack.NOBODY_ON_CALL) for span in gaps(promised, within)]
    broken = [
        CoverageGap(area_id, level, *span, Lack.UNREACHABLE)
        for promise in merged(promised)
        for span in gaps(kept, promise)
    ]
    return sorted([*empty, *broken], key=lambda gap: gap.starts)
