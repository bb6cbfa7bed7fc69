"""Local time of a home, for habits only: everything else is in epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

DAY_S = 86_400.0
_QUARTER_S = 900.0


class LocalClock:
    """Epoch seconds → local seconds; remembers the offset of the current quarter hour, as zones change on those."""

    __slots__ = ("_offset", "_quarter", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._quarter = -1
        self._offset = 0.0

    @property
    def zone(self) -> str:
        """The zone's name, as far as it has one."""
        return str(self._zone)

    def seconds(self, at: float) -> float:
        """Return `at` as seconds since 1970 of the local wall clock."""
        quarter = int(at // _QUARTER_S)
        if quarter != self._quarter:
            offset = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
            self._offset = offset.total_seconds() if offset is not None else 0.0
            self._quarter = quarter
        return at + self._offset

    def hour(self, at: float) -> float:
        """Return the local hour of the day, 0 ≤ h < 24, with its fraction."""
        return (self.seconds(at) % DAY_S) / 3600.0

    def day(self, at: float) -> int:
        """Return the number of the local day since 1970."""
        return int(self.seconds(at) // DAY_S)

    def hhmm(self, at: float) -> str:
        """Return the local time of day as it is said to people, `07:05`."""
        minutes = int((self.seconds(at) % DAY_S) // 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
