"""Unusual: a day's use of water far above what this home's days add up to."""

from __future__ import annotations

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.household.drift.daily import Days
from models.params import UnusualParams


def judge(days: Days, since: float, params: UnusualParams) -> Verdict | None:
    """Return the verdict on today's use of water so far; `since` is when the local day began (epoch seconds)."""
    seen = sorted(day.water_l for day in days.past if day.seen_h > 12.0)
    if len(seen) < params.least_days:
        return None
    usual, most = seen[len(seen) // 2], seen[-1]
    used = days.today.water_l
    if used < params.least_l or used < params.beyond_usual * max(usual, 1.0) or used < 1.5 * most:
        return None
    return Verdict(
        kind=FlagKind.UNUSUAL_USE,
        severity=Severity.VISIT,
        since=since,
        score=used / max(usual, 1.0),
        reason="water_far_above_usual",
        evidence=Evidence(
            {"litres": round(used), "usual_litres": round(usual), "most_litres": round(most)},
            key="flags.water.far_above_usual",
        ),
    )
