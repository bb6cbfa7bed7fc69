"""Tail: how often, and how far, this home's ended silences exceeded a score that they should seldom exceed.

Were the outlook of every home true, all homes would exceed it equally often, and one line would give each its budget.
A home that exceeds it more often than others (one meter only, slow polls, a life that no outlook foresees) has its line
raised by as much as its own tail says, shrunk to the others' while little has been seen. The line is never lowered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

FROM = 2.5
"""The score from which on the tail begins."""
_USUAL_PER_MONTH = {True: 1.9, False: 9.2}
"""How often the training homes exceeded it in 30 days, with something left on and with everything off."""
_HALF_LIFE_DAYS = 28.0
_FURTHEST = 4.0
"""One silence counts for no more excess than this: a week away says little about tomorrow."""
_COUNTS_SHRINK, _SLOPE_SHRINKS = 10.0, 20.0
_STEEPEST = 1.6


@dataclass(slots=True)
class Tail:
    """Exceedances with forgetting: `on` and `off` hold their number and the sum of their excess, `days` those watched.

    `day` is the local day up to which they have been forgotten.
    """

    day: int = 0
    days: float = 0.0
    on: list[float] = field(default_factory=lambda: [0.0, 0.0])
    off: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def note(self, score: float, left_on: bool, day: int) -> None:
        """Take in the score at which a silence ended on local day `day`."""
        if not self.day:
            self.day = day
        if day > self.day:
            keep = 0.5 ** ((day - self.day) / _HALF_LIFE_DAYS)
            self.days = self.days * keep + (1.0 - keep) * _HALF_LIFE_DAYS / math.log(2.0)
            self.on = [value * keep for value in self.on]
            self.off = [value * keep for value in self.off]
            self.day = day
        if score > FROM:
            of = self.on if left_on else self.off
            of[0] += 1.0
            of[1] += min(score - FROM, _FURTHEST)

    def raised(self, line: float, per_e: float, left_on: bool) -> float:
        """Return the line for this home; `per_e` is what a budget smaller by the factor e raises it by elsewhere."""
        number, excess = self.on if left_on else self.off
        slope = (_SLOPE_SHRINKS * per_e + excess) / (_SLOPE_SHRINKS + number)
        expected = _USUAL_PER_MONTH[left_on] * self.days / 30.0
        more = (_COUNTS_SHRINK + number) / (_COUNTS_SHRINK + expected)
        beyond = max(0.0, line - FROM) * min(_STEEPEST, max(1.0, slope / per_e))
        return min(line, FROM) + beyond + max(0.0, slope * math.log(more))
