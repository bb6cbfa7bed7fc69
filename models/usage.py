"""Usage: two showings of one counter → what was used between them, or why that can't be known.

Works on plain floats in base units and epoch seconds, because it runs for every reading; knows nothing of homes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from models.quantity import Quantity


class GapReason(StrEnum):
    """How a use was found, or why it was not."""

    KNOWN = "known"
    ROLLOVER = "rollover"
    """The register went through its end; the amount counts on past it."""
    GAP = "gap"
    """The amount is known, but it was used at an unknown time within a long interval."""
    CLOCK = "clock"
    """Time stood still or ran backwards between the two showings."""
    REVERSE = "reverse"
    """The register went back a little: back flow, or a loose impeller."""
    SWAP = "swap"
    """The register jumped, up or down, as no tap or fuse allows: another meter, or a fault."""


class Showing(NamedTuple):
    """What a register showed: `value` in the quantity's base unit, `at` in epoch seconds."""

    value: float
    at: float


class Use(NamedTuple):
    """What was used between two showings; `amount` is None when that can't be known, which is not zero.

    `step` is the smallest change the register can show, 0 while nobody knows it.
    """

    amount: float | None
    start: float
    end: float
    why: GapReason
    step: float = 0.0
    shown: float = 0.0
    """When the register had first shown it, where that was before `end`; 0 where it was not."""

    @property
    def seconds(self) -> float:
        """How long the interval is."""
        return self.end - self.start

    def tells(self, amount: float) -> bool:
        """Whether a use of `amount` would have shown; where not, its absence says nothing: the step is too coarse."""
        return self.amount is not None and 0.0 < self.step <= amount


class Limits(NamedTuple):
    """What is physically possible. `per_hour`, `reverse` and `small` are in the base unit of the counter.

    A rise of no more than `small` is believed at once: it shows nobody.
    """

    per_hour: float
    reverse: float
    gap_s: float
    small: float = 0.0


LIMITS: dict[Quantity, Limits] = {
    Quantity.WATER_VOLUME: Limits(per_hour=7_000.0, reverse=50.0, gap_s=2 * 3600.0),
    Quantity.GAS_VOLUME: Limits(per_hour=10_000.0, reverse=50.0, gap_s=2 * 3600.0),
    Quantity.HEAT_ENERGY: Limits(per_hour=60_000.0, reverse=100.0, gap_s=2 * 3600.0),
    Quantity.ENERGY: Limits(per_hour=30_000.0, reverse=100.0, gap_s=2 * 3600.0, small=30.0),
    Quantity.SMOKE_COUNT: Limits(per_hour=3_600.0, reverse=0.0, gap_s=float("inf")),
}
"""A DN20 tap pipe passes 5 m³/h when new; a 60 A supply 13 kW a phase. Twice that is another meter, not a home."""

_MODULI = tuple(10.0**power for power in range(4, 13))


def between(before: Showing, after: Showing, limits: Limits) -> Use:
    """Return what was used from `before` to `after`."""
    start, end = before.at, after.at
    if end <= start:
        return Use(None, start, end, GapReason.CLOCK)
    amount = after.value - before.value
    hours = (end - start) / 3600.0
    # a register may show several minutes' use in one jump, so short intervals get a quarter of an hour's allowance
    most = limits.per_hour * max(hours, 0.25)
    if amount < 0:
        rolled = rolled_over(before.value, after.value, most)
        if rolled is not None:
            return Use(rolled, start, end, GapReason.ROLLOVER)
        return Use(None, start, end, GapReason.REVERSE if -amount <= limits.reverse else GapReason.SWAP)
    if amount > most:
        return Use(None, start, end, GapReason.SWAP)
    return Use(amount, start, end, GapReason.GAP if end - start > limits.gap_s else GapReason.KNOWN)


def rolled_over(before: float, after: float, most: float) -> float | None:
    """Return what was used if the register went through its end from `before` to `after`; None if it did not."""
    for modulus in _MODULI:
        if before < modulus:
            rolled = modulus - before + after
            # only from the very end to the very beginning: anything else is a swap
            return rolled if rolled <= min(most, modulus * 0.02) else None
    return None
