"""Hours: what was used in each clock hour (UTC), for the charts. Not known is not zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from models.quantity import Quantity
from models.usage import Use
from models.wire.messages import HourUse, UsageQuality

HOUR_S = 3600.0
KEPT = 50


@dataclass(slots=True)
class Hour:
    """One clock hour: amounts, seconds for which they are known, signs of life."""

    water_l: float = 0.0
    water_s: float = 0.0
    energy_wh: float = 0.0
    energy_s: float = 0.0
    signs: int = 0


@dataclass(slots=True)
class Hours:
    """Hours not yet drained, by their number since 1970; at most `KEPT` of them."""

    open: dict[int, Hour] = field(default_factory=dict)

    def add(self, quantity: Quantity, use: Use) -> None:
        """Share a use out over the hours it spans, evenly where it can't be known better."""
        if use.amount is None:
            return
        first, last = int(use.start // HOUR_S), int((use.end - 1e-6) // HOUR_S)
        if first == last:
            self._put(first, quantity, use.amount, use.end - use.start)
            return
        for number in range(max(first, last - KEPT), last + 1):
            seconds = min(use.end, (number + 1) * HOUR_S) - max(use.start, number * HOUR_S)
            self._put(number, quantity, use.amount * seconds / use.seconds, seconds)

    def sign(self, at: float) -> None:
        """Count a sign of life."""
        self._hour(int(at // HOUR_S)).signs += 1

    def drain(self, now: float) -> list[HourUse]:
        """Return the hours that are over, and forget them."""
        current = int(now // HOUR_S)
        return [_told(number, self.open.pop(number)) for number in sorted(self.open) if number < current]

    def _put(self, number: int, quantity: Quantity, amount: float, seconds: float) -> None:
        hour = self._hour(number)
        if quantity is Quantity.WATER_VOLUME:
            hour.water_l += amount
            hour.water_s += seconds
        elif quantity is Quantity.ENERGY:
            hour.energy_wh += amount
            hour.energy_s += seconds

    def _hour(self, number: int) -> Hour:
        hour = self.open.get(number)
        if hour is None:
            hour = self.open[number] = Hour()
            while len(self.open) > KEPT:
                del self.open[min(self.open)]
        return hour


def _told(number: int, hour: Hour) -> HourUse:
    known = max(hour.water_s, hour.energy_s)
    full = 0.95 * HOUR_S
    quality = UsageQuality.FULL if known >= full else UsageQuality.PART if known > 0 else UsageQuality.NONE
    return HourUse(
        start=datetime.fromtimestamp(number * HOUR_S, UTC),
        water_l=round(hour.water_l, 3) if hour.water_s > 0 else None,
        energy_wh=round(hour.energy_wh, 3) if hour.energy_s > 0 else None,
        quality=quality,
        signs=hour.signs,
    )
