"""Polarity: what a power sample with a minus sign means. A clamp the wrong way round, or a home that feeds in.

A clamp that has never shown a positive load is taken for reversed and believed by its amount. Where both signs occur
the home feeds in: then the amount says nothing of what is used, and the step across zero is the sun's. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity
from models.household.core.verdict import Verdict

FULL = 2_000.0
"""So many samples of one sign are enough: then both counts are halved, so that what was long ago is forgotten."""
_REVERSED_SHARE = 0.02
_TOLD_AFTER_S = 86_400.0
_LEAST_SAMPLES = 24.0
_NOTHING_W = 2.0
_FEEDS_SAMPLES = 3.0


@dataclass(slots=True)
class Polarity:
    """How many samples of each sign there were lately, and when the first negative one came (epoch seconds)."""

    positive: float = 0.0
    negative: float = 0.0
    since: float = 0.0


def load_of(memory: Polarity, watts: float, at: float) -> float | None:
    """Return the load that a sample shows in watts, or None while it says nothing about what is used."""
    if abs(watts) > _NOTHING_W:
        if max(memory.positive, memory.negative) >= FULL:
            memory.positive, memory.negative = memory.positive / 2.0, memory.negative / 2.0
        if watts > 0:
            memory.positive += 1.0
        else:
            memory.negative += 1.0
            memory.since = memory.since or at
    if watts >= 0:
        return watts
    return -watts if is_reversed(memory) else None


def is_reversed(memory: Polarity) -> bool:
    """Whether next to nothing but negative samples has come: the clamp sits the wrong way round."""
    return memory.negative > 0 and memory.positive <= _REVERSED_SHARE * memory.negative


def feeds_in(memory: Polarity) -> bool:
    """Whether the home feeds in now and then: by day its steps may be the sun's."""
    return memory.negative >= _FEEDS_SAMPLES and not is_reversed(memory)


def judge(memory: Polarity, device: str, at: float) -> Verdict | None:
    """Return the verdict on a clamp that is the wrong way round, None for any other."""
    if not is_reversed(memory) or memory.negative < _LEAST_SAMPLES or at - memory.since < _TOLD_AFTER_S:
        return None
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.MAINTENANCE,
        since=memory.since,
        score=1.0,
        reason="clamp_reversed",
        evidence=Evidence({"device": device}, key="flags.device.clamp_reversed"),
        subject=f"{device}/clamp_reversed",
    )
