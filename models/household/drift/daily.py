"""Daily: what a home's days add up to, kept for some weeks: the ground on which unusual use and slow change stand."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 70
_NIGHT_FROM, _NIGHT_TO = 0.0, 5.0
_RISE_FROM, _RISE_TO = 4.0, 12.0
MEAL_W = 700.0
_MEAL_APART_S = 5400.0


@dataclass(slots=True)
class DriftDay:
    """One local day. `rise_h` is the local hour of the first of two signs within the hour after 04:00, −1 if none."""

    number: int
    water_l: float = 0.0
    energy_wh: float = 0.0
    rise_h: float = -1.0
    night_signs: int = 0
    meals: int = 0
    seen_h: float = 0.0


@dataclass(slots=True)
class Days:
    """The day that goes on, and the finished ones, oldest first."""

    today: DriftDay
    past: list[DriftDay] = field(default_factory=list)
    early: float = -1.0
    """Hour of a first sign after 04:00 that waits for a second one."""
    meal_at: float = 0.0
    night_at: float = -1.0
    drift_told: float = 0.0
    """When slow change was last told (epoch seconds)."""

    def turn(self, number: int) -> bool:
        """Begin local day `number` if it is not today; return whether a day was finished."""
        if number == self.today.number:
            return False
        if number > self.today.number:
            self.past = [*self.past[1 - KEPT :], self.today]
        self.today = DriftDay(number)
        self.early = self.night_at = -1.0
        return True

    def sign(self, hour: float) -> None:
        """Count a sign of life at a local hour."""
        if _NIGHT_FROM <= hour < _NIGHT_TO and hour - self.night_at > 0.34:
            # signs within twenty minutes are one time of being up
            self.today.night_signs += 1
        if _NIGHT_FROM <= hour < _NIGHT_TO:
            self.night_at = hour
        if self.today.rise_h < 0 and _RISE_FROM <= hour < _RISE_TO:
            if self.early >= 0 and hour - self.early <= 1.0:
                self.today.rise_h = self.early
            elif self.early < 0 or hour - self.early > 1.0:
                self.early = hour

    def load(self, watts: float, at: float) -> None:
        """Count a cooked meal: a big load that comes after an hour and a half without one."""
        if watts >= MEAL_W:
            if at - self.meal_at > _MEAL_APART_S:
                self.today.meals += 1
            self.meal_at = at
