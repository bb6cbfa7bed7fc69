"""Smoke: the alarm bit, or the alarm counter that moved: at once, never damped. A test alarms nobody."""

from __future__ import annotations

from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import MeterSample
from models.household.core.verdict import Verdict
from models.quantity import Quantity

_TEST_LASTS_S = 60.0


@dataclass(slots=True)
class SmokeMemory:
    """When the test button was last down, by device, in epoch seconds."""

    tested: dict[str, float]


def note(memory: SmokeMemory, sample: MeterSample) -> Verdict | None:
    """Return the alarm (or the test) that a sample of a smoke detector means, or None."""
    device = sample.meter.device
    if sample.quantity is Quantity.SMOKE_TEST:
        if sample.value <= 0:
            return None
        memory.tested[device] = sample.at
        return _test(device, sample.at)
    in_test = sample.at - memory.tested.get(device, -1e18) <= _TEST_LASTS_S
    if sample.quantity is Quantity.SMOKE and sample.value > 0:
        return _test(device, sample.at) if in_test else _alarm(device, sample.at, "smoke_bit", {})
    if sample.quantity is Quantity.SMOKE_COUNT and sample.use is not None and sample.use.amount and not in_test:
        return _alarm(device, sample.at, "alarm_counter_moved", {"alarms": sample.value})
    return None


def _alarm(device: str, at: float, reason: str, extra: dict[str, float]) -> Verdict:
    return Verdict(
        kind=FlagKind.SMOKE,
        severity=Severity.CRITICAL,
        since=at,
        score=1.0,
        reason=reason,
        evidence=Evidence({"device": device, **extra}, key="flags.smoke.alarm"),
        subject=device,
    )


def _test(device: str, at: float) -> Verdict:
    return Verdict(
        kind=FlagKind.TEST,
        severity=Severity.INFO,
        since=at,
        score=0.0,
        reason="test_button",
        evidence=Evidence({"device": device}, key="flags.smoke.test"),
        subject=device,
    )
