"""Calibration: what the prior predicts against what happened in gateways that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from models.fit.counts import Counts
from models.fit.prior import SHARES, Floats, Table, dense, fit
from models.household.spells.habits import BINS, minutes_of

FOLDS = 5


class CalibrationLine(NamedTuple):
    """Spells that should last longer with this chance, and how many of them did."""

    left_on: bool
    predicted: float
    observed: float
    spells: int


def calibration(gateways: Sequence[Counts], progress: Callable[[int, int], None]) -> list[CalibrationLine]:
    """Fit without a fifth of the gateways and look at that fifth, five times; `progress(done, all)` after each.

    The rare ends of a prior are widened on purpose, so there fewer spells than predicted should last longer.
    """
    folds = min(FOLDS, len(gateways))
    if folds < 2:
        return []
    longer = np.zeros((2, len(SHARES)))
    spells = np.zeros(2)
    for fold in range(folds):
        table = fit([one for number, one in enumerate(gateways) if number % folds != fold])
        for held_out in gateways[fold::folds]:
            counts = dense(held_out)
            spells += counts.sum(axis=(1, 2))
            longer += _longer(counts, table)
        progress(fold + 1, folds)
    return list(_lines(longer, spells))


def _longer(counts: Floats, table: Table) -> Floats:
    """Return how many spells lasted longer than each length of the table, those in its own bin by half."""
    lengths = np.array([minutes_of(place) for place in range(BINS)])
    found = np.zeros((2, len(SHARES)))
    for left_on, rows in table.items():
        for half_hour, row in enumerate(rows):
            its = counts[int(left_on), half_hour]
            for number, minutes in enumerate(row):
                # a bin reaches half its width, a twenty-fourth of an e-fold, to both sides
                apart = np.log(lengths / minutes) * 12.0
                found[int(left_on), number] += (its * np.clip(apart + 0.5, 0.0, 1.0)).sum()
    return found


def _lines(longer: Floats, spells: Floats) -> Iterator[CalibrationLine]:
    for left_on in (False, True):
        count = int(spells[int(left_on)])
        for number, share in enumerate(SHARES):
            if count:
                yield CalibrationLine(left_on, 1.0 - share, float(longer[int(left_on), number]) / count, count)


def as_table(lines: Sequence[CalibrationLine]) -> str:
    """Return the lines as text for people."""
    rows = ["spells             should last longer   did, of so many"]
    for line in lines:
        state = "something left on" if line.left_on else "everything off"
        rows.append(f"{state:<18} {line.predicted:>17.1%} {line.observed:>8.1%} {line.spells:>8}")
    return "\n".join(rows) + "\n"
