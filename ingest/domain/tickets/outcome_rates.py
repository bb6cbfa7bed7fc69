"""Key figures of rules: how often an alarm was right, by what was found. Pure.

Right is what somebody had to do something about; an outcome that says nothing either way (`unknown`, `test`) is not
judged. A broken device is a right call of the rules that watch devices, and a wrong one of those that watch people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.figures.domain.kpi import Case, Share

_RIGHT = frozenset({"helped", "hospital", "died", "leak"})
_WRONG = frozenset({"habit", "away"})
_ABOUT_OURSELVES = frozenset(
    {
        "device_silent",
        "device_trouble",
        "home_blind",
        "gateway_silent",
        "roster_hole",
        "forward_failing",
        "channel_failing",
        "canary_failed",
        "canary_late",
    }
)


@dataclass(frozen=True, slots=True)
class RulePrecision:
    """One rule at one place: right of those judged, and how many said nothing either way."""

    kind: str
    rule: str
    place: str
    right: Share
    not_judged: int


def was_right(case: Case) -> bool | None:
    """Return whether the alarm was right by the last outcome that a person named, None where that says nothing."""
    outcomes = [entry.outcome for entry in case.log if entry.event == "resolve" and entry.actor and entry.outcome]
    return is_right(case.kind, outcomes[-1]) if outcomes else None


def is_right(kind: str, outcome: str) -> bool | None:
    """Return whether an alarm of this kind with this outcome was right, None where the outcome says nothing."""
    if outcome == "device":
        return kind in _ABOUT_OURSELVES
    if outcome == "mended":
        return True if kind in _ABOUT_OURSELVES else None
    return True if outcome in _RIGHT else False if outcome in _WRONG else None


def precision(cases: Sequence[tuple[str, Case]]) -> list[RulePrecision]:
    """Return the precision of each rule at each place; `cases` are (place, ticket)."""
    verdicts: dict[tuple[str, str, str], list[bool | None]] = {}
    for place, case in cases:
        verdicts.setdefault((case.kind, case.rule, place), []).append(was_right(case))
    return [
        RulePrecision(
            *key,
            right=Share(found.count(True), len(found) - found.count(None)),
            not_judged=found.count(None),
        )
        for key, found in sorted(verdicts.items())
    ]
