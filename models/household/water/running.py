"""Running: water that does not stop, judged by the home's own longest runs: a long bath is not a burst pipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.params import RunningParams
from models.usage import Use

_KEPT = 40


@dataclass(slots=True)
class RunningMemory:
    """The run that goes on (`since` 0: none) and the longest runs of the past, in seconds. Epoch seconds."""

    since: float = 0.0
    until: float = 0.0
    litres: float = 0.0
    longest: list[float] = field(default_factory=list)


def note(memory: RunningMemory, use: Use, params: RunningParams) -> None:
    """Take in one use of water."""
    if use.amount is None:
        _end(memory, keep=False)
        return
    if use.amount < params.least_flow_l_min * use.seconds / 60.0:
        _end(memory, keep=True)
        return
    if memory.since == 0.0:
        memory.since, memory.litres = use.start, 0.0
    memory.until = use.end
    memory.litres += use.amount


def _end(memory: RunningMemory, keep: bool) -> None:
    length = memory.until - memory.since
    if memory.since and keep and length > 300.0:
        memory.longest = sorted([*memory.longest, length], reverse=True)[:_KEPT]
    memory.since = 0.0


def judge(memory: RunningMemory, params: RunningParams, hhmm: str) -> Verdict | None:
    """Return the verdict on the run that goes on; `hhmm` is the local time at which it began."""
    length = memory.until - memory.since
    if memory.since == 0.0 or length < params.least_run_s or memory.litres < params.least_volume_l:
        return None
    usual = memory.longest[min(1, len(memory.longest) - 1)] if memory.longest else 0.0
    if length < params.beyond_usual * usual:
        return None
    minutes, litres = round(length / 60.0), round(memory.litres)
    flow = memory.litres / (length / 60.0)
    severity = Severity.CRITICAL if memory.litres >= params.critical_volume_l else Severity.URGENT
    return Verdict(
        kind=FlagKind.RUNNING_WATER,
        severity=severity,
        since=memory.since,
        score=length / max(usual, params.least_run_s),
        reason="does_not_stop",
        evidence=Evidence(
            {"minutes": minutes, "litres": litres, "litres_per_minute": round(flow, 1), "usual_s": round(usual)},
            key="flags.water.running",
            more={"since": hhmm, "usual_minutes": round(usual / 60)},
        ),
    )
