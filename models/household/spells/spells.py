"""Spells: how long quiet spells last that begin like the present one. Knows no clock and no alarm.

Three kinds of spell are mixed: the home's own of about this hour, with something left on or all off; the district's, a
handful of them, which carry the first days; and the long absence that nobody told, which begins at an hour at which
people leave, with everything off, and about as often as this home has shown so far.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from models.household.core.calendar import is_off

LEAST_S = 1800.0
"""Shorter spells are everyday life and are not kept."""
KEPT = 540
_HALF_LIFE_DAYS = 28.0
_PACK = struct.Struct("<HHHB")
_LAST_DAY = 0xFFFF
_WIDTH_MIN = 75.0
_REACH_MIN = 240
_OTHER_STATE = 0.01
"""Weight of a spell that differs in what was left on."""
_OTHER_DAYS = 0.6
"""Weight of a weekend's spell on a working day, and the other way round."""
_BINS_PER_E = 12.0
_LEAST_SHARPNESS, _MOST_SHARPNESS, _SHARPNESS = 4.5, 18.0, 1.5
"""How steeply the share of lasting spells falls behind each length: the less the longer spells scatter, the steeper."""
_UPPER = (0.75, 0.95, 0.97)
"""Two upper quantiles, and how many standard deviations of a normal distribution lie between them."""
_PRIOR_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 0.7, 0.225, 0.075)
"""Five spells' weight, shared over the district's quantiles."""
_PRIOR_WEIGHT = sum(_PRIOR_WEIGHTS)
_PRIOR_FADES = 20.0
"""At this weight of own spells the district's count half."""
_STRETCH_SHRINKS, _STRETCH_COUNTS, _STRETCH_MOST = 8.0, 100.0, 1.5
_UNSTRETCHED_MIN = 720.0
"""The longer a spell of the district, the less it is stretched; from this length on not at all: everybody sleeps."""
_PACE_BLURS = 0.5
"""Lengths heard at this share of the polls' distance are no sharper than that."""

LONG_MIN = 14 * 60
"""From this length on a spell with everything off was an absence over night."""
_LONG_HOURS = (16.0, 20.0, 30.0, 50.0, 80.0, 150.0)
_LONG_SHARPNESS = 4.0
_LONG_SHARE = 0.03
_LONG_SHARE_LEFT_ON = 0.0001
_LONG_COUNTS = 40.0
_LONG_WIDTH_MIN = 180.0
_LEDGER_KEPT = 0.1
"""How much rarer untold absences are where the ledger is kept."""
_LEAVING_FROM, _LEAVING_TO, _LEAVING_FLOOR = 6.5, 16.5, 0.03


_NEAR = [math.exp(-0.5 * (apart / _WIDTH_MIN) ** 2) for apart in range(721)]
_LONG_NEAR = [math.exp(-0.5 * (apart / _LONG_WIDTH_MIN) ** 2) for apart in range(721)]
_AGE = [2.0 ** (-age / _HALF_LIFE_DAYS) for age in range(366)]
_BIN_OF = [0, *(round(math.log(length) * _BINS_PER_E) for length in range(1, LONG_MIN + 1))]
"""By minutes apart, days of age and minutes of length: the loop over all spells runs for every silence."""


class Spell(NamedTuple):
    """One quiet spell: local day and minute of its beginning, its length in minutes, whether something was left on."""

    day: int
    minute: int
    length: int
    left_on: bool


@dataclass(slots=True)
class Spells:
    """The home's own quiet spells, oldest first. As objects they would take a hundred kilobytes a home: 7 bytes do."""

    rows: bytearray = field(default_factory=bytearray)

    @property
    def past(self) -> Iterator[tuple[int, int, int, int]]:
        """The spells: day, minute, length, and 1 where something was left on."""
        return _PACK.iter_unpack(self.rows)

    def add(self, spell: Spell) -> None:
        """Remember a spell that ended with a sign of life."""
        self.rows += _PACK.pack(spell.day, spell.minute, min(spell.length, 65_535), spell.left_on)
        del self.rows[: max(0, len(self.rows) - KEPT * _PACK.size)]

    def move(self, days: int) -> None:
        """Date all spells so many days later (negative: earlier); what can't be dated so far is forgotten."""
        if days:
            moved = [(day + days, *rest) for day, *rest in self.past if 0 <= day + days <= _LAST_DAY]
            self.rows = bytearray(b"".join(_PACK.pack(*row) for row in moved))

    def packed(self) -> str:
        """Return the spells as text for the stored state, 7 bytes a spell."""
        return base64.b64encode(self.rows).decode("ascii")


@dataclass(slots=True)
class Stretch:
    """How much longer this home's spells of a state are than the district's: the mean of the log ratios, their number.

    Known after a few days, long before each hour's own spells are: with one meter, a coarse register or slow polls a
    home is seen less often than the homes of which the district's table was made.
    """

    mean: float = 0.0
    number: float = 0.0

    def learn(self, length: int, usual: int) -> None:
        """Take in a spell's length and the district's middle one, in minutes."""
        ratio = max(-_STRETCH_MOST, min(_STRETCH_MOST, math.log(length / usual)))
        self.number += 1.0
        self.mean += (ratio - self.mean) / min(self.number + _STRETCH_SHRINKS, _STRETCH_COUNTS)

    def of(self, minutes: float) -> float:
        """Return the length in minutes that stands for one of the district's."""
        return minutes * math.exp(self.mean * max(0.0, 1.0 - minutes / _UNSTRETCHED_MIN))


def unpack(text: str) -> Spells:
    """Return what `Spells.packed` wrote; raises ValueError for what it did not."""
    rows = bytearray(base64.b64decode(text))
    if len(rows) % _PACK.size:
        raise ValueError(f"{len(rows)} bytes are no whole number of spells")
    return Spells(rows)


class Outlook(NamedTuple):
    """How long a spell like this one lasts: lengths in seconds with shares (sum 1), each with its sharpness."""

    lengths: tuple[tuple[float, float, float], ...]
    own: float
    """How much of the ordinary weight is the home's own, 0 to 1."""
    usual_s: float
    """The length that nine in ten ordinary spells of this kind stay below."""

    def score(self, silence_s: float) -> float:
        """Return −ln of the share of such spells that last longer than `silence_s`."""
        if silence_s <= 0:
            return 0.0
        lasting, log = 0.0, math.log(silence_s)
        for length, share, sharpness in self.lengths:
            ratio = sharpness * (log - length)
            lasting += share * (math.exp(-ratio) if ratio > 30.0 else 1.0 / (1.0 + math.exp(ratio)))
        return -math.log(lasting)

    def reaches(self, line: float) -> float:
        """Return the silence in seconds at which the score reaches `line`, two weeks at most."""
        low, high = 60.0, 14 * 86_400.0
        for _ in range(22):
            middle = math.sqrt(low * high)
            if self.score(middle) < line:
                low = middle
            else:
                high = middle
        return high


def outlook(
    spells: Spells,
    day: int,
    minute: int,
    left_on: bool,
    *,
    ledger: bool,
    shifted: frozenset[int],
    district: Mapping[bool, tuple[tuple[int, ...], ...]],
    stretch: Stretch,
    pace_s: float,
) -> Outlook:
    """Return how long a spell that began at local `day`, `minute`, with something left on or not, may last.

    `ledger` says whether absences of this home are usually told, `shifted` which days are no day as their weekday says;
    `district` is its table of quantiles, `stretch` how much longer this home's spells of the state are, `pace_s` how
    often its fastest meter speaks.
    """
    bins, own, long_ones, all_ones = _own(spells, day, minute, left_on, shifted)
    weights = {math.exp(index / _BINS_PER_E) * 60.0: weight for index, weight in bins.items()}
    fading = _PRIOR_FADES / (_PRIOR_FADES + own)
    for minutes, weight in zip(district[left_on][minute // 30 % 48], _PRIOR_WEIGHTS, strict=True):
        length = stretch.of(minutes) * 60.0
        weights[length] = weights.get(length, 0.0) + weight * fading
    total = own + _PRIOR_WEIGHT * fading
    ordinary = [(math.log(length), weight / total) for length, weight in sorted(weights.items())]
    # only the longer spells: that some nights are broken does not make the getting up less certain
    upper = _quantile(ordinary, _UPPER[1])
    spread = max((upper - _quantile(ordinary, _UPPER[0])) / _UPPER[2], _PACE_BLURS * pace_s / math.exp(upper), 0.05)
    sharpness = min(_MOST_SHARPNESS, max(_LEAST_SHARPNESS, _SHARPNESS / spread))
    long_share = _LONG_SHARE_LEFT_ON
    if not left_on:
        prior = _LONG_SHARE * _leaving(minute / 60.0) * (_LEDGER_KEPT if ledger else 1.0)
        long_share = (long_ones + _LONG_COUNTS * prior) / (all_ones + _LONG_COUNTS)
    lengths = [(log, share * (1.0 - long_share), sharpness) for log, share in ordinary]
    lengths += [(math.log(h * 3600.0), long_share / len(_LONG_HOURS), _LONG_SHARPNESS) for h in _LONG_HOURS]
    return Outlook(tuple(lengths), own / total, math.exp(_quantile(ordinary, 0.9)))


def _own(
    spells: Spells, day: int, minute: int, left_on: bool, shifted: frozenset[int]
) -> tuple[dict[int, float], float, float, float]:
    """Return the home's ordinary spells by log length, their weight, the long absences, and all spells for their share.

    Runs over the whole memory a few times a day, so it is one loop.
    """
    off = is_off(day, shifted)
    bins: dict[int, float] = {}
    own = long_ones = all_ones = 0.0
    for past_day, past_minute, length, past_on in spells.past:
        apart = abs(past_minute - minute)
        if apart > 720:
            apart = 1440 - apart
        if not past_on:
            near = _LONG_NEAR[apart]
            all_ones += near
            if length >= LONG_MIN:
                long_ones += near
                continue
        if apart > _REACH_MIN:
            continue
        weight = _NEAR[apart] * _AGE[day - past_day if 0 <= day - past_day < len(_AGE) else -1]
        if past_on != left_on:
            weight *= _OTHER_STATE
        if (((past_day + 3) % 7 >= 5) is not (past_day in shifted)) is not off:
            weight *= _OTHER_DAYS
        own += weight
        index = _BIN_OF[length] if length < LONG_MIN else _BIN_OF[-1]
        bins[index] = bins.get(index, 0.0) + weight
    return bins, own, long_ones, all_ones


def _leaving(hour: float) -> float:
    """How likely it is, against the likeliest hour, that somebody leaves for long at this hour of the day."""
    begun = 1.0 / (1.0 + math.exp(2.0 * (_LEAVING_FROM - hour)))
    over = 1.0 / (1.0 + math.exp(2.0 * (hour - _LEAVING_TO)))
    return _LEAVING_FLOOR + (1.0 - _LEAVING_FLOOR) * begun * over


def _quantile(ordinary: list[tuple[float, float]], share: float) -> float:
    reached = 0.0
    for log, weight in ordinary:
        reached += weight
        if reached >= share:
            return log
    return ordinary[-1][0]
