"""Drift: nights that grow busier, mornings that grow later, fewer meals, less washing, over weeks: a friendly visit.

Three weeks of now are set against the weeks before them, some days apart so that a slow change does not hide in its own
past. Each of the three must say it, so that one bad week, which lies in two of them at most, says nothing; a change
that a season brings to everybody does not count; days not spent at home, or not seen, count for neither side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from statistics import fmean, median, quantiles
from typing import NamedTuple

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.household.drift.daily import Days, DriftDay
from models.params import DriftParams

_WEEK = 7
_NOW, _LEAST_BEFORE, _MOST_BEFORE = 3 * _WEEK, 3 * _WEEK, 5 * _WEEK
_APART = 5
"""Days left out between before and now."""
_NOW_WITHIN = 32
"""The days of now lie within so many: older ones say nothing of now."""
_LEAST_SEEN_H = 18.0
_EPOCH = date(1970, 1, 1).toordinal()
_MOST_TOLD, _GREATEST = 26, 1e6
"""Of facts from outside no more weeks are read, and no figure as great."""

Facts = dict[str, str | int | float | bool | None]


class DriftMeasure(NamedTuple):
    """What of a day is compared; `worse` is +1 where more gives cause for concern, −1 where less does.

    `least` is the least change that counts, `spread` the least spread of days, both in the measure's unit; `a_week` is
    what a season may change by itself in a week, `share` the same as a share of what is usual.
    """

    name: str
    of: Callable[[DriftDay], float]
    worse: float
    least: float
    spread: float
    a_week: float
    share: float


MEASURES: tuple[DriftMeasure, ...] = (
    # the sun rises up to 11 minutes later each week in autumn at 30° N, people follow it in part
    DriftMeasure("rise_h", lambda day: day.rise_h, 1.0, 0.25, 0.35, 0.04, 0.0),
    DriftMeasure("night_signs", lambda day: float(day.night_signs), 1.0, 0.7, 0.8, 0.0, 0.0),
    DriftMeasure("meals", lambda day: float(day.meals), -1.0, 0.7, 0.7, 0.0, 0.02),
    DriftMeasure("water_l", lambda day: day.water_l, -1.0, 20.0, 15.0, 0.0, 0.03),
)


class _Change(NamedTuple):
    """One measure on both sides, and how strongly it speaks for a change for the worse (0: not at all)."""

    measure: DriftMeasure
    before: Sequence[float]
    now: Sequence[float]
    strength: float


def judge(days: Days, at: float, params: DriftParams) -> Verdict | None:
    """Return the verdict on slow change as of now; asked once a day, `at` epoch seconds."""
    parts = _parts(days)
    if parts is None:
        return None
    before, now = parts
    changes = [_change(measure, before, now) for measure in MEASURES if _is_shown(measure, before)]
    worse = [change for change in changes if change.strength > 0]
    total = sum(change.strength for change in worse)
    if not worse or total < params.least_score:
        return None
    return Verdict(
        kind=FlagKind.WELLBEING,
        severity=Severity.VISIT,
        since=at - (days.today.number - now[0].number) * 86_400.0,
        score=total,
        reason="slow_change",
        evidence=Evidence(_facts(days, before, now, changes), key="flags.wellbeing.slow_change"),
    )


def _parts(days: Days) -> tuple[list[DriftDay], list[DriftDay]] | None:
    """Return the days of before and of now, or None where there are too few."""
    at_home = [day for day in days.past if day.seen_h >= _LEAST_SEEN_H and day.rise_h >= 0]
    now = at_home[-_NOW:]
    if len(now) < _NOW or days.today.number - now[0].number > _NOW_WITHIN:
        return None
    before = [day for day in at_home if day.number < now[0].number - _APART][-_MOST_BEFORE:]
    return (before, now) if len(before) >= _LEAST_BEFORE else None


def _is_shown(measure: DriftMeasure, before: Sequence[DriftDay]) -> bool:
    """Whether this home's meters show the measure at all: without a water meter there are no litres to miss."""
    return measure.worse > 0 or median(measure.of(day) for day in before) > 0


def _change(measure: DriftMeasure, before: Sequence[DriftDay], now: Sequence[DriftDay]) -> _Change:
    old, new = [measure.of(day) for day in before], [measure.of(day) for day in now]
    centre = _middle(old)
    # the median of absolute deviations, as the spread of a normal day
    spread = max(1.48 * median(abs(one - centre) for one in old), measure.spread)
    weekly = [new[at : at + _WEEK] for at in range(0, len(new), _WEEK)]
    move = min(measure.worse * (_middle(week) - centre) for week in weekly)
    weeks = (fmean(day.number for day in now) - fmean(day.number for day in before)) / _WEEK
    move -= weeks * (measure.a_week + measure.share * abs(centre))
    strength = move / (spread * (1.0 / _WEEK + 1.0 / len(old)) ** 0.5) if move >= measure.least else 0.0
    return _Change(measure, old, new, strength)


def _middle(values: Sequence[float]) -> float:
    """Return the mean of the middle half: as steady as the median, and finer where days are counted in ones."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    return fmean(ordered[cut : len(ordered) - cut])


def _figure(values: Sequence[float]) -> float:
    """Return the middle as the facts hold it; sentence and picture say the same of it."""
    return round(_middle(values), 2)


def _facts(days: Days, before: Sequence[DriftDay], now: Sequence[DriftDay], changes: Sequence[_Change]) -> Facts:
    """Return the numbers of before and after, as a picture needs them."""
    facts: Facts = {
        "changed": ",".join(change.measure.name for change in changes if change.strength > 0),
        "days_before": len(before),
        "days_now": len(now),
        "before_from": _date(before[0]),
        "before_to": _date(before[-1]),
        "now_from": _date(now[0]),
        "now_to": _date(now[-1]),
        "weeks_to": date.fromordinal(_EPOCH + days.today.number - 1).isoformat(),
    }
    for measure, old, new, _ in changes:
        for side, values in (("before", old), ("now", new)):
            low, _, high = quantiles(values, n=4, method="inclusive")
            facts[f"{measure.name}_{side}"] = _figure(values)
            facts[f"{measure.name}_{side}_low"] = round(low, 2)
            facts[f"{measure.name}_{side}_high"] = round(high, 2)
        facts[f"{measure.name}_weeks"] = _weeks(days, measure)
    return facts


def _weeks(days: Days, measure: DriftMeasure) -> str:
    """Return the middle of each week up to yesterday, oldest first, nothing for a week that was not seen."""
    weeks: dict[int, list[float]] = {}
    for day in days.past:
        if day.seen_h >= _LEAST_SEEN_H and day.rise_h >= 0:
            weeks.setdefault((days.today.number - 1 - day.number) // _WEEK, []).append(measure.of(day))
    return ",".join(f"{_middle(weeks[ago]):.4g}" if ago in weeks else "" for ago in range(max(weeks), -1, -1))


def _date(day: DriftDay) -> str:
    return date.fromordinal(_EPOCH + day.number).isoformat()


def said(name: str, value: float) -> str:
    """Return a figure of a measure as people say it: the hour of rising by the clock, whole litres, else tenths."""
    if name == "rise_h":
        minutes = round(value * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{value:.0f}" if name == "water_l" else f"{value:.1f}"


class Side(StrEnum):
    """What a week counts for."""

    BEFORE = "before"
    NOW = "now"
    APART = "apart"
    """For neither: it lies between the two, or before both."""


class Week(NamedTuple):
    """Seven days from `first` on; `value` is their middle in the measure's unit, None where they were not seen."""

    first: date
    value: float | None
    side: Side


class Course(NamedTuple):
    """How a measure that changed for the worse went: what was usual, what is now, and the weeks, oldest first."""

    name: str
    before: float
    now: float
    weeks: tuple[Week, ...]


def read_courses(facts: Mapping[str, object]) -> list[Course]:
    """Return the changed measures out of the facts of a flag, in the order of `MEASURES`.

    Facts come from outside and may be anything: a measure that can not be read is left out.
    """
    changed = str(facts.get("changed")).split(",")
    courses = (_read_course(facts, measure.name) for measure in MEASURES if measure.name in changed)
    return [course for course in courses if course is not None]


def _read_course(facts: Mapping[str, object], name: str) -> Course | None:
    try:
        before_from, before_to, now_from, last = (
            date.fromisoformat(str(facts.get(key))) for key in ("before_from", "before_to", "now_from", "weeks_to")
        )
        before, now = (_number(facts.get(f"{name}_{side}")) for side in ("before", "now"))
        told = str(facts.get(f"{name}_weeks", "")).split(",")[-_MOST_TOLD:]
        values = [_number(float(one)) if one else None for one in told]
        begins = [last - timedelta(days=_WEEK * ago - 1) for ago in range(len(values), 0, -1)]
    except (ValueError, OverflowError):
        return None
    # a week counts for the side on which its middle day lies
    sides = (_side(first + timedelta(days=_WEEK // 2), before_from, before_to, now_from) for first in begins)
    return Course(name, before, now, tuple(map(Week, begins, values, sides)))


def _side(day: date, before_from: date, before_to: date, now_from: date) -> Side:
    if day >= now_from:
        return Side.NOW
    return Side.BEFORE if before_from <= day <= before_to else Side.APART


def _number(found: object) -> float:
    """Return a figure that can be drawn; raises `ValueError` for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < _GREATEST:
        raise ValueError(found)
    return float(found)
