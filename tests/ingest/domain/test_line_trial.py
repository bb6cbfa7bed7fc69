"""A line on trial: lower is sooner and more often; absences and gaps count for nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from ingest.fleet.domain.threshold_preview import FACTORS, FALLS, Hour, Past, Tried, preview_thresholds

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3600.0
BEGAN = 1_790_000_000.0 // 86_400 * 86_400 - 8 * HOUR
"""A midnight there."""


def home(days: int = 40, *, quiet: tuple[tuple[int, int], ...] = (), name: str = "h-1", lost: int = 0) -> Past:
    """Somebody up from seven to twenty-two, seen in four hours of five; `quiet` are silent stretches in hours."""
    chance = random.Random(name)
    hours = []
    for number in range(days * 24):
        up = 7 <= number % 24 <= 21 and chance.random() < 0.8
        silent = any(since <= number < until for since, until in quiet)
        if number % 24 < lost:
            continue
        hours.append(Hour(BEGAN + number * HOUR, int(up and not silent)))
    return Past(name, hours)


def at(tried: list[Tried], factor: float) -> Tried:
    return next(one for one in tried if one.factor == factor)


LONG_DAY = ((30 * 24 + 8, 31 * 24 + 20),)
"""A day and a half without a sign: it was no fall, for it ended."""


def test_a_lower_line_alarms_no_less_and_finds_no_later() -> None:
    tried = preview_thresholds([home(quiet=LONG_DAY), home(name="h-2")], SHANGHAI, budget=1.0)
    assert [one.factor for one in tried] == list(FACTORS)
    alarms = [one.alarms for one in tried]
    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] >= 1
    halves = [one.delay(0.5) for one in tried]
    assert all(first is not None and then is not None and first <= then for first, then in pairwise(halves))
    assert halves[0] != halves[-1]
    assert all(len(one.delays) + one.missed <= 2 * FALLS for one in tried)


def test_an_absence_in_the_ledger_gives_no_alarm_and_no_day() -> None:
    past = home(quiet=LONG_DAY)
    since, until = (BEGAN + hour * HOUR for hour in LONG_DAY[0])
    told = replace(past, away=((since, until),))
    untold, known = (at(preview_thresholds([one], SHANGHAI, budget=1.0), 1.0) for one in (past, told))
    assert untold.alarms == known.alarms + 1
    assert known.home_days < untold.home_days


def test_hours_that_nobody_knows_are_no_silence() -> None:
    past = home(quiet=LONG_DAY)
    silent = {BEGAN + hour * HOUR for hour in range(*LONG_DAY[0])}
    unknown = replace(past, hours=[replace(one, signs=None) if one.at in silent else one for one in past.hours])
    left_out = replace(past, hours=[one for one in past.hours if one.at not in silent])
    counted = [at(preview_thresholds([one], SHANGHAI, budget=1.0), 1.0).alarms for one in (past, unknown, left_out)]
    assert counted == [counted[0], counted[0] - 1, counted[0] - 1]


def test_a_home_that_only_teaches_is_not_judged() -> None:
    (first, *_) = preview_thresholds([home(days=14)], SHANGHAI, budget=1.0)
    assert (first.alarms, first.home_days, first.delays, first.alarms_per_100) == (0, 0.0, [], 0.0)
    assert first.delay(0.5) is None
    assert preview_thresholds([Past("empty", [])], SHANGHAI, budget=1.0)[0].home_days == 0.0


def test_a_home_s_own_line_and_the_budget_count() -> None:
    past = home(quiet=LONG_DAY)
    usual = at(preview_thresholds([past], SHANGHAI, budget=1.0), 1.0).delay(0.5) or 0.0
    raised = at(preview_thresholds([replace(past, scale=1.25)], SHANGHAI, budget=1.0), 1.0).delay(0.5) or 0.0
    strict = at(preview_thresholds([past], SHANGHAI, budget=0.1), 1.0).delay(0.5) or 0.0
    assert 0.0 < usual < raised
    assert usual < strict
    assert at(preview_thresholds([past], SHANGHAI, budget=1.0), 1.0).delay(0.5) == usual


def test_the_share_counts_those_that_were_never_found() -> None:
    tried = Tried(1.0, delays=[1.0, 2.0, 3.0], missed=1)
    assert (tried.delay(0.5), tried.delay(0.75), tried.delay(0.9)) == (2.0, 3.0, None)
