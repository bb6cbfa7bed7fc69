"""Record: the readings of one home as columns, in the units and with the names of the replay file.

Must not know: what the readings mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from math import isnan

import numpy as np
from numpy.typing import NDArray

from models.quantity import Quantity, Unit
from models.reading import Quality, Reading


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, UTC epoch milliseconds, the end not included."""

    start_ms: int
    end_ms: int

    def holds(self, at_ms: int) -> bool:
        """Whether a time lies within."""
        return self.start_ms <= at_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of one device: UTC epoch milliseconds, ascending, and values in `unit`; NaN is no answer."""

    device: str
    quantity: Quantity
    unit: Unit
    step: float
    when: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """All series of one home, with the absences somebody could have told the ledger."""

    home: str
    zone: str
    series: tuple[Series, ...]
    absences: tuple[Span, ...] = ()

    def find(self, quantity: Quantity) -> Series | None:
        """Return the first series of a quantity."""
        return next((one for one in self.series if one.quantity is quantity), None)

    @property
    def first_ms(self) -> int:
        """The earliest time in any series."""
        return min(int(one.when[0]) for one in self.series)

    @property
    def last_ms(self) -> int:
        """The latest time in any series."""
        return max(int(one.when[-1]) for one in self.series)

    def between(self, start_ms: int, end_ms: int) -> HomeRecord:
        """Return the record cut to `start_ms <= when < end_ms`."""
        return replace(self, series=tuple(_cut(one, start_ms, end_ms) for one in self.series))


def _cut(series: Series, start_ms: int, end_ms: int) -> Series:
    low, high = np.searchsorted(series.when, [start_ms, end_ms])
    return replace(series, when=series.when[low:high], values=series.values[low:high])


def readings(record: HomeRecord) -> Iterator[Reading]:
    """Yield the record's readings in the order of their times."""
    when = np.concatenate([one.when for one in record.series])
    owner = np.concatenate([np.full(one.when.size, index) for index, one in enumerate(record.series)])
    value = np.concatenate([one.values for one in record.series])
    order = np.lexsort((owner, when))
    steps = [Decimal(repr(one.step)) for one in record.series]
    for place in order:
        which = int(owner[place])
        series = record.series[which]
        at = datetime.fromtimestamp(int(when[place]) / 1000.0, UTC)
        number = float(value[place])
        if isnan(number):  # asked, and nothing came back
            yield Reading(series.device, series.quantity, None, series.unit, at, Quality.NO_ANSWER, steps[which])
        else:
            exact = Decimal(int(number)) if number.is_integer() else Decimal(repr(number))
            yield Reading(series.device, series.quantity, exact, series.unit, at, Quality.GOOD, steps[which])
