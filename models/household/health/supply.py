"""Supply: the meter answers, but behind it nothing draws power, not even what always does: a fuse has blown."""

from __future__ import annotations

from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict
from models.params import SupplyParams

_LEARNING_S = 86_400.0
_NOTHING_W = 2.0
"""A meter's own noise; stand-by, a router or a fridge at rest draw more."""


@dataclass(slots=True)
class SupplyMemory:
    """Since when there is next to nothing (0: there is something), the usual least power, when watching began."""

    since: float = 0.0
    until: float = 0.0
    floor_w: float = -1.0
    begun: float = 0.0


def note(memory: SupplyMemory, watts: float, at: float) -> None:
    """Take in a power sample; the floor follows the home's least power, but never to nothing.

    Nothing is nothing in watts, not a share of what is usual: a quiet night is a small share of a day's cooking.
    """
    if watts <= _NOTHING_W:
        memory.since = memory.since or at
        memory.until = at
        return
    if memory.floor_w < 0:
        memory.floor_w, memory.begun = watts, at
    memory.since = 0.0
    memory.floor_w += (watts - memory.floor_w) * (0.25 if watts < memory.floor_w else 0.0005)


def is_lost(memory: SupplyMemory, params: SupplyParams) -> bool:
    """Whether there is next to no power where there always is some."""
    known = memory.since - memory.begun >= _LEARNING_S and memory.floor_w >= params.least_floor_w
    return memory.since > 0 and known


def judge(memory: SupplyMemory, params: SupplyParams, hhmm: str) -> Verdict | None:
    """Return the verdict on a home without power; `hhmm` is the local time at which it went."""
    lasted = memory.until - memory.since
    if not is_lost(memory, params) or lasted < params.least_s:
        return None
    hours, floor = lasted / 3600.0, round(memory.floor_w)
    return Verdict(
        kind=FlagKind.SUPPLY_LOST,
        severity=Severity.URGENT if lasted >= params.urgent_s else Severity.VISIT,
        since=memory.since,
        score=hours,
        reason="no_load",
        evidence=Evidence(
            {"hours": round(hours, 2), "usual_least_w": floor},
            key="flags.power.no_load",
            more={"since": hhmm},
        ),
    )
