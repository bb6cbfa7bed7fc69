"""Own loads: which load steps run by themselves in this home, so that they show nobody. Pure.

Heaters, timers, pumps and dehumidifiers repeat: by size, and by period, clock time or in the middle of the night, and
without water beside them. What only a hand can do does not. Each step is put with those of its size; what is not alone
(water within half an hour) is a person's, what is alone is judged by the steps of its size before it:
- in the night, several times a fortnight: it runs by itself;
- at the same distance from one another again and again: it runs by itself;
- at the same minute of the day on most days: a timer;
- as large as a heater, and of no size known as a hand's: nobody's, until it is known better.
Times in epoch seconds, sizes in watts (steps) or watt hours (bursts).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

NEAR_S = 1800.0
"""Water so near to a step makes it a person's."""
_LARGE_W = 700.0
_RATIO = math.log(1.2)
_KEPT = 14
_REMEMBERS_MIN = 14 * 1440
_ONE_CYCLE_MIN = 20
"""Switching on and off again within this is one event."""
_NIGHT = (0.5, 5.0)
_NIGHTS = 3
_PERIODIC_LEAST, _PERIODIC_SHARE, _PERIODIC_WIDTH = 6, 0.7, 0.25
_CLOCK_MIN = 10
_CLOCK_BINS = 1440 // _CLOCK_MIN
_WEEK, _TIMER_DAYS = 0b11111110, 5
"""The seven days before today, and on how many of them a timer has switched at this time of the day."""
_LEARNING_MIN = 7 * 1440
"""In the first week of a home large loads show nobody by themselves: heaters are not known yet."""


@dataclass(slots=True)
class StepSize:
    """The steps of about one size. Short, for every home keeps some dozens: whole minutes and days since 1970."""

    first: int = 0
    alone: list[int] = field(default_factory=list)
    """Minutes of the last ones without water beside them."""
    nights: list[int] = field(default_factory=list)
    """Days in whose night some of these came."""
    clock: dict[str, int] = field(default_factory=dict)
    """By ten minutes of the day: on which of the last days any came, today in the lowest bit."""
    clock_day: int = 0


@dataclass(slots=True)
class OwnLoads:
    """The sizes seen in a home, by a key of kind and size; the steps whose company is not known yet; the last draw."""

    sizes: dict[str, StepSize] = field(default_factory=dict)
    waiting: list[tuple[float, str, float]] = field(default_factory=list)
    """(when, key, local hour) of steps that may still turn out to have had water beside them."""
    drawn: float = 0.0
    begun: int = 0
    """The minute of the first step ever."""
    hint_at: float = 0.0
    hint: str = ""
    """The last step that shows a person, and its key: while an alarm stands one step alone is not enough."""


def restored(sizes: dict[str, dict[str, Any]] | None = None, **rest: Any) -> OwnLoads:
    """Return the memory that was stored."""
    waiting = [(at, key, hour) for at, key, hour in rest.get("waiting", [])]
    return OwnLoads(
        **(rest | {"sizes": {key: StepSize(**row) for key, row in (sizes or {}).items()}, "waiting": waiting})
    )


def note_draw(memory: OwnLoads, at: float) -> None:
    """Water was drawn at `at`: the steps of the last half hour were a person's."""
    memory.drawn = max(memory.drawn, at)
    if memory.waiting:
        memory.waiting = [one for one in memory.waiting if not 0.0 <= at - one[0] <= NEAR_S]


def note_step(memory: OwnLoads, amount: float, at: float, hour: float, *, is_burst: bool = False) -> bool:
    """Take in a step of `amount` at `at`, local `hour`; return whether it shows a person by itself."""
    _settle(memory, at)
    memory.begun = memory.begun or int(at // 60)
    key = _key(amount, is_burst)
    size = memory.sizes.get(key)
    if size is None:
        size = memory.sizes[key] = StepSize(first=int(at // 60))
    near = _near(memory, key)
    is_timed = _is_timed(near, at, hour)
    _note_clock(size, at, hour)
    if 0.0 <= at - memory.drawn <= NEAR_S:
        return True
    memory.waiting.append((at, key, hour))
    return (memory.drawn == 0.0 or not is_timed) and _is_hand(memory, near, amount, at, is_burst)


def is_confirmed(memory: OwnLoads, amount: float, at: float, *, is_burst: bool = False) -> bool:
    """Take in a step that shows a person; return whether another one, of another size, came within half an hour."""
    key = _key(amount, is_burst)
    before, before_at = memory.hint, memory.hint_at
    memory.hint, memory.hint_at = key, at
    if not before or not 0.0 < at - before_at <= NEAR_S:
        return False
    return before[0] != key[0] or abs(int(before[1:]) - int(key[1:])) > 1


def _settle(memory: OwnLoads, at: float) -> None:
    """Steps beside which no water came in time were alone."""
    if not memory.waiting or at - memory.waiting[0][0] <= NEAR_S:
        return
    for when, key, hour in memory.waiting:
        size = memory.sizes.get(key)
        if at - when <= NEAR_S or size is None:
            continue
        minute = int(when // 60)
        if not size.alone or minute - size.alone[-1] > _ONE_CYCLE_MIN:
            size.alone = [*(one for one in size.alone if minute - one < _REMEMBERS_MIN), minute][-_KEPT:]
        if _NIGHT[0] <= hour < _NIGHT[1] and minute // 1440 not in size.nights:
            size.nights = [*size.nights, minute // 1440][-_NIGHTS - 1 :]
    memory.waiting = [one for one in memory.waiting if at - one[0] <= NEAR_S]
    stale = [key for key, size in memory.sizes.items() if _is_forgotten(size, int(at // 60))]
    for key in stale:
        del memory.sizes[key]


def _is_forgotten(size: StepSize, minute: int) -> bool:
    newest = max(size.alone[-1] if size.alone else size.first, size.clock_day * 1440)
    return minute - newest > 2 * _REMEMBERS_MIN


def _key(amount: float, is_burst: bool) -> str:
    return f"{'b' if is_burst else 's'}{round(math.log(max(amount, 1.0)) / _RATIO)}"


def _near(memory: OwnLoads, key: str) -> list[StepSize]:
    """Return the sizes that a step of this one may have been counted with: its own and its neighbours."""
    kind, number = key[0], int(key[1:])
    names = (f"{kind}{number - 1}", key, f"{kind}{number + 1}")
    return [memory.sizes[name] for name in names if name in memory.sizes]


def _note_clock(size: StepSize, at: float, hour: float) -> None:
    """Write down that a step of this size came at this time of the day, today."""
    day = _local_day(at, hour)
    if day != size.clock_day:
        passed = max(0, min(day - size.clock_day, 8))
        shifted = {name: days << passed & 0xFF for name, days in size.clock.items()}
        size.clock = {name: days for name, days in shifted.items() if days}
        size.clock_day = max(day, size.clock_day)
    name = str(int(hour * 60 // _CLOCK_MIN) % _CLOCK_BINS)
    size.clock[name] = size.clock.get(name, 0) | 1


def _local_day(at: float, hour: float) -> int:
    return round((at / 3600.0 - hour) / 24.0)


def _is_timed(near: list[StepSize], at: float, hour: float) -> bool:
    """Whether steps of this size came at about this time of the day on most of the last seven days."""
    day, here = _local_day(at, hour), int(hour * 60 // _CLOCK_MIN)
    days = 0
    for size in near:
        passed = max(0, min(day - size.clock_day, 8))
        for name in (here - 1, here, here + 1):
            days |= size.clock.get(str(name % _CLOCK_BINS), 0) << passed
    return (days & _WEEK).bit_count() >= _TIMER_DAYS


def _is_hand(memory: OwnLoads, near: list[StepSize], amount: float, at: float, is_burst: bool) -> bool:
    minute = int(at // 60)
    alone = sorted(one for size in near for one in size.alone if minute - one < _REMEMBERS_MIN)
    nights = {one for size in near for one in size.nights if minute // 1440 - one <= _REMEMBERS_MIN // 1440}
    if is_periodic(alone):
        return False
    if memory.drawn == 0.0:
        # without a water meter nothing says which steps came alone: the night's may be hers
        return True
    if len(nights) >= _NIGHTS:
        return False
    if not is_burst and amount < _LARGE_W:
        return True
    return minute - memory.begun >= _LEARNING_MIN


def is_periodic(alone: list[int]) -> bool:
    """Whether events (minutes, ascending) keep about one distance from each other, some of them left out."""
    gaps = [after - before for before, after in pairwise(alone) if after - before > _ONE_CYCLE_MIN]
    if len(gaps) < _PERIODIC_LEAST:
        return False
    period = sorted(gaps)[len(gaps) // 3]
    if period > 720:
        return False
    fits = sum(abs(gap - period) <= _PERIODIC_WIDTH * period for gap in gaps)
    return fits >= _PERIODIC_SHARE * len(gaps)
