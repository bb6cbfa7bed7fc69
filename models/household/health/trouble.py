"""Trouble: devices that speak but are not well: frozen, empty, opened, worn out. Something for the installer."""

from __future__ import annotations

from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import MeterSample
from models.household.core.verdict import Verdict
from models.quantity import Quantity

_LEAST_S = 3600.0
LEAST_WH = 60.0
_LEAST_STEPS = 6.0
_FIRST_STEP_WH = 1_000.0
_UNHEARD_POLLS = 3.0
_SAID = {
    Quantity.BATTERY_LOW: ("battery_low", "flags.device.battery_low"),
    Quantity.TAMPER: ("tamper", "flags.device.tamper"),
    Quantity.END_OF_LIFE: ("end_of_life", "flags.device.end_of_life"),
}


@dataclass(slots=True)
class FrozenMemory:
    """How much energy must have passed, by the power told, since the energy register last moved. Epoch seconds."""

    since: float = 0.0
    until: float = 0.0
    passed_wh: float = 0.0
    step_wh: float = _FIRST_STEP_WH


def is_unheard(lasted_s: float, pace_s: float) -> bool:
    """Whether so much time between two readings is a gap: what was drawn in it, if there was power, nobody knows."""
    return 0.0 < pace_s * _UNHEARD_POLLS < lasted_s


def note_energy(memory: FrozenMemory, amount: float | None, start: float, end: float, watts: float) -> None:
    """Take in what was used from `start` to `end`, while the meter told `watts` at the least (negative: none)."""
    if amount is None or amount > 0 or watts < 0:
        if amount:
            memory.step_wh = min(memory.step_wh, amount)
        memory.since = memory.passed_wh = 0.0
        return
    memory.since = memory.since or start
    memory.until = end
    memory.passed_wh += watts * (end - start) / 3600.0


def is_frozen(memory: FrozenMemory) -> bool:
    """Whether power and energy contradict each other: the meter repeats what it said long ago."""
    lasted = memory.until - memory.since
    return lasted >= _LEAST_S and memory.passed_wh >= max(LEAST_WH, _LEAST_STEPS * memory.step_wh)


def judge_frozen(memory: FrozenMemory, device: str, hhmm: str) -> Verdict:
    """Return the verdict on a frozen meter; `hhmm` is the local time at which it froze."""
    passed = round(memory.passed_wh)
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.MAINTENANCE,
        since=memory.since,
        score=memory.passed_wh / LEAST_WH,
        reason="frozen",
        evidence=Evidence(
            {"device": device, "passed_wh": passed},
            key="flags.device.frozen",
            more={"since": hhmm},
        ),
        subject=f"{device}/frozen",
    )


def judge(sample: MeterSample) -> Verdict | None:
    """Return the verdict on what a device says of itself, None if it is well or says something else."""
    said = _SAID.get(sample.quantity)
    if said is None or sample.value <= 0:
        return None
    reason, sentence = said
    device = sample.meter.device
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.MAINTENANCE,
        since=sample.at,
        score=sample.value,
        reason=reason,
        evidence=Evidence({"device": device}, key=sentence),
        subject=f"{device}/{reason}",
    )


def key_of(sample: MeterSample) -> str | None:
    """Return the episode that a sample of a device's own health may end, None if it says nothing of that."""
    said = _SAID.get(sample.quantity)
    return None if said is None else f"{FlagKind.DEVICE_TROUBLE.value}/{sample.meter.device}/{said[0]}"
