"""Wall clock: the instant at which a clock on the wall first shows a time. Knows zones; knows nothing of shifts.

Every boundary of a shift goes through `instant_of`, so that one shift's end and the next one's beginning are the same
instant, also in the night when the clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MINUTE = timedelta(minutes=1)


class WallClockError(ValueError):
    """A time of day or a zone that is none; the message says which."""


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first instant (aware UTC) at which the wall clock in `zone` has reached `at` on `day`.

    A time that is skipped in spring is reached when the clocks go forward; one that comes twice in autumn counts the
    first time.
    """
    wall = datetime.combine(day, at)
    early = wall.replace(tzinfo=zone).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # skipped: the change lies between the two readings of the offset, and changes come at whole minutes
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = early
    while high - low > _MINUTE:
        middle = low + ((high - low) // 2 // _MINUTE) * _MINUTE
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high


def zone_of(name: str) -> ZoneInfo:
    """Return the zone; raises `WallClockError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WallClockError(f"{name!r} is no time zone: write it like Asia/Shanghai") from error


def time_of_day(text: object) -> time:
    """Return "08:30" as a time; raises `WallClockError`."""
    if isinstance(text, time) and text.tzinfo is None:
        return text
    try:
        read = time.fromisoformat(str(text))
    except ValueError as error:
        raise WallClockError(f"{text!r} is no time of day: write it like 08:30") from error
    if read.tzinfo is not None or read.second or read.microsecond:
        raise WallClockError(f"{text!r}: a time of day has hours and minutes only")
    return read
