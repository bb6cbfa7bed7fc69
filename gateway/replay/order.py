"""Order: in which order, and when, the gateway would have heard the rows of a file."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from gateway.replay.rows import RecordedRow, RecordedTable

_NEWEST_FIRST = 0.2


class HeardReading(NamedTuple):
    """A row and the gateway's time when it came in: never earlier than that of the row before it in its stream."""

    now: datetime
    row: RecordedRow


def in_order(table: RecordedTable) -> list[HeardReading]:
    """Return the rows in the order of their times across all homes.

    Within a stream the file's order is the order of arrival: a late row stays late, as it would on a line, and the
    watcher refuses it. A stream that mostly runs backwards was exported newest first, and is turned round.
    """
    streams: dict[int, list[RecordedRow]] = {}
    for row in table.rows:
        streams.setdefault(row.stream, []).append(row)
    heard: list[HeardReading] = []
    for rows in streams.values():
        heard += _arrivals(rows)
    heard.sort(key=_when)
    return heard


def _when(heard: HeardReading) -> datetime:
    return heard.now


def _arrivals(rows: list[RecordedRow]) -> list[HeardReading]:
    late = sum(1 for before, after in pairwise(rows) if after.at < before.at)
    if late > _NEWEST_FIRST * len(rows):
        rows = sorted(rows, key=lambda row: row.at)
    now = rows[0].at
    arrivals = []
    for row in rows:
        now = max(now, row.at)
        arrivals.append(HeardReading(now, row))
    return arrivals
