"""Drift: nights that grow busier, mornings that grow later, fewer meals, less washing, over weeks: a friendly visit.

Compares the median of the last two weeks with that of the four before, in units of the home's own spread, and asks both
of the last two weeks to say the same, so that one bad week says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from models.flag import Evidence, FlagKind, Severity
from models.household.daily import Day, Days
from models.household.verdict import Verdict
from models.params import DriftParams

_WEEK = 7
_NOW, _BEFORE = 2 * _WEEK, 4 * _WEEK
_LEAST_SEEN_H = 18.0

_Measure = tuple[str, Callable[[Day], float | None], float, float, str, str]

_MEASURES: tuple[_Measure, ...] = (
    ("rise_h", lambda day: day.rise_h if day.rise_h >= 0 else None, 1.0, 0.4, "起床时间", "hour of rising"),
    ("night_signs", lambda day: float(day.night_signs), 1.0, 1.5, "夜里起来次数", "times up at night"),
    ("meals", lambda day: float(day.meals), -1.0, 0.7, "做饭次数", "meals cooked"),
    ("water_l", lambda day: day.water_l, -1.0, 20.0, "日用水量（升）", "litres of water a day"),
)
"""Name, value of a day, direction that gives cause for concern, least change that does, names for people."""


def judge(days: Days, at: float, params: DriftParams) -> Verdict | None:
    """Return the verdict on slow change as of now; asked once a day, `at` epoch seconds."""
    seen = [day for day in days.past if day.seen_h >= _LEAST_SEEN_H]
    if len(seen) < _NOW + _BEFORE:
        return None
    found = [change for measure in _MEASURES if (change := _change(seen, measure)) is not None]
    total = sum(strength for _, strength, _, _ in found)
    if not found or total < params.least_score or max(strength for _, strength, _, _ in found) < params.least_score / 2:
        return None
    facts: dict[str, str | int | float | bool | None] = {}
    zh, en = [], []
    for measure, _, before, now in found:
        name, _, _, _, name_zh, name_en = measure
        facts[f"{name}_before"], facts[f"{name}_now"] = round(before, 2), round(now, 2)
        zh.append(f"{name_zh}从 {_said(name, before)} 变为 {_said(name, now)}")
        en.append(f"{name_en} from {_said(name, before)} to {_said(name, now)}")
    return Verdict(
        kind=FlagKind.WELLBEING,
        severity=Severity.VISIT,
        since=at - _NOW * 86_400.0,
        score=total,
        reason="slow_change",
        evidence=Evidence(
            facts,
            f"近两周与之前四周相比：{'，'.join(zh)}。建议上门看望。",
            f"The last two weeks against the four before: {', '.join(en)}. A friendly visit is advised.",
        ),
    )


def _change(seen: list[Day], measure: _Measure) -> tuple[_Measure, float, float, float] | None:
    """Return the measure with its strength (in spreads), its median before and now, if it changed for the worse."""
    _, value, direction, least, _, _ = measure
    parts = [[value(day) for day in part] for part in _parts(seen)]
    before, last, latest = ([one for one in part if one is not None] for part in parts)
    if len(before) < _BEFORE // 2 or len(last) < 4 or len(latest) < 4:
        return None
    centre = median(before)
    # the median of absolute deviations, as the spread of a normal day; never below the least change
    spread = max(1.48 * median(abs(one - centre) for one in before), least)
    moves = [direction * (median(part) - centre) for part in (last, latest)]
    if min(moves) < 0.6 * least or max(moves) < least:
        return None
    # medians of a week scatter less than days do
    strength = min(moves) / spread * _WEEK**0.5
    return measure, strength, centre, median([*last, *latest])


def _parts(seen: list[Day]) -> tuple[list[Day], list[Day], list[Day]]:
    recent = seen[-_NOW:]
    return seen[-_NOW - _BEFORE : -_NOW], recent[:_WEEK], recent[_WEEK:]


def _said(name: str, value: float) -> str:
    if name == "rise_h":
        return f"{int(value):02d}:{int(value % 1 * 60):02d}"
    return f"{value:.0f}" if name == "water_l" else f"{value:.1f}"
