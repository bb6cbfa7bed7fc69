"""Picture: the delays of all methods at every budget as a small SVG, ours in colour. Must not know: how they came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from simulators.backtest.bench import OURS
from simulators.backtest.results import ResultRow
from simulators.backtest.tuning import BUDGETS

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 420, 300, 44, 46, 40
_HOURS = (1, 2, 4, 8, 12, 24, 48)


def svg(rows: Sequence[ResultRow], title: str) -> str:
    """Return the picture: one panel for each ledger, budget across, median delay up (logarithmic), days after 14."""
    ledgers = sorted({row.told for row in rows})
    width = len(ledgers) * (_WIDTH + _GAP)
    head = f'viewBox="0 0 {width} {_HEIGHT + 100}" font-family="sans-serif" font-size="11" role="img"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {head} aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{_HEIGHT + 100}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    for place, told in enumerate(ledgers):
        chosen = [r for r in rows if (r.told, r.days, r.homes, r.setting) == (told, "15-", "all", "tuned")]
        parts.append(f'<g transform="translate({place * (_WIDTH + _GAP)} 0)">')
        parts += _panel(chosen, "absences told to the ledger" if told else "absences not told")
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(rows: Sequence[ResultRow], heading: str) -> list[str]:
    parts = [f'<text x="{_LEFT}" y="38" fill="#333">{escape(heading)}</text>']
    for hours in _HOURS:
        y = _y(hours)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{hours} h</text>')
    for budget in BUDGETS:
        parts += [f'<text x="{_x(budget):.1f}" y="{_HEIGHT + 66}" text-anchor="middle" fill="#555">{budget:g}</text>']
    middle = (_LEFT + _WIDTH) / 2
    below = f'<text x="{middle}" y="{_HEIGHT + 84}" text-anchor="middle" fill="#555">'
    parts.append(below + "false alarms per home and 30 days</text>")
    for method in dict.fromkeys(row.method for row in rows if row.method != OURS):
        parts += _curve([row for row in rows if row.method == method], "#9aa5b1", 1.2)
    return parts + _curve([row for row in rows if row.method == OURS], "#c0392b", 3.0)


def _curve(rows: Sequence[ResultRow], colour: str, stroke: float) -> list[str]:
    points = sorted((_x(row.budget), _y(row.median)) for row in rows)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    name = escape(rows[0].method) if rows else ""
    drawn = f'points="{line}" fill="none" stroke="{colour}" stroke-width="{stroke}"'
    return [
        f"<polyline {drawn}><title>{name}</title></polyline>",
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{stroke + 1}" fill="{colour}"><title>{name}</title></circle>'
            for x, y in points
        ),
    ]


def _x(budget: float) -> float:
    low, high = math.log(BUDGETS[0]), math.log(BUDGETS[-1])
    return _LEFT + 20 + (math.log(budget) - low) / (high - low) * (_WIDTH - _LEFT - 40)


def _y(hours: float) -> float:
    share = math.log(min(48.0, max(1.0, hours))) / math.log(48.0)
    return _TOP + _HEIGHT * (1.0 - share)
