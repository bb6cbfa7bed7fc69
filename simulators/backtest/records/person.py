"""A fast seeded person: homes for tests and for a back-test that needs nothing but numpy.

An elder living alone, with a personal day (rising, meals, market, nap, evening, nights), a fridge and stand-by. It is
deliberately not the generator on which figures are reported (see tests/bench/homes.py). Must not know: detectors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from simulators.backtest.records.world import ASLEEP, OUT, UP, Bytes, Floats, World

DAY = 1440


@dataclass(frozen=True, slots=True)
class PersonHabits:
    """One person's ways: minutes of the day, minutes of spread, chances per day."""

    rise: float
    rise_spread: float
    bed: float
    bed_spread: float
    outing_chance: float
    outing_at: float
    outing_spread: float
    outing_length: float
    night_away_chance: float
    nap_chance: float
    night_visits: float
    pace: float
    """Signs of life per waking hour."""
    television_w: float
    lamp_w: float
    fridge_w: float
    fridge_on: int
    fridge_off: int
    idle_w: float


@dataclass(slots=True)
class _Draft:
    """The arrays while they are being filled."""

    water: Floats
    person: Floats
    where: Bytes
    absences: list[tuple[int, int]] = field(default_factory=list)


def draw_habits(rng: np.random.Generator, steady: bool) -> PersonHabits:
    """Return the ways of a new person, of steady or irregular life."""
    loose = 1.0 if steady else 3.0
    return PersonHabits(
        rise=rng.normal(6.3 * 60, 40),
        rise_spread=rng.uniform(12, 25) * loose,
        bed=rng.normal(21.6 * 60, 40),
        bed_spread=rng.uniform(15, 28) * loose,
        outing_chance=rng.uniform(0.5, 0.9) if steady else rng.uniform(0.4, 1.2),
        outing_at=rng.normal(9.0 * 60, 60),
        outing_spread=25.0 * loose,
        outing_length=rng.uniform(50, 110) * (1.0 if steady else 1.8),
        night_away_chance=rng.uniform(0.0, 0.02) if steady else rng.uniform(0.02, 0.06),
        nap_chance=rng.uniform(0.2, 0.9),
        night_visits=rng.uniform(0.3, 1.8),
        pace=rng.uniform(1.4, 2.6),
        television_w=rng.uniform(45, 120),
        lamp_w=rng.uniform(6, 40),
        fridge_w=rng.uniform(60, 130),
        fridge_on=int(rng.integers(12, 25)),
        fridge_off=int(rng.integers(25, 50)),
        idle_w=rng.uniform(5, 30),
    )


def live(
    home: str, seed: int, days: int, *, steady: bool = True, start: datetime | None = None, zone: str = "Asia/Shanghai"
) -> World:
    """Return `days` days of a seeded person; the same seed gives the same life."""
    rng = np.random.default_rng([seed, 1])
    habits = draw_habits(rng, steady)
    begin = start or datetime(2026, 3, 2, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    size = days * DAY
    draft = _Draft(np.zeros(size), np.zeros(size), np.full(size, UP, dtype=np.int8))
    _sleep(draft, habits, rng, days)
    _outings(draft, habits, rng, days)
    _use(draft, habits, rng, days)
    out = draft.where == OUT
    draft.water[out] = 0.0
    draft.person[out] = 0.0
    return World(
        home,
        zone,
        begin,
        draft.water,
        _base(habits, rng, size),
        draft.person,
        draft.where,
        tuple(draft.absences),
        steady,
    )


def _sleep(draft: _Draft, habits: PersonHabits, rng: np.random.Generator, days: int) -> None:
    for day in range(days + 1):
        bed = int(day * DAY - DAY + rng.normal(habits.bed, habits.bed_spread))
        rise = int(day * DAY + rng.normal(habits.rise, habits.rise_spread))
        draft.where[max(bed, 0) : max(min(rise, draft.where.size), 0)] = ASLEEP
        if day < days and rng.random() < habits.nap_chance:
            nap = int(day * DAY + rng.normal(13 * 60, 25))
            draft.where[nap : nap + int(rng.uniform(40, 110))] = ASLEEP


def _outings(draft: _Draft, habits: PersonHabits, rng: np.random.Generator, days: int) -> None:
    day = 0
    while day < days:
        if day > 2 and rng.random() < habits.night_away_chance:
            nights = int(rng.integers(1, 4))
            leave = int(day * DAY + rng.normal(10 * 60, 90))
            back = int((day + nights) * DAY + rng.normal(16 * 60, 120))
            _away(draft, leave, back)
            day += nights + 1
            continue
        for _ in range(int(rng.random() < habits.outing_chance) + int(rng.random() < habits.outing_chance - 1.0)):
            leave = int(day * DAY + rng.normal(habits.outing_at, habits.outing_spread))
            length = habits.outing_length * rng.lognormal(0.0, 0.4)
            if draft.where[min(max(leave, 0), draft.where.size - 1)] == UP:
                _away(draft, leave, int(leave + length))
        day += 1


def _away(draft: _Draft, leave: int, back: int) -> None:
    leave, back = max(leave, 0), min(back, draft.where.size)
    draft.where[leave:back] = OUT
    if back - leave >= 360:
        draft.absences.append((leave, back))


def _use(draft: _Draft, habits: PersonHabits, rng: np.random.Generator, days: int) -> None:
    """Put in water and switched-on loads: by the minute awake, at rising, at bedtime, at meals, at night."""
    up = draft.where == UP
    drawn = np.flatnonzero(up & (rng.random(up.size) < habits.pace / 60.0))
    draft.water[drawn] += rng.choice([1.5, 3.0, 6.0, 6.0, 9.0], drawn.size)
    for edge in np.flatnonzero(np.diff(draft.where != OUT)) + 1:
        draft.water[edge : edge + 1] += rng.choice([0.0, 6.0, 3.0])
    rises = np.flatnonzero((draft.where[1:] == UP) & (draft.where[:-1] == ASLEEP)) + 1
    for rise in rises:
        draft.water[min(int(rise + rng.exponential(8)), draft.water.size - 1)] += 6.0
    night = np.flatnonzero((draft.where == ASLEEP) & (rng.random(up.size) < habits.night_visits / 480.0))
    draft.water[night] += 6.0
    _lights(draft, habits, rng, night)
    for day in range(days):
        for hour, watts, length in ((7, 1200, 5), (11.5, 1500, 25), (17.5, 1500, 25)):
            at = int(day * DAY + rng.normal(hour * 60, 25))
            if up[min(max(at, 0), up.size - 1)] and rng.random() < 0.85:
                draft.person[at : at + length] += watts
                draft.water[at : at + length : 6] += 2.0
        television = int(day * DAY + rng.normal(18.8 * 60, 20))
        stretch = slice(television, television + int(rng.uniform(60, 170)))
        draft.person[stretch] += habits.television_w * up[stretch]


def _lights(draft: _Draft, habits: PersonHabits, rng: np.random.Generator, night: np.ndarray) -> None:
    for minute in night:
        draft.person[minute - 2 : minute + 4] += habits.lamp_w
    hour = (np.arange(draft.where.size) % DAY) / 60.0
    dark = ((hour < 6.8) | (hour > 17.5)) & (draft.where == UP)
    draft.person += dark * habits.lamp_w * (np.sin(np.arange(dark.size) / rng.uniform(11, 19)) > -0.4)


def _base(habits: PersonHabits, rng: np.random.Generator, size: int) -> Floats:
    """Return fridge and stand-by: the compressor's cycle wanders a little, as real ones do."""
    base = np.full(size, habits.idle_w)
    minute = int(rng.integers(0, habits.fridge_off))
    while minute < size:
        length = max(4, int(rng.normal(habits.fridge_on, 2)))
        base[minute : minute + length] += habits.fridge_w * rng.normal(1.0, 0.02)
        minute += length + max(6, int(rng.normal(habits.fridge_off, 4)))
    return base


def street(homes: int, days: int, *, first_seed: int, irregular: float = 0.4) -> list[World]:
    """Return a street of homes with the seeds from `first_seed` on, the last `irregular` share of them irregular."""
    steady = homes - round(homes * irregular)
    return [live(f"p{first_seed + n}", first_seed + n, days, steady=n < steady) for n in range(homes)]
