"""How people answer: whether and when they look at their phone, go, arrive, and what they find there. Seeded, pure.

The figures are guesses of ours, in one table, so that they can be argued about: nobody publishes how often volunteers
answer at three in the morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from models.flag import FlagKind, Severity


class Reaction(StrEnum):
    """What somebody does about a question."""

    GOES = "goes"
    CANNOT = "cannot"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class ResponderHabits:
    """Of those who are asked: the share that looks at all by day and by night, goes if they look, and how soon."""

    looks_by_day: float
    looks_by_night: float
    goes: float
    looks_after_s: float
    """The median; a fifth needs twice as long."""


HABITS: dict[str, ResponderHabits] = {
    "volunteer": ResponderHabits(0.60, 0.25, 0.65, 35.0),
    "social_worker": ResponderHabits(0.85, 0.55, 0.80, 30.0),
    "dispatcher": ResponderHabits(0.99, 0.97, 0.90, 12.0),
    "administrator": ResponderHabits(0.70, 0.30, 0.50, 60.0),
}
TRAVEL_MIN = {"volunteer": 7.0, "social_worker": 16.0, "dispatcher": 24.0, "administrator": 30.0}
"""Median minutes to the door."""
_NIGHT = (22, 7)
FORGETS_TO_ARRIVE = 0.03
GIVES_BACK = 0.03
FORGETS_INSIDE = 0.10
ANSWERS_CHECK_IN = 0.90
REVIEWER_DOUBTS = 0.01
_OUTCOMES: dict[FlagKind, tuple[tuple[str, str, float], ...]] = {
    FlagKind.SMOKE: (("habit", "cooking", 0.90), ("helped", "fire", 0.04), ("device", "device", 0.06)),
    FlagKind.INACTIVITY: (
        ("away", "away", 0.50),
        ("habit", "unheard", 0.24),
        ("helped", "illness", 0.14),
        ("hospital", "fall", 0.06),
        ("died", "illness", 0.005),
        ("unknown", "unknown", 0.055),
    ),
    FlagKind.RUNNING_WATER: (("helped", "water_left_on", 0.6), ("leak", "pipe", 0.2), ("habit", "guests", 0.2)),
    FlagKind.APPLIANCE_ON: (("helped", "appliance_left_on", 0.45), ("habit", "habit", 0.55)),
    FlagKind.LEAK: (("leak", "pipe", 0.8), ("habit", "habit", 0.2)),
    FlagKind.SUPPLY_LOST: (("helped", "outage", 0.7), ("away", "away", 0.3)),
    FlagKind.COMMON_CAUSE: (("helped", "outage", 1.0),),
}
_OF_DEVICES = (("device", "device", 0.9), ("unknown", "unknown", 0.1))
_OF_VISITS = (("helped", "other", 0.4), ("habit", "habit", 0.6))


def is_night(hour: int) -> bool:
    """Return whether most people sleep at this local hour."""
    return hour >= _NIGHT[0] or hour < _NIGHT[1]


def reaction(random: Random, role: str, hour: int) -> tuple[Reaction, timedelta]:
    """Return what somebody does about a question that their phone has shown, and how long after."""
    habits = HABITS[role]
    looks = habits.looks_by_night if is_night(hour) else habits.looks_by_day
    after = timedelta(seconds=min(1800.0, habits.looks_after_s * random.lognormvariate(0, 0.8)))
    if random.random() >= looks:
        return Reaction.SILENT, after
    return (Reaction.GOES if random.random() < habits.goes else Reaction.CANNOT), after


def travel(random: Random, role: str, severity: Severity, hour: int) -> timedelta:
    """Return how long somebody needs to the door; calm work waits for the next day's office hours."""
    if severity.rank >= Severity.URGENT.rank:
        return timedelta(minutes=min(120.0, TRAVEL_MIN[role] * random.lognormvariate(0, 0.5)))
    hours_to_nine = (9 - hour) % 24 or 24
    return timedelta(hours=hours_to_nine + random.uniform(0, 8))


def stay(random: Random) -> timedelta:
    """Return how long somebody stays in the home."""
    return timedelta(minutes=min(150.0, 15.0 * random.lognormvariate(0, 0.7)))


def finding(random: Random, kind: str) -> tuple[str, str]:
    """Return the outcome and the cause that a visitor would name."""
    choices: tuple[tuple[str, str, float], ...]
    if kind not in set(FlagKind):
        choices = _OF_DEVICES
    elif FlagKind(kind) in _OUTCOMES:
        choices = _OUTCOMES[FlagKind(kind)]
    else:
        choices = _OF_VISITS if kind in ("unusual_use", "wellbeing") else _OF_DEVICES
    (found,) = random.choices(choices, weights=[choice[2] for choice in choices])
    return found[0], found[1]
