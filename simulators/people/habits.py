"""Habits: what one person and home are like, drawn once from a seed. Hours are local time of day, spreads in hours."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Habits:
    """One person's usual day and the appliances of the home."""

    wake_h: float
    bed_h: float
    breakfast_after_h: float
    lunch_h: float
    dinner_h: float
    spread_h: float
    """Standard deviation of getting up and going to bed; meals have two thirds of it."""
    weekend_shift_h: float
    outing_chance: float
    outing_h: float
    outing_hours: float
    second_outing_chance: float
    nap_chance: float
    guest_chance: float
    night_toilets: float
    toilet_every_h: float
    flush_l: float
    shower_chance: float
    laundry_chance: float
    television_hours: float
    drip_l_per_h: float
    lamp_w: float
    television_w: float
    kettle_w: float
    hob_w: float
    heater_w: float
    fridge_w: float
    fridge_on_s: float
    fridge_off_s: float
    standby_w: float


def draw_habits(seed: str) -> Habits:
    """Return the habits that belong to `seed`; two in three people are steady, the others are not."""
    rng = Random(f"{seed}/habits")  # noqa: S311 - a play, not a secret
    steady = rng.random() < 0.67
    wake = rng.gauss(6.2, 0.6)
    return Habits(
        wake_h=min(8.0, max(4.8, wake)),
        bed_h=min(23.6, max(20.2, rng.gauss(21.7, 0.7))),
        breakfast_after_h=rng.uniform(0.4, 1.0),
        lunch_h=rng.gauss(11.6, 0.3),
        dinner_h=rng.gauss(17.6, 0.4),
        spread_h=rng.uniform(0.2, 0.4) if steady else rng.uniform(0.6, 1.0),
        weekend_shift_h=rng.uniform(0.0, 0.3) if steady else rng.uniform(0.0, 0.9),
        outing_chance=rng.uniform(0.5, 0.9),
        outing_h=rng.choice([8.3, 9.2, 14.3]) + rng.uniform(-0.3, 0.3),
        outing_hours=rng.uniform(0.8, 2.2),
        second_outing_chance=rng.uniform(0.05, 0.4),
        nap_chance=rng.uniform(0.2, 0.8),
        guest_chance=rng.uniform(0.02, 0.15),
        night_toilets=rng.uniform(0.5, 2.2),
        toilet_every_h=rng.uniform(1.8, 3.2),
        flush_l=rng.choice([4.5, 6.0, 6.0, 9.0]),
        shower_chance=rng.uniform(0.25, 0.8),
        laundry_chance=rng.uniform(0.1, 0.3),
        television_hours=rng.uniform(2.0, 6.0),
        drip_l_per_h=rng.choice([0.0, 0.0, 0.0, 0.0, 0.4]),
        lamp_w=rng.uniform(12, 45),
        television_w=rng.uniform(55, 130),
        kettle_w=rng.uniform(1500, 1900),
        hob_w=rng.uniform(900, 1600),
        heater_w=rng.choice([0.0, 1500.0, 2000.0]),
        fridge_w=rng.uniform(70, 130),
        fridge_on_s=rng.uniform(700, 1200),
        fridge_off_s=rng.uniform(1500, 2700),
        standby_w=rng.uniform(6, 24),
    )
