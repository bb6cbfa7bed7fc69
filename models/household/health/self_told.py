"""Self-told: what devices say of their own health: batteries, covers, faults, a detector that somebody muted.

One row a quantity. A bit that goes back and comes again is one trouble: it is over once it has rested an hour. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import MeterSample
from models.household.core.verdict import Verdict
from models.quantity import Quantity

_RESTS_S = 3600.0
_MUTED_S = 86_400.0
_BATTERY_LOW, _BATTERY_WELL = 10.0, 20.0
"""Per cent at and below which a battery is told, and from which on it was changed."""
STATUS_BATTERY, STATUS_FAULT = 0x04, 0x08
"""Bits of a meter's status word: EN 13757-3 calls them "power low" and "permanent error", CJ/T 188 uses the first."""


class HealthRule(NamedTuple):
    """How one quantity is understood: whether a value is bad, the reason and sentence, since how long it must be so."""

    reason: str
    is_bad: Callable[[float], bool]
    severity: Severity = Severity.MAINTENANCE
    after_s: float = 0.0
    is_well: Callable[[float], bool] | None = None


def _set(value: float) -> bool:
    return value > 0


ROWS: dict[Quantity, tuple[HealthRule, ...]] = {
    Quantity.BATTERY_LOW: (HealthRule("battery_low", _set),),
    Quantity.BATTERY: (
        HealthRule("battery_low", lambda share: share <= _BATTERY_LOW, is_well=lambda share: share >= _BATTERY_WELL),
    ),
    Quantity.TAMPER: (HealthRule("tamper", _set),),
    Quantity.END_OF_LIFE: (HealthRule("end_of_life", _set),),
    Quantity.SMOKE_SILENCED: (HealthRule("muted", _set, Severity.VISIT, _MUTED_S),),
    Quantity.DEVICE_FAULT: (HealthRule("own_fault", _set, Severity.VISIT),),
    Quantity.CHAMBER_FAULT: (HealthRule("chamber", _set, Severity.VISIT),),
    Quantity.COVERED: (HealthRule("covered", _set, Severity.VISIT),),
    Quantity.REMOVED: (HealthRule("removed", _set, Severity.VISIT),),
    Quantity.STATUS: (
        HealthRule("own_fault", lambda word: bool(int(word) & STATUS_FAULT)),
        HealthRule("battery_low", lambda word: bool(int(word) & STATUS_BATTERY)),
    ),
}
"""What devices say of themselves. Severity VISIT: a home whose smoke detector can't warn is a home without one."""


@dataclass(slots=True)
class SelfTold:
    """One thing that a device says of itself, by one of its quantities. Epoch seconds; 0: it is not so."""

    device: str
    quantity: str
    reason: str
    since: float = 0.0
    well_since: float = 0.0
    raised: bool = False


class HealthOutcome(NamedTuple):
    """What follows: a verdict to tell, or the key of an episode that is over."""

    verdict: Verdict | None
    over: str


def note(memory: dict[str, SelfTold], sample: MeterSample) -> bool:
    """Take in what a device says of itself; False where it says nothing of that."""
    rows = ROWS.get(sample.quantity, ())
    for row in rows:
        key = f"{sample.meter.device}|{sample.quantity.value}|{row.reason}"
        one = memory.get(key)
        if row.is_bad(sample.value):
            if one is None:
                one = memory[key] = SelfTold(sample.meter.device, sample.quantity.value, row.reason)
            one.since = one.since or sample.at
            one.well_since = 0.0
        elif one is not None and (row.is_well is None or row.is_well(sample.value)):
            one.well_since = one.well_since or sample.at
    return bool(rows)


def judge(memory: dict[str, SelfTold], at: float) -> list[HealthOutcome]:
    """Return what follows at `at`: after each sample, and from time to time."""
    steps: list[HealthOutcome] = []
    for key, one in list(memory.items()):
        row = next(row for row in ROWS[Quantity(one.quantity)] if row.reason == one.reason)
        if one.well_since and (at - one.well_since >= _RESTS_S or not one.raised):
            del memory[key]
            if one.raised and not any(
                other.device == one.device and other.reason == one.reason for other in memory.values()
            ):
                steps.append(HealthOutcome(None, f"{FlagKind.DEVICE_TROUBLE.value}/{one.device}/{one.reason}"))
        elif not one.raised and not one.well_since and at - one.since >= row.after_s:
            one.raised = True
            steps.append(HealthOutcome(_verdict(one, row), ""))
    return steps


def wake_at(memory: dict[str, SelfTold], at: float) -> float:
    """Return when `judge` may next have something to say by itself (epoch seconds), infinite if never."""
    moments = [
        one.well_since + _RESTS_S if one.well_since else one.since + _MUTED_S
        for one in memory.values()
        if one.well_since or not one.raised
    ]
    return min((moment for moment in moments if moment > at), default=float("inf"))


def follow_clock(memory: dict[str, SelfTold], at: float) -> None:
    """Take in that the clock was set back to `at`: nothing lies in the future."""
    for one in memory.values():
        one.since, one.well_since = min(one.since, at), min(one.well_since, at)


def _verdict(one: SelfTold, row: HealthRule) -> Verdict:
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=row.severity,
        since=one.since,
        score=1.0,
        reason=one.reason,
        evidence=Evidence({"device": one.device}, key=f"flags.device.{one.reason}"),
        subject=f"{one.device}/{one.reason}",
    )
