"""Day: what one person does on one date, as uses of water and power. Times inside are minutes after local midnight."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from simulators.people.habits import Habits
from simulators.people.use import DrawnUse

_MINUTES = 60.0


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One date of one person. `wake` and `bed` are seconds since 1970; `outings` are (from, until) pairs."""

    wake: float
    bed: float
    water: tuple[DrawnUse, ...]
    power: tuple[DrawnUse, ...]
    outings: tuple[tuple[float, float], ...]


def local_seconds(day: date, minutes: float, zone: ZoneInfo) -> float:
    """Return `minutes` after local midnight of `day` as seconds since 1970; summer time is the zone's business."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    return wall.astimezone(UTC).timestamp()


@dataclass(slots=True)
class _Draft:
    """A day being written."""

    habits: Habits
    rng: Random
    water: list[tuple[float, float, float]] = field(default_factory=list)
    power: list[tuple[float, float, float, bool]] = field(default_factory=list)
    outings: list[tuple[float, float]] = field(default_factory=list)

    def near(self, minutes: float, spread_h: float) -> float:
        return self.rng.gauss(minutes, spread_h * _MINUTES)

    def draw(self, at: float, litres: float, lpm: float) -> None:
        self.water.append((at, litres / lpm, lpm))

    def run(self, at: float, minutes: float, watts: float, stays: bool = False) -> None:
        if minutes > 0 and watts > 0:
            self.power.append((at, minutes, watts, stays))

    def flush(self, at: float) -> None:
        self.draw(at, self.habits.flush_l, 6.0)
        self.draw(at + 1.2, self.rng.uniform(0.6, 2.0), 5.0)

    def is_out(self, at: float) -> bool:
        return any(start <= at < end for start, end in self.outings)


def plan_day(habits: Habits, seed: str, day: date, zone: ZoneInfo) -> DayPlan:
    """Return the plan of `day`; the same arguments give the same plan."""
    rng = Random(f"{seed}/{day.isoformat()}")  # noqa: S311 - a play, not a secret
    draft = _Draft(habits, rng)
    shift = habits.weekend_shift_h * _MINUTES if day.weekday() >= 5 else 0.0
    wake = draft.near(habits.wake_h * _MINUTES, habits.spread_h) + shift
    bed = max(wake + 10 * _MINUTES, draft.near(habits.bed_h * _MINUTES, habits.spread_h) + shift)
    _outings(draft, wake, bed)
    _getting_up(draft, wake)
    _meals(draft, wake)
    _toilets(draft, wake, bed)
    _evening(draft, wake, bed)
    _chores(draft, wake, bed)
    _nights(draft, wake)
    return _settle(draft, day, zone, wake, bed)


def _outings(draft: _Draft, wake: float, bed: float) -> None:
    habits, rng = draft.habits, draft.rng
    if rng.random() < habits.outing_chance:
        start = max(wake + 45, draft.near(habits.outing_h * _MINUTES, habits.spread_h))
        length = max(20.0, rng.gauss(habits.outing_hours, 0.4) * _MINUTES)
        draft.outings.append((start, min(start + length, bed - 30)))
    if rng.random() < habits.second_outing_chance:
        start = rng.uniform(15, 18.5) * _MINUTES
        draft.outings.append((start, min(start + rng.uniform(30, 110), bed - 30)))


def _getting_up(draft: _Draft, wake: float) -> None:
    draft.run(wake, draft.rng.uniform(20, 60), draft.habits.lamp_w, stays=True)
    draft.flush(wake + draft.rng.uniform(1, 8))
    draft.draw(wake + draft.rng.uniform(9, 16), draft.rng.uniform(3, 8), 5.0)


def _meals(draft: _Draft, wake: float) -> None:
    habits, rng = draft.habits, draft.rng
    spread = habits.spread_h * 2 / 3
    breakfast = wake + habits.breakfast_after_h * _MINUTES + abs(draft.near(0, spread / 2))
    lunch, dinner = draft.near(habits.lunch_h * _MINUTES, spread), draft.near(habits.dinner_h * _MINUTES, spread)
    for start, size in ((breakfast, 0.5), (lunch, 1.0), (dinner, 0.9)):
        draft.run(start, rng.uniform(3, 5), habits.kettle_w)
        draft.draw(start + 1, rng.uniform(1, 2.5), 6.0)
        draft.run(start + 6, rng.uniform(10, 28) * size, habits.hob_w * rng.uniform(0.6, 1.0))
        draft.draw(start + rng.uniform(6, 12), rng.uniform(2, 6) * size + 1, 5.0)
        draft.draw(start + rng.uniform(35, 55), rng.uniform(4, 12) * size + 2, 6.0)
        draft.run(start, rng.uniform(30, 55), habits.lamp_w * 0.7, stays=True)


def _toilets(draft: _Draft, wake: float, bed: float) -> None:
    at = wake + draft.rng.uniform(0.7, 1.3) * draft.habits.toilet_every_h * _MINUTES
    while at < bed - 30:
        draft.flush(at)
        at += draft.rng.uniform(0.6, 1.4) * draft.habits.toilet_every_h * _MINUTES
    draft.flush(bed - draft.rng.uniform(4, 15))
    draft.draw(bed - draft.rng.uniform(16, 28), draft.rng.uniform(2, 6), 5.0)


def _evening(draft: _Draft, wake: float, bed: float) -> None:
    habits, rng = draft.habits, draft.rng
    dusk = max(wake + 60, draft.near(17.8 * _MINUTES, 0.2))
    draft.run(dusk, bed - dusk, habits.lamp_w, stays=True)
    hours = max(0.5, rng.gauss(habits.television_hours, 0.7))
    start = max(wake + 60, bed - hours * _MINUTES - rng.uniform(5, 40))
    draft.run(start, bed - rng.uniform(2, 20) - start, habits.television_w, stays=True)
    if rng.random() > habits.nap_chance:
        draft.run(rng.uniform(12.6, 14) * _MINUTES, rng.uniform(30, 100), habits.television_w, stays=True)


def _chores(draft: _Draft, wake: float, bed: float) -> None:
    habits, rng = draft.habits, draft.rng
    if rng.random() < habits.shower_chance:
        at = bed - rng.uniform(40, 120)
        draft.draw(at, rng.uniform(25, 55), 7.0)
        draft.run(at - 15, rng.uniform(18, 35), habits.heater_w)
    if rng.random() < habits.laundry_chance:
        at = wake + rng.uniform(60, 240)
        for rinse in range(3):
            draft.draw(at + rinse * 16, rng.uniform(14, 22), 8.0)
        draft.run(at, rng.uniform(40, 60), rng.uniform(150, 350))
    if rng.random() < habits.guest_chance:
        at = rng.uniform(14, 17) * _MINUTES
        draft.run(at, rng.uniform(3, 5), habits.kettle_w)
        for _ in range(rng.randint(1, 3)):
            draft.flush(at + rng.uniform(20, 120))
        draft.draw(at + rng.uniform(60, 150), rng.uniform(6, 15), 6.0)


def _nights(draft: _Draft, wake: float) -> None:
    for _ in range(round(max(0.0, draft.rng.gauss(draft.habits.night_toilets, 0.6)))):
        at = draft.rng.uniform(0.3 * _MINUTES, max(0.5 * _MINUTES, wake - 40))
        draft.flush(at)
        draft.run(at - 0.5, draft.rng.uniform(4, 9), draft.habits.lamp_w * 0.4)


def _settle(draft: _Draft, day: date, zone: ZoneInfo, wake: float, bed: float) -> DayPlan:
    """Nobody draws water while out, and what stays on is switched off on leaving."""

    def when(minutes: float) -> float:
        return local_seconds(day, minutes, zone)

    water = [
        DrawnUse(when(at), when(at) + minutes * 60, lpm / 60)
        for at, minutes, lpm in draft.water
        if not draft.is_out(at)
    ]
    power: list[DrawnUse] = []
    for at, minutes, watts, stays in draft.power:
        if draft.is_out(at):
            continue
        leaves = min((start for start, _ in draft.outings if at < start < at + minutes), default=at + minutes)
        end = leaves if stays else at + minutes
        power.append(DrawnUse(when(at), when(at) + (end - at) * 60, watts, stays))
    outings = tuple((when(start), when(end)) for start, end in draft.outings)
    return DayPlan(when(wake), when(bed), tuple(water), tuple(power), outings)
