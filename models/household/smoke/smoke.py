"""Smoke: a state machine for each detector, judged on the whole message and on the level, never on an edge alone.

The rules, in their order of strength:
- a level that is set is an alarm, unless it rose together with a press of the test button and the press is young;
- a press masks only what began with it, for `TEST_LASTS_S` at most; then `tick` looks at the level again;
- an alarm counter that moved is an alarm whenever it moved;
- a level without an end becomes "stuck, cannot warn"; a level that flaps is one alarm, told as flapping;
- whatever is stuck or flapping can still raise a second alarm by another sign.
Knows no other device and no clock: times are epoch seconds and arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from models.flag import Evidence, FlagKind, Severity
from models.household.core.meters import MeterSample
from models.household.core.verdict import Verdict
from models.quantity import Quantity

TEST_LASTS_S = 60.0
_TOGETHER_S = 5.0
"""A detector may say its alarm and its test button in two messages; so far apart they still are one press."""
STUCK_S = 6 * 3600.0
_FLAP_WINDOW_S = 3600.0
_FLAPS = 3
"""So many rises within the window are no fires but a flapping contact."""
_COUNT_LASTS_S = 600.0
_STEADY_S = 120.0
"""A level that a flapping detector holds so long, and longer than ever while it flapped, is a second sign."""
_NEVER = -1e18


@dataclass(slots=True)
class SmokeDetector:
    """What one detector last said, and what was made of it. Epoch seconds."""

    level: bool = False
    rose: float = _NEVER
    fell: float = _NEVER
    test: bool = False
    pressed: float = _NEVER
    released: float = _NEVER
    counted: float = _NEVER
    """When the alarm counter last moved; `_NEVER` once that alarm is over."""
    rises: list[float] = field(default_factory=list)
    longest_s: float = 0.0
    """The longest time that the level was held while it flapped."""
    alarms: bool = False
    stuck: bool = False
    flaps: bool = False
    tells_test: bool = False
    said: list[str] = field(default_factory=list)
    """Signs of the present message: "count" a counter that moved, "press" a press of the button."""


@dataclass(slots=True)
class SmokeMemory:
    """The detectors of one home, by device."""

    detectors: dict[str, SmokeDetector] = field(default_factory=dict)
    touched: bool = False
    """Whether something was noted that is not judged yet."""


def restored(detectors: dict[str, dict[str, object]] | None = None, **_older: object) -> SmokeMemory:
    """Return the memory that was stored; one of an older version knew only the last press, which is long over."""
    return SmokeMemory({name: SmokeDetector(**row) for name, row in (detectors or {}).items()})  # type: ignore[arg-type]


class SmokeOutcome(NamedTuple):
    """What follows: a verdict to tell, or the key of an episode that is over, and what there is to say of it."""

    verdict: Verdict | None = None
    over: str = ""
    evidence: Evidence | None = None


def note(memory: SmokeMemory, sample: MeterSample) -> None:
    """Take in one value of a detector. Nothing is judged before the rest of its message is known."""
    memory.touched = True
    one = memory.detectors.setdefault(sample.meter.device, SmokeDetector())
    at, is_set = sample.at, sample.value > 0
    if sample.quantity is Quantity.SMOKE:
        if is_set and not one.level:
            one.rose = at
            one.rises = [*(rise for rise in one.rises if at - rise < _FLAP_WINDOW_S), at]
        elif one.level and not is_set:
            one.fell = at
            if one.flaps:
                one.longest_s = max(one.longest_s, at - one.rose)
        one.level = is_set
    elif sample.quantity is Quantity.SMOKE_TEST:
        if is_set and not one.test:
            one.pressed = at
            one.said.append("press")
        elif one.test and not is_set:
            one.released = at
        one.test = is_set
    elif sample.quantity is Quantity.SMOKE_COUNT and _has_moved(sample):
        one.counted = at
        one.said.append("count")


def _has_moved(sample: MeterSample) -> bool:
    """Whether the counter counted on, or jumped as no counter does: an exchange and a glitch look like alarms."""
    return sample.use is not None and sample.before is not None and sample.value > sample.before.value


def judge(memory: SmokeMemory, at: float, calm_s: float) -> list[SmokeOutcome]:
    """Return what follows from the levels as they are at `at`: after a whole message, and from time to time.

    After a second rise within an hour an alarm is over only once the level has rested for `calm_s`.
    """
    memory.touched = False
    steps: list[SmokeOutcome] = []
    for device, one in memory.detectors.items():
        _judge_test(device, one, at, steps)
        _judge_count(device, one, at, steps)
        _judge_level(device, one, at, calm_s, steps)
        one.said.clear()
    return steps


def wake_at(memory: SmokeMemory, at: float, calm_s: float) -> float:
    """Return when `judge` may next have something to say by itself (epoch seconds), infinite if never."""
    moments = [
        moment
        for one in memory.detectors.values()
        for moment, is_awaited in (
            (one.pressed + TEST_LASTS_S + 1.0, one.tells_test or (one.level and not one.alarms)),
            (one.rose + STUCK_S, one.alarms and one.level and not one.stuck),
            (one.rose + max(_STEADY_S, 2.0 * one.longest_s), one.flaps and one.level),
            (one.fell + calm_s, one.alarms and not one.level),
            (one.counted + _COUNT_LASTS_S, one.counted > _NEVER),
            (_last(one.rises) + _FLAP_WINDOW_S, one.flaps),
        )
        if is_awaited
    ]
    return min((moment for moment in moments if moment > at), default=float("inf"))


def follow_clock(memory: SmokeMemory, at: float) -> None:
    """Take in that the clock was set back to `at`: nothing lies in the future."""
    for one in memory.detectors.values():
        one.rose, one.fell, one.pressed = min(one.rose, at), min(one.fell, at), min(one.pressed, at)
        one.released, one.counted = min(one.released, at), min(one.counted, at)
        one.rises = [min(rise, at) for rise in one.rises]


def _last(rises: list[float]) -> float:
    return rises[-1] if rises else _NEVER


def _is_of_test(one: SmokeDetector, at: float) -> bool:
    """Whether the present level began with a press of the test button that is not over."""
    if not 0.0 <= at - one.pressed <= TEST_LASTS_S or one.rose < one.pressed - _TOGETHER_S:
        return False
    return one.test or one.released < one.pressed or one.rose <= one.released


def _judge_test(device: str, one: SmokeDetector, at: float, steps: list[SmokeOutcome]) -> None:
    if "press" in one.said:
        one.tells_test = True
        steps.append(SmokeOutcome(_test(device, at)))
    if one.tells_test and (not one.test or at - one.pressed > TEST_LASTS_S):
        one.tells_test = False
        steps.append(SmokeOutcome(over=f"{FlagKind.TEST.value}/{device}", evidence=_quiet(device)))


def _judge_count(device: str, one: SmokeDetector, at: float, steps: list[SmokeOutcome]) -> None:
    if "count" in one.said and (not one.alarms or one.stuck or one.flaps):
        steps.append(SmokeOutcome(_alarm(device, at, "alarm_counter_moved", f"{device}/count")))
    elif one.counted > _NEVER and at - one.counted >= _COUNT_LASTS_S:
        one.counted = _NEVER
        steps.append(SmokeOutcome(over=f"{FlagKind.SMOKE.value}/{device}/count", evidence=_quiet(device)))


def _judge_level(device: str, one: SmokeDetector, at: float, calm_s: float, steps: list[SmokeOutcome]) -> None:
    if one.level and not _is_of_test(one, at):
        if not one.alarms:
            one.alarms = True
            steps.append(SmokeOutcome(_alarm(device, at, "smoke_bit", device)))
        elif at - one.rose >= STUCK_S and not one.stuck:
            one.stuck = True
            steps.append(SmokeOutcome(_trouble(device, one.rose, "smoke_stuck")))
        if calm_s > 0:
            _judge_flapping(device, one, at, steps)
        return
    if one.stuck:
        one.stuck = False
        steps.append(SmokeOutcome(over=_trouble_key(device, "smoke_stuck"), evidence=_quiet(device)))
    rests = at - (one.rose if one.level else one.fell)
    if one.alarms and (one.level or len(one.rises) < 2 or rests >= calm_s or at - one.rises[-2] >= _FLAP_WINDOW_S):
        one.alarms = False
        steps.append(SmokeOutcome(over=f"{FlagKind.SMOKE.value}/{device}", evidence=_quiet(device)))
    if one.flaps and not one.alarms and at - _last(one.rises) >= _FLAP_WINDOW_S:
        one.flaps, one.longest_s = False, 0.0
        steps.append(SmokeOutcome(over=_trouble_key(device, "smoke_flapping"), evidence=_quiet(device)))
        steps.append(SmokeOutcome(over=f"{FlagKind.SMOKE.value}/{device}/steady", evidence=_quiet(device)))


def _judge_flapping(device: str, one: SmokeDetector, at: float, steps: list[SmokeOutcome]) -> None:
    recent = [rise for rise in one.rises if at - rise < _FLAP_WINDOW_S]
    if len(recent) >= _FLAPS and not one.flaps:
        one.flaps = True
        one.longest_s = max(after - before for before, after in pairwise(recent))
        steps.append(SmokeOutcome(_trouble(device, recent[0], "smoke_flapping")))
    if one.flaps and at - one.rose >= max(_STEADY_S, 2.0 * one.longest_s):
        steps.append(SmokeOutcome(_alarm(device, at, "smoke_steady", f"{device}/steady")))


def _trouble_key(device: str, reason: str) -> str:
    return f"{FlagKind.DEVICE_TROUBLE.value}/{device}/{reason}"


def _alarm(device: str, at: float, reason: str, subject: str) -> Verdict:
    return Verdict(
        kind=FlagKind.SMOKE,
        severity=Severity.CRITICAL,
        since=at,
        score=1.0,
        reason=reason,
        evidence=Evidence({"device": device}, key="flags.smoke.alarm"),
        subject=subject,
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


_TROUBLES = {"smoke_stuck": "flags.smoke.stuck", "smoke_flapping": "flags.smoke.flapping"}


def _trouble(device: str, since: float, reason: str) -> Verdict:
    return Verdict(
        kind=FlagKind.DEVICE_TROUBLE,
        severity=Severity.VISIT,
        since=since,
        score=1.0,
        reason=reason,
        evidence=Evidence({"device": device}, key=_TROUBLES[reason]),
        subject=f"{device}/{reason}",
    )


def _quiet(device: str) -> Evidence:
    return Evidence({"device": device}, key="flags.smoke.over")
