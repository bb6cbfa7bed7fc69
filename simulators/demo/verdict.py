"""Verdict: whether a demonstration did what it promises, and its summary. Pure; works on counts of real stores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulators.demo.actors import FALL_HOME, SMOKE_HOME, TAP_HOME
from simulators.demo.counts import IngestCounts, Losses
from simulators.demo.phones import PhoneMessage

_PROMISED = ((SMOKE_HOME, "smoke"), (TAP_HOME, "running_water"), (FALL_HOME, "inactivity"))
_ESCALATED = frozenset({"escalated", "no_answer"})


@dataclass(frozen=True, slots=True)
class DemoVerdict:
    """`missing` names what did not happen; `summary` is the last line's content."""

    missing: tuple[str, ...]
    losses: Losses
    summary: dict[str, Any]

    @property
    def good(self) -> bool:
        """Whether everything happened, once."""
        return not (self.missing or self.losses.lost or self.losses.doubled)

    def last_line(self) -> str:
        """Return the summary as one line of JSON."""
        return json.dumps(self.summary, ensure_ascii=False)


def missing_from_story(ingest: IngestCounts) -> tuple[str, ...]:
    """Return what the story promises and has not shown yet."""
    opened = {(home, kind) for _, home, kind in ingest.tickets}
    missing = [f"a ticket {kind} for {home}" for home, kind in _PROMISED if (home, kind) not in opened]
    if not any(step.event == "take" for step in ingest.history):
        missing.append("a ticket taken by a person")
    if not any(step.event in _ESCALATED and step.home == FALL_HOME for step in ingest.history):
        missing.append(f"the ticket of {FALL_HOME} passed on because nobody answered")
    return tuple(missing)


def judge(
    ingest: IngestCounts,
    losses: Losses,
    *,
    readings: int,
    messages: Sequence[PhoneMessage],
    restarts: int,
    seconds: float,
) -> DemoVerdict:
    """Return the verdict on a whole run."""
    missing = missing_from_story(ingest)
    summary = {
        "readings": readings,
        "flags": len(ingest.flags),
        "tickets": len(ingest.tickets),
        "notices": len(messages),
        "escalations": sum(step.event in _ESCALATED for step in ingest.history),
        "lost": len(losses.lost),
        "duplicates": len(losses.doubled),
        "taken": sum(step.event == "take" for step in ingest.history),
        "resolved": sum(step.event == "resolve" for step in ingest.history),
        "notices_sent_again": sum(message.repeats for message in messages),
        "hours_for_charts": ingest.hours,
        "restarts": restarts,
        "seconds": round(seconds, 1),
        "missing": list(missing),
    }
    return DemoVerdict(missing, losses, summary)
