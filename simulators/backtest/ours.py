"""Ours: the daemon's own arithmetic, `models.household.panel`, driven over a record in the readings' own time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.flag import Flag
from models.household import panel
from models.household.settings import HomeSettings
from models.household.state import HomeState
from models.wire.messages import AwayEntry
from simulators.backtest.records.record import HomeRecord, readings
from simulators.backtest.records.signs import CELL_MS

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Watched:
    """What came of watching a record: the silence's score over its line per cell, the flags, the states asked for."""

    ratio: Floats
    flags: list[Flag] = field(default_factory=list)
    states: dict[int, bytes] = field(default_factory=dict)


def settings_for(record: HomeRecord, *, budget: float, told: bool) -> HomeSettings:
    """Return the settings a replay without a config gives a home, with a ledger or without one."""
    return HomeSettings(zone=ZoneInfo(record.zone), budget=budget, ledger=told)


def watch(
    record: HomeRecord, start_ms: int, cells: int, *, budget: float, told: bool, keep_at: Iterable[int]
) -> Watched:
    """Watch a whole record from nothing; keep the states as they were just before the times `keep_at` (epoch ms)."""
    settings = settings_for(record, budget=budget, told=told)
    state = panel.new_home(record.home, settings, _utc(record.first_ms))
    entries = _entries(record) if told else []
    return _drive(state, record, start_ms, (0, cells), entries=entries, keep_at=sorted(keep_at))


def follow(
    kept: bytes, record: HomeRecord, start_ms: int, first: int, last: int, *, budget: float, told: bool, from_ms: int
) -> Watched:
    """Watch on from a kept state: the record from `from_ms` on, cells `first` to `last` (not included) of the grid."""
    state = panel.load(kept, settings_for(record, budget=budget, told=told))
    end_ms = start_ms + last * CELL_MS
    entries = [entry for entry in _entries(record) if entry[0] >= from_ms] if told else []
    return _drive(state, record.between(from_ms, end_ms), start_ms, (first, last), entries=entries)


def _entries(record: HomeRecord) -> list[tuple[int, AwayEntry]]:
    return [
        (
            span.start_ms,
            AwayEntry(f"{record.home}-{n}", record.home, _utc(span.start_ms), _utc(span.end_ms), "relative"),
        )
        for n, span in enumerate(record.absences)
    ]


def _drive(
    state: HomeState,
    record: HomeRecord,
    start_ms: int,
    cells: tuple[int, int],
    *,
    entries: Sequence[tuple[int, AwayEntry]] = (),
    keep_at: Sequence[int] = (),
) -> Watched:
    """Feed readings, ledger entries and the passing of time in their order; sample the ratio at each cell's end."""
    first, last = cells
    result = Watched(np.zeros(last - first))
    waiting, keeps = list(entries)[::-1], list(keep_at)[::-1]
    coming = readings(record)
    reading = next(coming, None)
    for cell in range(first, last):
        end_ms = start_ms + (cell + 1) * CELL_MS
        while reading is not None and (at_ms := round(reading.at.timestamp() * 1000)) < end_ms:
            while keeps and keeps[-1] <= at_ms:
                result.states[keeps.pop()] = panel.dump(state)
            while waiting and waiting[-1][0] <= at_ms:
                result.flags += panel.tell_away(state, waiting.pop()[1], reading.at)
            result.flags += panel.observe(state, reading, reading.at)
            reading = next(coming, None)
        now = _utc(end_ms - 1)
        result.flags += panel.tick(state, now)
        result.ratio[cell - first] = panel.silence_ratio(state, now)
    return result


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000.0, UTC)
