"""Zone: the zone that a home's time stamps were written in, as far as their offsets tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo


class SeenZone(tzinfo):
    """Local time by the offsets that a home's rows carry. `seen` says since when (aware UTC) which offset held."""

    def __init__(self, seen: Mapping[datetime, timedelta]) -> None:
        self._since = sorted(at.astimezone(UTC).replace(tzinfo=None) for at in seen)
        by_time = {at.astimezone(UTC).replace(tzinfo=None): offset for at, offset in seen.items()}
        self._offsets = [by_time[at] for at in self._since]

    def fromutc(self, dt: datetime) -> datetime:
        """Return local time; `dt` carries UTC under this zone's name, as `tzinfo.fromutc` demands."""
        return dt + self._at(dt.replace(tzinfo=None))

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """Return the offset at local time `dt`."""
        if dt is None:
            return self._offsets[0]
        local = dt.replace(tzinfo=None)
        return self._at(local - self._at(local))

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Not known from offsets."""
        return None

    def tzname(self, dt: datetime | None) -> str:
        """Name it by its offset."""
        return f"UTC{self.utcoffset(dt)}"

    def _at(self, utc: datetime) -> timedelta:
        return self._offsets[max(0, bisect_right(self._since, utc) - 1)]
