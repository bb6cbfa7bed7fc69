"""Outages: what lines, meters and middlemen do to readings. Changes records, never the truth of the home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

import numpy as np

from models.quantity import COUNTERS
from simulators.backtest.records.record import HomeRecord, Series, Span


class MeterOutage(StrEnum):
    """The ways in which readings go missing or lie."""

    NO_ANSWER = "no answer"
    """Asked and not answered; the counter catches up afterwards."""
    NOTHING = "nothing"
    """Not even asked: the rows are not there."""
    ZEROS = "zeros"
    """Something before us fills in zero use (counters stand still, then jump) and zero watts."""
    YESTERDAY = "yesterday"
    """Something before us copies yesterday's use."""
    FROZEN = "frozen"
    """The device repeats its last value."""


def break_readings(
    record: HomeRecord, span: Span, how: MeterOutage, devices: Iterable[str] | None = None
) -> HomeRecord:
    """Return the record with the series of `devices` (all, if None) broken during `span`."""
    named = None if devices is None else set(devices)
    return replace(
        record,
        series=tuple(_break(one, span, how) if named is None or one.device in named else one for one in record.series),
    )


def _break(series: Series, span: Span, how: MeterOutage) -> Series:
    low, high = (int(edge) for edge in np.searchsorted(series.when, [span.start_ms, span.end_ms]))
    if low == 0 or low >= high:
        return series
    values = series.values.copy()
    match how:
        case MeterOutage.NOTHING:
            kept = np.r_[0:low, high : series.when.size]
            return replace(series, when=series.when[kept], values=values[kept])
        case MeterOutage.NO_ANSWER:
            values[low:high] = np.nan
        case MeterOutage.ZEROS:
            values[low:high] = values[low - 1] if series.quantity in COUNTERS else 0.0
        case MeterOutage.FROZEN:
            values[low:high] = values[low - 1]
        case MeterOutage.YESTERDAY:
            back = int(np.searchsorted(series.when, series.when[low] - 86_400_000))
            copied = values[back : back + (high - low)].copy()
            copied = np.pad(copied, (0, high - low - copied.size), mode="edge")
            values[low:high] = copied - copied[0] + values[low - 1] if series.quantity in COUNTERS else copied
    return replace(series, values=values)


def swap_meter(record: HomeRecord, device: str, at_ms: int, new_start: float) -> HomeRecord:
    """Return the record with the counters of `device` starting anew at `new_start` from `at_ms` on."""

    def swap(one: Series) -> Series:
        place = int(np.searchsorted(one.when, at_ms))
        if one.device != device or one.quantity not in COUNTERS or place >= one.when.size:
            return one
        values = one.values.copy()
        values[place:] += new_start - values[place]
        return replace(one, values=values)

    return replace(record, series=tuple(swap(one) for one in record.series))
