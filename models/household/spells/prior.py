"""Prior: what is known of a home that nobody knows yet: how long quiet spells last, as shipped or as fitted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from models.household.spells.district import SPELLS
from models.household.spells.habits import HALF_HOURS

Table = Mapping[bool, tuple[tuple[int, ...], ...]]
"""Minutes at the shares of `models.fit.prior`, by left on and half hour."""
QUANTILES = 7
FURTHEST = 4.0
"""No fitted length may be further from the shipped one than this factor: a fit gone wrong must blind no district."""


class PriorError(ValueError):
    """A table that can't be used as a prior; the message says where and why."""


def checked(off: Sequence[Sequence[int]], on: Sequence[Sequence[int]]) -> Table:
    """Return the table of lengths with everything off and with something left on; raises `PriorError`."""
    return {False: _rows("off", off, SPELLS[False]), True: _rows("on", on, SPELLS[True])}


def _rows(
    name: str, rows: Sequence[Sequence[int]], shipped: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int, ...], ...]:
    if len(rows) != HALF_HOURS or any(len(row) != QUANTILES for row in rows):
        raise PriorError(f"{name}: a prior has {HALF_HOURS} rows of {QUANTILES} lengths")
    for number, (row, known) in enumerate(zip(rows, shipped, strict=True)):
        if any(later < earlier for earlier, later in pairwise(row)):
            raise PriorError(f"{name}, half hour {number}: lengths must not fall from share to share")
        if any(not usual / FURTHEST <= length <= usual * FURTHEST for length, usual in zip(row, known, strict=True)):
            raise PriorError(f"{name}, half hour {number}: further than {FURTHEST:g} times from the shipped prior")
    return tuple(tuple(row) for row in rows)
