"""Report: the table as text, and the whole as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np

from simulators.backtest.bench import OURS
from simulators.backtest.others import OtherRun, together
from simulators.backtest.results import ResultRow, as_json, best_peer
from simulators.backtest.tuning import BUDGETS

_COLUMNS = "method                                 budget rang/30d  median   mean    p90   <6h  <12h  <24h  what rang"


def text(rows: Sequence[ResultRow], days: str = "15-") -> str:
    """Return the table for people: hours and percentages, per ledger and budget, ours first."""
    lines: list[str] = []
    for told in sorted({row.told for row in rows}):
        for budget in (*BUDGETS, 0.0):
            chosen = [row for row in rows if row.told == told and row.budget == budget and row.days == days]
            chosen = [row for row in chosen if row.homes == "all" or row.method == OURS]
            ledger = "told to the ledger" if told else "not told"
            heading = f"budget {budget:g} per home and 30 days" if budget else "as published"
            lines += ["", f"-- {heading}, absences {ledger}, days {days}", _COLUMNS]
            lines += [_line(row) for row in sorted(chosen, key=lambda row: (row.method != OURS, row.median))]
            lines += _verdict(rows, told, budget, days)
    return "\n".join(lines)


def _line(row: ResultRow) -> str:
    figures = row.delays.get("collapse") or row.delays.get("early collapse") or {}
    name = row.method if row.homes == "all" else f"{row.method}, {row.homes} homes"
    name = f"{name}, as set" if row.setting == "as set" else name
    hours = "  ".join(f"{figures.get(key, 48.0):5.1f}" for key in ("median_h", "mean_h", "p90_h"))
    shares = "  ".join(f"{100 * figures.get(key, 0.0):3.0f}%" for key in ("found_6h", "found_12h", "found_24h"))
    causes = ", ".join(f"{count} {name}" for name, count in row.causes.items())
    return f"{name:<38} {row.budget:4g} {row.realised:8.2f}   {hours}  {shares}  {causes}"


def _verdict(rows: Sequence[ResultRow], told: bool, budget: float, days: str) -> list[str]:
    best = best_peer(rows, told, budget, days) if budget else None
    wanted = (OURS, told, budget, days, "all", "tuned")
    mine = [r for r in rows if (r.method, r.told, r.budget, r.days, r.homes, r.setting) == wanted]
    if best is None or not mine:
        return []
    share = mine[0].median / best.median
    return [f"   ours {mine[0].median:.1f} h, best peer {best.median:.1f} h ({best.method}): {share:.0%} of it"]


def as_text_json(rows: Sequence[ResultRow], about: dict[str, object]) -> str:
    """Return the JSON report."""
    return json.dumps({"about": about, "rows": as_json(rows)}, ensure_ascii=False, indent=1)


def others_text(runs: Sequence[OtherRun]) -> str:
    """Return what became of taps, leaks, hobs, drift and broken readings."""
    lines = ["", "-- other events, ours as set", "event              found   of  median h  p90 h"]
    findings = [finding for run in runs for finding in run.findings]
    for event in dict.fromkeys(finding.event for finding in findings):
        hours = [f.hours for f in findings if f.event == event and f.hours is not None]
        total = sum(1 for f in findings if f.event == event)
        middle, late = np.percentile(hours, [50, 90]) if hours else (np.nan, np.nan)
        lines.append(f"{event:<18} {len(hours):5d} {total:4d}  {middle:8.1f} {late:6.1f}")
    lines += ["", "-- broken readings", "how                        cases  told somebody  wrong flags about the person"]
    broken = [breakage for run in runs for breakage in run.breakages]
    for how in dict.fromkeys(breakage.how for breakage in broken):
        these = [breakage for breakage in broken if breakage.how == how]
        wrong: Counter[str] = Counter()
        for breakage in these:
            wrong.update(breakage.wrong)
        noticed = sum(1 for breakage in these if breakage.noticed)
        lines.append(f"{how:<26} {len(these):5d} {noticed:14d}  {dict(wrong) or 'none'}")
    lines.append(f"all homes at once, through the place's common cause: {together(runs)}")
    return "\n".join(lines)
