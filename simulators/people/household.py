"""Household: one home's water and power as functions of time. Any time may be asked, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from simulators.people.day import DayPlan, local_seconds, plan_day
from simulators.people.habits import Habits, draw_habits
from simulators.people.incidents import Incident, IncidentKind, MeterKind
from simulators.people.use import DrawnUse, Profile

_DAY_MINUTES = 24 * 60
_NOBODY_ACTS = frozenset({IncidentKind.FALL, IncidentKind.AWAY})


@dataclass(frozen=True, slots=True)
class _Day:
    """The counters' state at the start of a local day, and how they move in it."""

    start: float
    end: float
    litres: float
    watt_hours: float
    water: Profile
    power: Profile


class Household:
    """A home from local midnight of `first_day` on. `seed` decides everything but the incidents.

    The registers start at an amount of their own, as those of meters do that have hung there for years.
    """

    def __init__(self, seed: str, zone: ZoneInfo, first_day: date, incidents: Iterable[Incident] = ()) -> None:
        self.seed = seed
        self.habits: Habits = draw_habits(seed)
        self._zone = zone
        self._first_day = first_day
        self._incidents = tuple(sorted(incidents, key=lambda incident: incident.start))
        rng = Random(f"{seed}/registers")  # noqa: S311 - a play, not a secret
        self._start_litres = rng.uniform(20_000, 900_000)
        self._start_watt_hours = rng.uniform(500_000, 20_000_000)
        self._plan = lru_cache(maxsize=16)(self._make_plan)
        self._days: list[_Day] = []
        self._lingering = tuple(self._linger())

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What happens at this home, in order of time."""
        return self._incidents

    @property
    def begins(self) -> float:
        """The first moment that may be asked for, in seconds since 1970."""
        return local_seconds(self._first_day, 0, self._zone)

    def plan(self, day: date) -> DayPlan:
        """Return what the person means to do on `day`, whatever happens."""
        return self._plan(day)

    def water_litres(self, at: float) -> float:
        """Return the water register at `at` (seconds since 1970) in litres; it never falls."""
        day = self._day_at(at)
        return day.litres + day.water.amount(at)

    def energy_watt_hours(self, at: float) -> float:
        """Return the energy register at `at` in watt-hours; it never falls."""
        day = self._day_at(at)
        return day.watt_hours + day.power.amount(at) / 3600

    def power_watts(self, at: float) -> float:
        """Return the power at `at`."""
        return self._day_at(at).power.rate(at)

    def going_on(self, kind: IncidentKind, at: float) -> Incident | None:
        """Return the incident of `kind` that is going on at `at`, None if all is well."""
        return next((one for one in self._incidents if one.kind is kind and one.covers(at)), None)

    def meter_answers(self, meter: MeterKind, at: float) -> bool:
        """Whether the meter can be read at `at`: it hangs on the line, and an electricity meter has current."""
        unplugged = self.going_on(IncidentKind.UNPLUGGED, at)
        if unplugged is not None and meter in unplugged.meters:
            return False
        return meter is not MeterKind.ELECTRICITY or self.going_on(IncidentKind.POWER_CUT, at) is None

    def _make_plan(self, day: date) -> DayPlan:
        return plan_day(self.habits, self.seed, day, self._zone)

    def _day_at(self, at: float) -> _Day:
        index = (datetime.fromtimestamp(at, self._zone).date() - self._first_day).days
        if index < 0:
            raise ValueError(f"{self.seed}: asked for a time before {self._first_day}, the first day of this household")
        while len(self._days) <= index:
            self._days.append(self._next_day())
        return self._days[index]

    def _next_day(self) -> _Day:
        day = self._first_day + timedelta(days=len(self._days))
        start, end = local_seconds(day, 0, self._zone), local_seconds(day + timedelta(days=1), 0, self._zone)
        before = self._days[-1] if self._days else None
        plans = [self.plan(day - timedelta(days=1)), self.plan(day)]
        water = [use for plan in plans for use in plan.water]
        power = [use for plan in plans for use in plan.power]
        return _Day(
            start,
            end,
            before.litres + before.water.total if before else self._start_litres,
            before.watt_hours + before.power.total / 3600 if before else self._start_watt_hours,
            Profile(start, end, [*self._played(water), *self._background_water(start, end)]),
            Profile(start, end, self._with_current([*self._played(power), *self._background_power(day, start, end)])),
        )

    def _played(self, uses: list[DrawnUse]) -> Iterator[DrawnUse]:
        """What becomes of the plan when nobody is up to act."""
        for use in uses:
            idle = next((one for one in self._incidents if one.kind in _NOBODY_ACTS and one.covers(use.start)), None)
            if idle is None:
                yield self._interrupted(use)

    def _interrupted(self, use: DrawnUse) -> DrawnUse:
        """A use that was running when the person fell or left ends there, unless it ends by itself."""
        for one in self._incidents:
            if one.kind in _NOBODY_ACTS and use.start < one.start < use.end and use.stays:
                return replace(use, end=one.start)
        return use

    def _linger(self) -> Iterator[DrawnUse]:
        """Lamps and televisions that a fall left on."""
        for one in self._incidents:
            if one.kind is not IncidentKind.FALL or not one.leaves_on:
                continue
            day = datetime.fromtimestamp(one.start, self._zone).date()
            for plan in (self.plan(day - timedelta(days=1)), self.plan(day)):
                for use in plan.power:
                    if use.stays and use.start < one.start < use.end:
                        yield DrawnUse(one.start, one.end, use.rate, stays=True)

    def _background_water(self, start: float, end: float) -> Iterator[DrawnUse]:
        if self.habits.drip_l_per_h > 0:
            yield DrawnUse(start, end, self.habits.drip_l_per_h / 3600, by_person=False)
        for one in self._incidents:
            if one.kind is IncidentKind.TAP:
                yield DrawnUse(one.start, one.end, one.rate / 60, by_person=False)

    def _background_power(self, day: date, start: float, end: float) -> Iterator[DrawnUse]:
        yield DrawnUse(start, end, self.habits.standby_w, by_person=False)
        yield from self._lingering
        yield from self._fridge(day, start, end)
        for one in self._incidents:
            if one.kind is IncidentKind.STOVE:
                yield DrawnUse(one.start, one.end, one.rate, by_person=False)

    def _fridge(self, day: date, start: float, end: float) -> Iterator[DrawnUse]:
        rng = Random(f"{self.seed}/fridge/{day.isoformat()}")  # noqa: S311 - a play, not a secret
        at = start + rng.uniform(0, self.habits.fridge_off_s)
        while at < end:
            on = self.habits.fridge_on_s * rng.uniform(0.85, 1.2)
            yield DrawnUse(at, min(at + on, end), self.habits.fridge_w * rng.uniform(0.95, 1.05), by_person=False)
            at += on + self.habits.fridge_off_s * rng.uniform(0.85, 1.2)

    def _with_current(self, uses: list[DrawnUse]) -> list[DrawnUse]:
        """Take the hours of power cuts out of every use."""
        cuts = [one for one in self._incidents if one.kind is IncidentKind.POWER_CUT]
        for cut in cuts:
            uses = [
                part
                for use in uses
                for part in (use.clipped(float("-inf"), cut.start), use.clipped(cut.end, float("inf")))
                if part
            ]
        return uses


def utc_datetime(at: float) -> datetime:
    """Return seconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(at, UTC)
