"""Hole notices: whether those who look after a roster are told of its holes now, and how. Pure.

A hole that comes at the same hours nearly every day is how the roster is meant: it is said once and not again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from ingest.domain.base.areas import UPWARDS, Level
from ingest.domain.base.spans import clipped, merged, without
from ingest.domain.duty.coverage import CoverageGap, Lack
from ingest.domain.duty.plan import Audience, Plan, Step

ROSTER_HOLE = "roster_hole"
"""Ticket kind: a roster has hours in the days to come in which nobody is on call."""
AHEAD = timedelta(days=7)
SOON, NEXT = timedelta(hours=48), timedelta(hours=24)
FIRST_HOUR, LAST_HOUR = 9, 21
"""Hours of the place between which people are told of it."""
TOLD_OF = frozenset({Lack.NOBODY_ON_CALL, Lack.UNREACHABLE})
"""A place without any roster has no holes in it: the page and the command show those, nobody is sent a message."""
_USUAL = 5
_A_PIECE = timedelta(minutes=1)
"""What is shorter is no hole, but two ways to round a time."""
_ANSWER_S = 10 * 24 * 3600
"""Longer than any hole is ahead: what repeats and what goes up is decided here, not by the plan's time-out."""

Pattern = tuple[str, time, time]
"""Area, and the hours by the clock of the place."""


class Telling(StrEnum):
    """What is done about the holes of a place."""

    NOTHING = "nothing"
    NEWS = "news"
    """There are some that were not told."""
    AGAIN = "again"
    """Nothing new, and one of them is near."""
    UP = "up"
    """One that was told begins within a day: one level more is told."""


@dataclass(frozen=True, slots=True)
class ToldGaps:
    """What was told last: the holes, and how far was looked."""

    gaps: Sequence[CoverageGap]
    until: datetime


def is_time(now: datetime, before: datetime | None) -> bool:
    """Return whether to look now: once in each hour of the day; both times in the zone of the place."""
    if not FIRST_HOUR <= now.hour < LAST_HOUR:
        return False
    return before is None or (before.date(), before.hour) != (now.date(), now.hour)


def is_daily(now: datetime, before: datetime | None) -> bool:
    """Return whether it is the day's first look, which is the one that repeats and raises."""
    return before is None or before.date() != now.date()


def tell_how(
    gaps: Sequence[CoverageGap], said: ToldGaps | None, now: datetime, zone: tzinfo, *, daily: bool
) -> Telling:
    """Return what is done about `gaps`, the ones of one place from `now` on.

    Beside the daily look only what is new and begins before the next one is told: somebody just called off.
    """
    fresh = list(gaps) if said is None else _news(gaps, said, zone)
    if not daily:
        return Telling.NEWS if any(gap.starts <= now + NEXT for gap in fresh) else Telling.NOTHING
    usual = patterns(gaps, zone)
    odd = [gap for gap in gaps if _pattern(gap, zone) not in usual]
    if said is not None and any(gap.starts <= now + NEXT and _was_told(gap, said) for gap in odd):
        return Telling.UP
    if fresh:
        return Telling.NEWS
    return Telling.AGAIN if any(gap.starts <= now + SOON for gap in odd) else Telling.NOTHING


def still_empty(said: ToldGaps, gaps: Sequence[CoverageGap], now: datetime) -> ToldGaps | None:
    """Return what was told without what somebody has filled by now, None if nothing was filled.

    `gaps` are those from `now` on. Without this a hole that opens again would pass for one that was told.
    """
    left: list[CoverageGap] = []
    for one in said.gaps:
        to_come = clipped([(one.starts, one.ends)], (now, said.until))
        filled = [
            span
            for span in without(to_come, [(gap.starts, gap.ends) for gap in gaps if gap.area_id == one.area_id])
            if span[1] - span[0] >= _A_PIECE
        ]
        left += [replace(one, starts=starts, ends=ends) for starts, ends in without([(one.starts, one.ends)], filled)]
    return None if left == list(said.gaps) else ToldGaps(left, said.until)


def patterns(gaps: Sequence[CoverageGap], zone: tzinfo) -> frozenset[Pattern]:
    """Return the hours that are a hole nearly every day."""
    counted = Counter(_pattern(gap, zone) for gap in gaps)
    return frozenset(pattern for pattern, days in counted.items() if days >= _USUAL)


def in_lines(gaps: Sequence[CoverageGap], zone: tzinfo) -> list[tuple[str, date | None, time, date, time]]:
    """Return what there is to say of each: area, day, from, last day, to; what comes daily once, without its day."""
    usual = patterns(gaps, zone)
    lines: dict[tuple[str, date | None, time, date, time], None] = {}
    for gap in gaps:
        starts, ends = gap.starts.astimezone(zone), gap.ends.astimezone(zone)
        day = None if _pattern(gap, zone) in usual else starts.date()
        last = date.min if day is None else ends.date()
        lines[gap.area_id, day, starts.time(), last, ends.time()] = None
    return sorted(lines, key=lambda line: (line[1] is not None, line[1] or date.min, line[2], line[0]))


def plan_coverage_notices(level: Level) -> Plan:
    """Return whom a place of this level asks: its station's staff, dispatchers, administrators, then upwards."""
    audiences = (Audience.STATION, Audience.DISPATCHERS, Audience.ADMINISTRATORS)
    levels = UPWARDS[UPWARDS.index(level) :]
    return Plan("roster-holes", tuple(Step(at, to, 0, _ANSWER_S) for at in levels for to in audiences))


def _news(gaps: Sequence[CoverageGap], said: ToldGaps, zone: tzinfo) -> list[CoverageGap]:
    """Return what of the holes was not told: no daily ones that go on, nor long ones that only reach further now."""
    usual = patterns(said.gaps, zone)
    found = []
    for gap in gaps:
        told = merged((one.starts, one.ends) for one in said.gaps if one.area_id == gap.area_id)
        reached = any(end == said.until for _, end in told)
        for starts, ends in without([(gap.starts, gap.ends)], told):
            piece = replace(gap, starts=starts, ends=ends)
            if _pattern(piece, zone) not in usual and not (reached and starts == said.until):
                found.append(piece)
    return found


def _was_told(gap: CoverageGap, said: ToldGaps) -> bool:
    return any(one.area_id == gap.area_id and one.starts < gap.ends and gap.starts < one.ends for one in said.gaps)


def _pattern(gap: CoverageGap, zone: tzinfo) -> Pattern:
    return gap.area_id, gap.starts.astimezone(zone).time(), gap.ends.astimezone(zone).time()
