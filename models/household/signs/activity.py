"""Activity: the signs of a person in water draws and loads, told from what the home draws with nobody about.

What runs by itself is learned in each home from its deep quiet: the middle of hours without water. From then on
- a load step is a sign unless cold appliances make such steps or lead from one idle level to another;
- the trough, the least power of an hour, says whether a lamp or a television is on, whatever the fridge does; when it
  changes by more than the idle trough ever does, somebody has switched something;
- energy that no power sample explains was a kettle between two polls.
Knows nothing of habits or alarms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from models.household.core.localtime import LocalClock
from models.household.core.meters import MeterSample
from models.household.load.levels import Levels

SLOT_S = 300.0
TROUGH_SLOTS = 12
_EDGE_SLOTS = 12
_QUIET_S = 3 * 3600.0
_LEAST_STEP_W = 8.0
BURST_WH = 30.0
_BURST_GAP_S = 1800.0
_TROUGH_STEP_W = 8.0
_HOLE_SLOTS = 3
_MEAN_S = 14 * 60.0
_FIRST_COLD_W = (35.0, 260.0)
"""Before a home's own appliances are known: steps of this size are taken for a fridge's."""
_NIGHT = (1.0, 5.0)
"""Without a water meter these local hours stand in for the deep quiet."""


class LoadStep(NamedTuple):
    """A change of the load, when it came (epoch seconds) and by how many watts."""

    at: float
    amount: float


_NO_STEPS: tuple[LoadStep, ...] = ()


@dataclass(slots=True)
class Activity:
    """Memory of what the home draws by itself, and of the last two hours. Epoch seconds, watts."""

    last_draw: float = 0.0
    watts: float = -1.0
    slot: int = -1
    slots: list[float] = field(default_factory=list)
    """The least power of each of the last slots of `SLOT_S`, newest last, at most two hours of them."""
    idle: Levels = field(default_factory=Levels)
    trough: Levels = field(default_factory=Levels)
    fresh: list[tuple[float, float]] = field(default_factory=list)
    """Level and trough of the slots of the last hour: deep quiet only if no water follows."""
    quiet_idle: dict[str, float] = field(default_factory=dict)
    quiet_trough: dict[str, float] = field(default_factory=dict)
    switched: float = 0.0
    wh: float = 0.0
    wh_s: float = 0.0
    """Energy and time gathered towards a sample of mean power, where no meter tells power."""


def note_water(memory: Activity, start: float, end: float) -> None:
    """Water was drawn between `start` and `end`: what was quiet until an hour before `start` was deep quiet."""
    if memory.last_draw and start - memory.last_draw >= _QUIET_S:
        memory.idle.learn(memory.quiet_idle)
        memory.trough.learn(memory.quiet_trough)
    memory.quiet_idle.clear()
    memory.quiet_trough.clear()
    memory.fresh.clear()
    memory.last_draw = end


def break_off(memory: Activity) -> None:
    """What the meter says now is nobody's load: the next sample begins anew, and is no step."""
    memory.watts = -1.0
    memory.slots.clear()
    memory.fresh.clear()


def note_power(memory: Activity, watts: float, at: float, pace_s: float, clock: LocalClock) -> tuple[LoadStep, ...]:
    """Take in a power sample of a meter that speaks each `pace_s`; return the steps that a person may have made.

    That something was switched on may be noticed an hour later, and is dated back. All in epoch seconds.
    """
    before, memory.watts = memory.watts, watts
    steps = (LoadStep(at, abs(watts - before)),) if before >= 0 and _is_step(memory, before, watts) else _NO_STEPS
    slot = int(at // SLOT_S)
    if slot == memory.slot:
        memory.slots[-1] = min(memory.slots[-1], watts)
        return steps
    has_water = memory.last_draw > 0
    passed = slot - memory.slot
    # a hole in the samples is no change of the trough; a meter that is asked every half hour has no holes
    if passed > max(_HOLE_SLOTS, 2.0 * pace_s / SLOT_S):
        memory.slots.clear()
        memory.fresh.clear()
        passed = 1
    memory.slot = slot
    hour = -1.0 if has_water else clock.hour(at)
    for _ in range(passed):
        if len(memory.slots) >= TROUGH_SLOTS:
            _wait(memory, hour, has_water)
        memory.slots.append(watts)
    del memory.slots[: -2 * TROUGH_SLOTS]
    switched = _switched(memory, slot) if len(memory.slots) == 2 * TROUGH_SLOTS else None
    return steps if switched is None else (*steps, switched)


def burst_of(memory: Activity, sample: MeterSample) -> float:
    """Return by how many Wh an energy step exceeds the power samples around it: something big ran between two polls."""
    use = sample.use
    if use is None or use.amount is None or use.seconds > _BURST_GAP_S or memory.watts < 0 or not memory.slots:
        return 0.0
    steady = max(memory.watts, memory.slots[-1]) * use.seconds / 3600.0
    return use.amount - steady if use.amount - steady > BURST_WH + 0.5 * steady else 0.0


def left_on(memory: Activity, seconds: float) -> bool | None:
    """Whether more has been on for the last `seconds` (an hour at most) than runs by itself; None if not known yet."""
    count = min(TROUGH_SLOTS, max(1, int(seconds // SLOT_S)))
    if len(memory.slots) < count or not memory.trough.known():
        return None
    return not memory.trough.holds(min(memory.slots[-count:]), 0.02, 0.04)


def mean_power(memory: Activity, sample: MeterSample) -> float | None:
    """Gather energy; return its mean power in watts once a quarter of an hour is full, for homes without power."""
    use = sample.use
    if use is None or use.amount is None:
        memory.wh = memory.wh_s = 0.0
        return None
    memory.wh += use.amount
    memory.wh_s += use.seconds
    if memory.wh_s < _MEAN_S:
        return None
    watts = memory.wh * 3600.0 / memory.wh_s
    memory.wh = memory.wh_s = 0.0
    return watts


def _is_step(memory: Activity, before: float, after: float) -> bool:
    larger = max(before, after)
    size = abs(after - before)
    if size < _LEAST_STEP_W + 0.02 * larger:
        return False
    if not memory.idle.known():
        return not _FIRST_COLD_W[0] <= size <= _FIRST_COLD_W[1]
    if memory.idle.holds(before, 0.015, 0.02) and memory.idle.holds(after, 0.015, 0.02):
        return False
    return not memory.idle.steps_by(size, 4.0 + 0.02 * larger + 0.1 * size)


def _switched(memory: Activity, slot: int) -> LoadStep | None:
    """Return when the trough changed as only a person changes it, or None."""
    earlier, now = min(memory.slots[:TROUGH_SLOTS]), min(memory.slots[TROUGH_SLOTS:])
    if abs(now - earlier) < max(_TROUGH_STEP_W, 0.06 * max(now, earlier)) or not memory.trough.known():
        return None
    # the least of an hour falls at once when something is switched off, and rises an hour after it was switched on
    at = (slot if now < earlier else slot - TROUGH_SLOTS) * SLOT_S
    if at - memory.switched < TROUGH_SLOTS * SLOT_S:
        return None
    if memory.trough.holds(now, 0.02, 0.04) and memory.trough.holds(earlier, 0.02, 0.04):
        return None
    memory.switched = at
    return LoadStep(at, abs(now - earlier))


def _wait(memory: Activity, hour: float, has_water: bool) -> None:
    """Slots older than an hour move into the quiet's own counts; they are learned if the quiet was a deep one."""
    level, trough = memory.slots[-1], min(memory.slots[-TROUGH_SLOTS:])
    if not has_water:
        if _NIGHT[0] <= hour < _NIGHT[1]:
            memory.idle.count(level)
            memory.trough.count(trough)
        return
    memory.fresh.append((level, trough))
    if len(memory.fresh) <= _EDGE_SLOTS:
        return
    level, trough = memory.fresh.pop(0)
    since_draw = memory.slot * SLOT_S - memory.last_draw - _EDGE_SLOTS * SLOT_S
    if memory.last_draw and since_draw >= 3600.0:
        Levels.put(memory.quiet_idle, level)
    if memory.last_draw and since_draw >= 7200.0:
        Levels.put(memory.quiet_trough, trough)
