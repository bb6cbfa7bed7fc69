"""Inactivity: expected signs of life did not come. The score is −ln of the share of such spells that last so long.

Works from the first day through the district's prior; waits while data are missing; silent while the ledger says away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from models.flag import Evidence, FlagKind, Severity
from models.household.core.calendar import shifted_days
from models.household.core.localtime import LocalClock
from models.household.core.verdict import Verdict
from models.household.settings import HomeSettings
from models.household.silence.tail import Tail
from models.household.spells.prior import Table
from models.household.spells.spells import LEAST_S, LONG_MIN, Outlook, Spell, Spells, Stretch, outlook
from models.params import InactivityParams

_NEVER = float("inf")
_ON_KNOWN_S = 3600.0
"""After so long it is known what was left on: the fridge has paused by then."""
_QUIET_PACES = 1.5
"""One reading that shows nobody is no silence, however slow the meters: it takes a second one."""
_LINE_AT_ONE = {True: 4.0, False: 4.25}
"""The score that normal homes exceed once in 30 days, with the ledger kept and without (training homes)."""
_LINE_PER_E = {True: 0.55, False: 0.85}
"""How much higher the line is for a budget smaller by the factor e."""
_LEFT_ON_LOWER = 1.15
"""By so much the line is lower where something was left on: no outing explains that, so such scores are rarer."""
_MIDDLE = 2
"""Where the middle length stands in a row of the district's."""
_PEAK_DAYS = 28
_PEAK_WEIGHT = 9.0
_USUAL_PEAK = 4.4
"""The line of a home without a ledger rises with the highest score of its own last four weeks, shrunk to a usual home's
by two thirds: who often goes away and tells nobody is not to be rung for each time. It never falls below the usual."""


@dataclass(slots=True)
class Silence:
    """The present silence. Epoch seconds; `missing_s` are its seconds without data, which do not count.

    `outlook` and `due_at` are worked out again when needed and not stored.
    """

    since: float
    missing_s: float = 0.0
    left_on: bool = False
    looks: int = 0
    """0: nobody has looked yet; 1: what was left on is a first guess; 2: it is known."""
    spells: Spells = field(default_factory=Spells)
    outlook: Outlook | None = None
    due_at: float = _NEVER
    peaks: list[float] = field(default_factory=list)
    """By day, newest last: the highest score at which a silence ended with somebody up, of the last four weeks."""
    peak_day: int = 0
    tail: Tail = field(default_factory=Tail)
    stretch_on: Stretch = field(default_factory=Stretch)
    stretch_off: Stretch = field(default_factory=Stretch)

    @property
    def stretch(self) -> Stretch:
        """How long spells of this one's state are here, against the district's."""
        return self.stretch_on if self.left_on else self.stretch_off


def imagined(silence: Silence, since: float, missing_s: float = 0.0, *, left_on: bool = False) -> Silence:
    """Return a silence of the same home, with its memories, that began at `since`."""
    return replace(silence, since=since, missing_s=missing_s, left_on=left_on, outlook=None, due_at=_NEVER)


def line(budget: float, ledger: bool, params: InactivityParams) -> float:
    """Return the score at which a usual home with this budget of false alarms per 30 days is flagged."""
    return params.line_scale * max(1.5, _LINE_AT_ONE[ledger] - _LINE_PER_E[ledger] * math.log(budget))


def own_line(silence: Silence, settings: HomeSettings) -> float:
    """Return the score at which this silence is flagged: by the home's past, and by whether something was left on."""
    usual = line(settings.budget, settings.ledger, settings.params.inactivity)
    if silence.left_on:
        usual /= _LEFT_ON_LOWER
    if not settings.ledger:
        peak = max([_USUAL_PEAK, *silence.peaks])
        usual *= (_PEAK_WEIGHT + peak) / (_PEAK_WEIGHT + _USUAL_PEAK)
    return silence.tail.raised(usual, _LINE_PER_E[settings.ledger], silence.left_on)


def note_sign(silence: Silence, at: float, clock: LocalClock, habitual: bool, prior: Table) -> None:
    """Somebody is up at `at`: the spell is over. It is remembered unless it was no habit (away, data missing)."""
    length = at - silence.since
    if habitual and length >= LEAST_S and silence.missing_s < 0.2 * length:
        spell = _spell(silence, length, clock)
        silence.spells.add(spell)
        if spell.length < LONG_MIN:
            silence.stretch.learn(spell.length, prior[spell.left_on][spell.minute // 30 % 48][_MIDDLE])
        _note_score(silence, length - silence.missing_s, clock.day(at))
    restart(silence, at)


def _note_score(silence: Silence, quiet_s: float, day: int) -> None:
    if day != silence.peak_day:
        passed = min(day - silence.peak_day, _PEAK_DAYS) if silence.peaks else 1
        silence.peaks = [*silence.peaks, *[0.0] * max(passed, 1)][-_PEAK_DAYS:]
        silence.peak_day = day
    if silence.outlook is not None:
        score = silence.outlook.score(quiet_s)
        silence.peaks[-1] = max(silence.peaks[-1], score)
        silence.tail.note(score, silence.left_on, day)


def restart(silence: Silence, at: float) -> None:
    """Count silence from `at` on."""
    silence.since = at
    silence.missing_s = 0.0
    silence.left_on = False
    look_again(silence)


def _spell(silence: Silence, length: float, clock: LocalClock) -> Spell:
    start = clock.seconds(silence.since)
    return Spell(int(start // 86_400), int(start % 86_400 // 60), max(1, round(length / 60.0)), silence.left_on)


def look(silence: Silence, left_on: bool, final: bool) -> None:
    """Note what was left on; done when the silence has lasted `LEAST_S`, and again after an hour, when it is known."""
    silence.left_on = left_on
    silence.looks = 2 if final else 1
    silence.outlook = None
    silence.due_at = _NEVER


def foresee(silence: Silence, clock: LocalClock, settings: HomeSettings, pace_s: float) -> None:
    """Work out when this silence becomes too long: a walk over the whole memory, so only for one that may be told.

    `pace_s` is how often the home's fastest meter speaks.
    """
    start = _spell(silence, LEAST_S, clock)
    silence.outlook = outlook(
        silence.spells,
        start.day,
        start.minute,
        silence.left_on,
        ledger=settings.ledger,
        shifted=shifted_days(clock.zone),
        district=settings.prior,
        stretch=silence.stretch,
        pace_s=pace_s,
    )
    needed = silence.outlook.reaches(own_line(silence, settings))
    silence.due_at = silence.since + max(needed, settings.params.inactivity.least_silence_s, _QUIET_PACES * pace_s)


def look_again(silence: Silence) -> None:
    """Have the present silence looked at anew: what it is judged by has changed."""
    silence.looks = 0
    silence.outlook = None
    silence.due_at = _NEVER


def wants_look(silence: Silence, heard: float) -> bool:
    """Whether `look` is due; data reach as far as `heard`."""
    if silence.looks == 2 or heard - silence.since < LEAST_S:
        return False
    return silence.looks == 0 or heard - silence.since >= _ON_KNOWN_S


def wants_foresight(silence: Silence, heard: float, params: InactivityParams) -> bool:
    """Whether the silence has lasted so long that it may be told at all, and nobody knows yet when it is too long."""
    return silence.outlook is None and silence.looks > 0 and heard - silence.since >= params.least_silence_s


def is_final(silence: Silence, heard: float) -> bool:
    """Whether what was left on is known by now."""
    return heard - silence.since >= _ON_KNOWN_S


def ratio(silence: Silence, heard: float, settings: HomeSettings) -> float:
    """Return the present score over its line; data reach as far as `heard`."""
    quiet = heard - silence.since - silence.missing_s
    if silence.outlook is None:
        return 0.0
    return silence.outlook.score(quiet) / own_line(silence, settings)


def judge(silence: Silence, heard: float, clock: LocalClock) -> Verdict | None:
    """Return the verdict on the present silence; data reach as far as `heard`."""
    quiet = heard - silence.since - silence.missing_s
    if silence.outlook is None or heard < silence.due_at + silence.missing_s:
        return None
    score = silence.outlook.score(quiet)
    hours = quiet / 3600.0
    share = math.exp(-score)
    one_in = round(1.0 / max(share, 1e-6))
    return Verdict(
        kind=FlagKind.INACTIVITY,
        severity=Severity.URGENT,
        since=silence.since,
        score=score,
        reason="silent_left_on" if silence.left_on else "silent",
        evidence=Evidence(
            {
                "hours_silent": round(hours, 2),
                "hours_missing": round(silence.missing_s / 3600.0, 2),
                "one_in": one_in,
                "left_on": silence.left_on,
                "usual_hours": round(silence.outlook.usual_s / 3600.0, 2),
                "own_share": round(silence.outlook.own, 3),
            },
            key="flags.inactivity.silent_left_on" if silence.left_on else "flags.inactivity.silent",
            more={"since": clock.hhmm(silence.since)},
        ),
    )
