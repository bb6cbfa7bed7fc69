"""Line trial: what another line of silences would have given in the weeks behind us, before it sends anybody. Pure.

Judges the hours that ingest keeps by the detector's own sum (`models.household.spells`). Coarser than the gateway's
back-test, which has every reading: an hour with a sign counts as one sign in its middle, and nothing is known of what
was left on. So the two figures of a trial are to be compared with each other, not with a promise.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from models.household.core.calendar import shifted_days
from models.household.core.localtime import LocalClock
from models.household.silence.inactivity import Silence, line, note_sign
from models.household.spells.district import SPELLS
from models.household.spells.spells import Outlook, outlook
from models.params import InactivityParams

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
FACTORS = (0.85, 0.92, 1.0, 1.1, 1.25)
"""Lines on trial, as multiples of how each home's stands now."""
LEARNING_S = 14 * DAY_S
"""So long a home only teaches: nothing that it does then is judged."""
FALLS = 20
"""Collapses drawn for each home."""
WITHIN_S = 48 * HOUR_S


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a home: epoch seconds of its beginning, and its signs of life; None: not known."""

    at: float
    signs: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a home: its hours in order, its absences as (from, to), and how its line stands."""

    home_id: str
    hours: Sequence[Hour]
    away: Sequence[tuple[float, float]] = ()
    scale: float = 1.0


@dataclass(slots=True)
class Tried:
    """What one line gave. Delays are hours from a collapse to the alarm, of those found within two days."""

    factor: float
    alarms: int = 0
    home_days: float = 0.0
    delays: list[float] = field(default_factory=list)
    missed: int = 0

    @property
    def alarms_per_100(self) -> float:
        """Alarms per 100 homes and 30 days."""
        return 100 * 30 * self.alarms / self.home_days if self.home_days else 0.0

    def delay(self, share: float) -> float | None:
        """Return the delay that `share` of all collapses stay within; None where that is more than two days."""
        found = sorted(self.delays)
        index = max(0, round(share * (len(found) + self.missed)) - 1)
        return found[index] if index < len(found) else None


def preview_thresholds(pasts: Iterable[Past], zone: tzinfo, *, budget: float, seed: int = 1) -> list[Tried]:
    """Return what each line of `FACTORS` would have given; the same question gets the same answer."""
    tried = [Tried(factor) for factor in FACTORS]
    for past in pasts:
        _try_home(past, LocalClock(zone), budget, _dice(seed, past), tried)
    return tried


def _try_home(past: Past, clock: LocalClock, budget: float, chance: random.Random, tried: Sequence[Tried]) -> None:
    params = InactivityParams()
    base = past.scale * line(budget, True, params)
    known = [hour for hour in past.hours if hour.signs is not None]
    judged = [hour for hour in known if hour.at >= known[0].at + LEARNING_S and not _is_away(past, hour.at)]
    if not judged:
        return
    falls = sorted(chance.choice(judged).at + chance.uniform(0, HOUR_S) for _ in range(FALLS))
    for one in tried:
        one.home_days += len(judged) * HOUR_S / DAY_S
    silence, expected = Silence(known[0].at), known[0].at
    for hour in known:
        silence.missing_s += max(0.0, hour.at - expected)
        expected = hour.at + HOUR_S
        if not hour.signs:
            continue
        at = hour.at + HOUR_S / 2
        counts = not _overlaps(past, silence.since, at) and silence.missing_s < 0.2 * (at - silence.since)
        inside = [fall for fall in falls if silence.since <= fall < at]
        if counts and silence.since >= judged[0].at and (inside or at - silence.since >= params.least_silence_s):
            ahead = _outlook(silence, clock)
            score = ahead.score(at - silence.since - silence.missing_s)
            for one in tried:
                long = at - silence.since >= params.least_silence_s
                one.alarms += long and score >= base * one.factor
            for one in tried:
                due = silence.since + max(ahead.reaches(base * one.factor), params.least_silence_s) if inside else 0.0
                _collapse(inside, due, one)
        note_sign(silence, at, clock, habitual=counts, prior=SPELLS)


def _collapse(falls: Sequence[float], due: float, one: Tried) -> None:
    """Let somebody collapse in a silence that is told at `due`: no sign would have ended it."""
    for fall in falls:
        late = max(0.0, due - fall)
        if late > WITHIN_S:
            one.missed += 1
        else:
            one.delays.append(late / HOUR_S)


def _outlook(silence: Silence, clock: LocalClock) -> Outlook:
    start = clock.seconds(silence.since)
    day, minute = int(start // DAY_S), int(start % DAY_S // 60)
    shifted = shifted_days(clock.zone)
    return outlook(
        silence.spells, day, minute, False,
        ledger=True, shifted=shifted, district=SPELLS, stretch=silence.stretch, pace_s=HOUR_S,
    )  # fmt: skip


def _dice(seed: int, past: Past) -> random.Random:
    """Return what draws a home's collapses: always the same ones."""
    return random.Random(f"{seed} {past.home_id}")  # noqa: S311 - nothing secret is drawn


def _is_away(past: Past, at: float) -> bool:
    return _overlaps(past, at, at + HOUR_S)


def _overlaps(past: Past, since: float, until: float) -> bool:
    return any(start < until and since < end for start, end in past.away)
