"""Independent simulated homes: water by pysimdeum, power by richardsonpy, one presence for both.

Run it in an environment of its own (`pip install -r tests/bench/requirements-homes.in`), since pysimdeum needs
pandas < 3. It writes one `.npz` a home, minute by minute, which `linshe-sim backtest --homes DIR` reads.

    python tests/bench/homes.py --out DIR --first-seed 1000 --count 20 --days 75

Seeds 1000–1999 are training homes, 2000–2999 reporting homes; the ranges never mix. Traps answered here:
richardsonpy 0.2.3 reads the activity table at row 5n+k where it has 6 rows per n (the table is re-indexed), starts each
appliance anew at midnight (days are run from 04:00 to 04:00, when little is on), and draws from both `random` and
`numpy.random` (both are seeded for each day); pysimdeum 1.0.1 draws one presence for all days (here: one for each day,
by our own diary, shared with the power).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pysimdeum.core.house import House
from pysimdeum.core.statistics import Statistics
from pysimdeum.core.user import User
from richardsonpy.classes import appliance as appliances
from richardsonpy.classes import electric_load, lighting, stochastic_el_load_wrapper
from richardsonpy.functions import change_resolution, load_radiation

DAY = 1440
ASLEEP, UP, OUT = 0, 1, 2
SEAM = 240
"""Minute of the day at which a day of power begins and ends: richardsonpy forgets what is on at its seam."""
COLD = range(4)
"""Rows of richardsonpy's table that are fridges and freezers: nobody's sign of life."""
TOO_YOUNG_FOR = ("Fax", "Printer", "Personal computer")


@dataclass(frozen=True)
class Ways:
    """The diary's habits, in minutes of the day and minutes of spread."""

    rise: float
    rise_spread: float
    bed: float
    bed_spread: float
    outings: tuple[tuple[float, float, float, float], ...]
    """Chance per day, minute of leaving, its spread, length."""
    weekly: tuple[int, float, float]
    """A weekday with a fixed date: weekday, minute of leaving, length."""
    nights_away_per_month: float
    nights_away: tuple[int, int]
    nap: float
    visits: float
    """Night visits to the bathroom."""
    bad_day: float
    """Chance of a slow day: later up, longer naps."""


def ways(rng: np.random.Generator, steady: bool) -> Ways:
    """Draw a person's ways."""
    if steady:
        outings = ((rng.uniform(0.5, 0.95), rng.normal(9 * 60, 50), rng.uniform(10, 25), rng.uniform(45, 110)),)
        if rng.random() < 0.5:
            outings += ((rng.uniform(0.1, 0.5), rng.normal(15 * 60, 40), rng.uniform(15, 30), rng.uniform(40, 120)),)
        return Ways(
            rng.normal(6.2 * 60, 40),
            rng.uniform(10, 22),
            rng.normal(21.5 * 60, 40),
            rng.uniform(14, 28),
            outings,
            (int(rng.integers(7)), rng.normal(10 * 60, 60), rng.uniform(180, 420)),
            rng.uniform(0.0, 0.8),
            (1, 2),
            rng.uniform(0.3, 0.9),
            rng.uniform(0.3, 1.8),
            rng.uniform(0.01, 0.04),
        )
    outings = tuple(
        (rng.uniform(0.15, 0.5), rng.uniform(8 * 60, 18 * 60), rng.uniform(60, 140), rng.uniform(60, 300))
        for _ in range(3)
    )
    return Ways(
        rng.normal(7.2 * 60, 60), rng.uniform(35, 70), rng.normal(22.5 * 60, 50), rng.uniform(40, 75), outings,
        (int(rng.integers(7)), rng.uniform(9 * 60, 15 * 60), rng.uniform(120, 480)),
        rng.uniform(0.5, 2.5), (1, 4), rng.uniform(0.1, 0.7), rng.uniform(0.2, 2.0), rng.uniform(0.03, 0.12),
    )  # fmt: skip


def diary(w: Ways, rng: np.random.Generator, days: int, first_weekday: int) -> np.ndarray:
    """Return where the person is in each minute."""
    where = np.full(days * DAY, UP, dtype=np.int8)

    def put(a: float, b: float, what: int) -> None:
        where[max(int(a), 0) : max(int(b), 0)] = what

    for day in range(days + 1):
        slow = rng.random() < w.bad_day
        bed = (day - 1) * DAY + rng.normal(w.bed, w.bed_spread)
        rise = day * DAY + rng.normal(w.rise, w.rise_spread) + (rng.uniform(60, 180) if slow else 0)
        put(bed, rise, ASLEEP)
        if rng.random() < (0.95 if slow else w.nap):
            nap = day * DAY + rng.normal(12.9 * 60, 25)
            put(nap, nap + rng.uniform(40, 100) + (rng.uniform(30, 120) if slow else 0), ASLEEP)
        if slow:
            continue
        for chance, at, spread, length in w.outings:
            if rng.random() < chance:
                leave = day * DAY + rng.normal(at, spread)
                put(leave, leave + length * rng.lognormal(0, 0.35), OUT)
        weekday, at, length = w.weekly
        if (first_weekday + day) % 7 == weekday and rng.random() < 0.85:
            leave = day * DAY + rng.normal(at, 25)
            put(leave, leave + length * rng.lognormal(0, 0.2), OUT)
    day = 3
    while day < days:
        if rng.random() < w.nights_away_per_month / 30:
            nights = int(rng.integers(w.nights_away[0], w.nights_away[1] + 1))
            if rng.random() < 0.08:
                nights += 5
            put(day * DAY + rng.normal(10 * 60, 90), (day + nights) * DAY + rng.normal(16 * 60, 120), OUT)
            day += nights + 2
        day += 1
    return where


class Water:
    """pysimdeum's end uses of one elder, a day at a time, with our presence."""

    def __init__(self, seed: int) -> None:
        np.random.seed(seed)
        stats = Statistics()
        self.house = House(house_type="one_person", statistics=stats)
        self.house.users = [User(id="user_1", age="senior", gender="female", job=False)]
        self.house.furnish_house()

    def day(self, where: np.ndarray, seed: int) -> np.ndarray:
        """Return litres per minute of a day."""
        np.random.seed(seed)
        user = self.house.users[0]
        user.presence = pd.Series(_weights(where).repeat(60))
        flow = np.zeros((86_400, 2, len(self.house.appliances), 1, 2))
        for row, appliance in enumerate(self.house.appliances):
            flow = appliance.simulate(flow, users=self.house.users, ind_enduse=row, pattern_num=0, day_num=0)
        litres = flow[:, :, :, 0, 0].sum(axis=(1, 2)).reshape(DAY, 60).sum(axis=1)
        return np.where(where == OUT, 0.0, litres)


def _weights(where: np.ndarray) -> np.ndarray:
    """Return pysimdeum's own weights: 65 % in the half hours at the edges of being up, 1.5 % at night."""
    up = where == UP
    edge = np.flatnonzero(np.diff(up.astype(int))) + 1
    near = np.zeros(DAY, dtype=bool)
    for minute in edge:
        near[max(minute - 30, 0) : minute + 30] = True
    weight = np.zeros(DAY)
    for mask, share in ((up & near, 0.50), (up & ~near, 0.485), (where == ASLEEP, 0.015), (where == OUT, 0.0)):
        if mask.any():
            weight[mask] = max(share, 1e-9) / mask.sum()
    # a day spent out keeps its hours' weight: what would have been drawn then is not drawn at home instead
    weight[where == OUT] = 1.0 / DAY
    return weight / weight.sum()


class Power:
    """richardsonpy's appliances and lamps of one household, a day at a time."""

    def __init__(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)
        folder = Path(electric_load.__file__).parent.parent / "inputs"
        self.appliances = appliances.Appliances(
            str(folder / "Appliances.csv"), annual_consumption=1400, randomize_appliances=True, prev_heat_dev=True
        )
        with (folder / "Appliances.csv").open(encoding="utf8") as file:
            names = [line.split(";")[1] for line in file][1:]
        for row, name in enumerate(names):
            if name in TOO_YOUNG_FOR:
                self.appliances.data[row][0] = 0
        if not any(self.appliances.data[row][0] for row in COLD):
            self.appliances.data[1][0] = 1
        self.bulbs = lighting.load_lighting_profile(str(folder / "LightBulbs.csv"), index=seed % 100)
        # the sheet's bulbs are incandescent and numerous: an elder's flat has fewer, and most are LED by now
        self.bulbs = [max(4.0, watts / (1.0 if n % 4 == 0 else 6.0)) for n, watts in enumerate(self.bulbs)][:14]
        self.profile = stochastic_el_load_wrapper.ElectricityProfile(self.appliances, self.bulbs)
        direct, diffuse = load_radiation.get_rad_from_try_path()
        sun = change_resolution.change_resolution(direct + diffuse, old_res=3600, new_res=60)
        self.sun = np.asarray(sun)
        self.tables = {kind: _one_person_rows(rows) for kind, rows in self.profile.activity_statistics.items()}

    def day(self, where: np.ndarray, number: int, weekend: bool, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return watts per minute from `SEAM` on: what runs by itself, and what somebody switched on."""
        random.seed(seed)
        np.random.seed(seed % 2**32)
        active = [int((where[n * 10 : n * 10 + 10] == UP).mean() >= 0.5) for n in range(144)]
        sun = np.roll(self.sun[((number - 1) % 365) * DAY :][:DAY], -SEAM)
        lamps = lighting.run_lighting_simulation(active, self.bulbs, sun, self.profile.lighting_config)
        month = min(12, number % 365 // 31 + 1)
        loads = appliances.run_application_simulation(
            active, self.appliances, self.tables["we" if weekend else "wd"], month
        )
        base = np.zeros(DAY)
        person = np.asarray(lamps, dtype=float).sum(axis=0)
        for row, load in enumerate(np.asarray(loads, dtype=float)):
            idle = self.appliances.data[row][5] if self.appliances.data[row][0] else 0.0
            if row in COLD:
                base += load
            else:
                base += idle
                person += np.maximum(load - idle, 0.0)
        return base, np.where(where == OUT, 0.0, person)


def _one_person_rows(rows: list[list[float]]) -> list[list[float]]:
    """Return the activity table such that row 5·1+k is activity k of one active occupant (it is at 6·1+k).

    Its columns (two of heading, then 144 of ten minutes) are turned so that a day begins at `SEAM`.
    """
    shifted = [list(row) for row in rows]
    for kind in range(6):
        shifted[5 + kind] = rows[6 + kind]
    turn = SEAM // 10
    return [row[:2] + row[2 + turn :] + row[2 : 2 + turn] for row in shifted]


def build(seed: int, steady: bool, days: int, out: Path) -> str:
    """Make one home and write it."""
    zone, start = ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    rng = np.random.default_rng([seed, 5])
    person = ways(rng, steady)
    where = diary(person, rng, days, start.weekday())
    water_model, power_model = Water(seed), Power(seed)
    size = days * DAY
    water, base, load = np.zeros(size), np.zeros(size), np.zeros(size)
    for day in range(days):
        today = slice(day * DAY, day * DAY + DAY)
        water[today] = water_model.day(where[today], seed * 1000 + day)
    for day in range(-1, days):
        a, b = day * DAY + SEAM, day * DAY + DAY + SEAM
        lo, hi = max(a, 0), min(b, size)
        today = np.full(DAY, ASLEEP, dtype=np.int8)
        today[lo - a : hi - a] = where[lo:hi]
        date = start + timedelta(days=day)
        alone, switched = power_model.day(today, date.timetuple().tm_yday, date.weekday() >= 5, seed * 1000 + day + 1)
        base[lo:hi] = alone[lo - a : hi - a]
        load[lo:hi] = switched[lo - a : hi - a]
    night_visits(where, water, load, person, rng)
    load[where == OUT] = 0.0
    name = f"s{seed}"
    meta = {
        "home": name, "zone": zone.key, "start": start.astimezone(UTC).isoformat(), "steady": steady,
        "absences": [[int(a), int(b)] for a, b in stretches(where == OUT) if b - a >= 360],
    }  # fmt: skip
    np.savez_compressed(
        out / f"{name}.npz",
        meta=np.array(json.dumps(meta)),
        water=water.astype(np.float32),
        base=base.astype(np.float32),
        person=load.astype(np.float32),
        where=where,
    )
    return name


def night_visits(where: np.ndarray, water: np.ndarray, load: np.ndarray, w: Ways, rng: np.random.Generator) -> None:
    """Put in the visits to the bathroom at night: a flush, mostly with a lamp."""
    asleep = where == ASLEEP
    lamp = rng.uniform(5, 40)
    for minute in np.flatnonzero(asleep & (rng.random(where.size) < w.visits / 480.0)):
        water[minute] += 6.0
        if rng.random() < 0.8:
            load[minute - 2 : minute + 4] += lamp


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """Return the runs of true minutes."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2], strict=True))


def main() -> int:
    """Make the homes asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first-seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--days", type=int, default=75)
    parser.add_argument("--irregular", type=float, default=0.4)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    steady = asked.count - round(asked.count * asked.irregular)
    with ProcessPoolExecutor(asked.workers) as pool:
        jobs = [pool.submit(build, asked.first_seed + n, n < steady, asked.days, asked.out) for n in range(asked.count)]
        for number, job in enumerate(jobs, 1):
            sys.stderr.write(f"\r{number}/{asked.count} homes, {job.result()}  ")
    sys.stderr.write("\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
