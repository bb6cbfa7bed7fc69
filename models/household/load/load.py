"""Load: a big appliance that stays on longer than it does in this home, or with nobody about."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.params import LoadParams

_KEPT = 40


@dataclass(slots=True)
class LoadMemory:
    """The big load that is on (`since` 0: none) and how long such loads have stayed on, in seconds. Epoch seconds."""

    since: float = 0.0
    until: float = 0.0
    watts: float = 0.0
    longest: list[float] = field(default_factory=list)


def note(memory: LoadMemory, watts: float, at: float, params: LoadParams) -> None:
    """Take in what the home draws at `at`."""
    if watts < params.least_w:
        length = memory.until - memory.since
        if memory.since and length > 900.0:
            memory.longest = sorted([*memory.longest, length], reverse=True)[:_KEPT]
        memory.since = 0.0
        return
    if memory.since == 0.0:
        memory.since, memory.watts = at, watts
    memory.until = at
    memory.watts = min(memory.watts, watts)


def judge(memory: LoadMemory, quiet_s: float, params: LoadParams, hhmm: str) -> Verdict | None:
    """Return the verdict on the load that is on; `quiet_s` is how long ago the last sign of life was."""
    length = memory.until - memory.since
    if memory.since == 0.0:
        return None
    usual = memory.longest[min(1, len(memory.longest) - 1)] if memory.longest else 0.0
    least = max(params.least_run_s, params.beyond_usual * usual)
    if length < least or quiet_s < params.unattended_s:
        return None
    hours, watts = length / 3600.0, round(memory.watts)
    quiet = round(quiet_s / 60.0)
    return Verdict(
        kind=FlagKind.APPLIANCE_ON,
        severity=Severity.URGENT,
        since=memory.since,
        score=length / least,
        reason="left_on_unattended",
        evidence=Evidence(
            {"watts": watts, "hours": round(hours, 2), "minutes_without_sign": quiet, "usual_s": round(usual)},
            key="flags.power.left_on",
            more={"since": hhmm},
        ),
    )
