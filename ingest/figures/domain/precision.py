"""Precision of rules: how often an alarm of each rule was right, at each place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.domain.base.shares import Share
from ingest.domain.tickets.case_log import Case
from ingest.domain.tickets.outcome_rates import is_right


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
