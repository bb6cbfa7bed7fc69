"""Trouble: registers that are not to be believed: frozen, going back, exchanged. Something for the installer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import Meter
from models.household.core.verdict import Verdict

_LEAST_S = 3600.0
LEAST_WH = 60.0
_LEAST_STEPS = 6.0
_FIRST_STEP_WH = 1_000.0
_UNHEARD_POLLS = 3.0


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


_STILL_S, _STILL_SIGNS = 48 * 3600.0, 12
"""Nobody lives for two days by a dozen loads and without water: the register is dead, stuck, or somebody else's."""
_SWAP_TOLD_S = 86_400.0
_UNWELL_ENDS_S = 3 * 86_400.0
"""A register is well again once it has stood by what it showed for so long."""


def judge_register(meter: Meter, at: float) -> Iterator[tuple[str, Verdict | None]]:
    """Yield what is to be told of a register, by the key of its episode; None where that is over or never was."""
    gate = meter.gate
    unwell = gate.is_unwell(at) or (gate.was_told and at - max(gate.faults, default=0.0) < _UNWELL_ENDS_S)
    swapped = gate.swapped > 0.0 and at - gate.swapped < _SWAP_TOLD_S
    for reason, is_so, since in (
        ("register_unwell", unwell, min(gate.faults, default=at)),
        ("register_swapped", swapped, gate.swapped),
    ):
        key = f"{FlagKind.DEVICE_TROUBLE.value}/{meter.device}/{reason}"
        if not is_so:
            yield key, None
            continue
        yield (
            key,
            Verdict(
                kind=FlagKind.DEVICE_TROUBLE,
                severity=Severity.MAINTENANCE,
                since=since,
                score=float(max(1, len(gate.faults))),
                reason=reason,
                evidence=Evidence({"device": meter.device}, key=f"flags.device.{reason}"),
                subject=f"{meter.device}/{reason}",
            ),
        )


def judge_still_water(device: str, drawn: float, loads_since: int, at: float) -> Verdict | None:
    """Return the verdict on a water register that stands still for days while loads show somebody; None for any other.

    `drawn` is when a person last drew water, `loads_since` how many signs of life by load have come since then.
    """
    if not drawn or at - drawn < _STILL_S or loads_since < _STILL_SIGNS:
        return None
    hours = round((at - drawn) / 3600.0)
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.MAINTENANCE,
        since=drawn,
        score=hours / 48.0,
        reason="water_still",
        evidence=Evidence({"device": device, "hours": hours}, key="flags.device.water_still"),
        subject=f"{device}/water_still",
    )
