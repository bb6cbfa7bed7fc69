"""Quiet hours: when low severities wait until the morning. What is urgent never waits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from ingest.domain.base.wallclock import WallClockError, instant_of, time_of_day, zone_of
from models.flag import Severity

_KEYS = {"from", "to", "timezone"}
HOME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the wall in `zone`, over midnight where `end` is earlier."""

    start: time
    end: time
    zone: str

    def over_at(self, severity: Severity, now: datetime) -> datetime:
        """Return when people may be asked: `now`, or the end of the quiet hours it lies in."""
        if severity.rank >= Severity.URGENT.rank:
            return now
        zone = zone_of(self.zone)
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            ends_on = day if self.end > self.start else day + timedelta(days=1)
            end = instant_of(ends_on, self.end, zone)
            if instant_of(day, self.start, zone) <= now < end:
                return end.astimezone(UTC)
        return now


def suppressions_of(data: dict[str, Any]) -> QuietHours:
    """Return `{from, to, timezone}` as quiet hours; raises `WallClockError` that says what is wrong."""
    unknown = set(data) - _KEYS
    if unknown:
        raise WallClockError(f"quiet: no such key: {', '.join(sorted(unknown))}; there are from, to, timezone")
    if not {"from", "to"} <= set(data):
        raise WallClockError('quiet: write {from = "21:00", to = "08:00"}')
    quiet = QuietHours(time_of_day(data["from"]), time_of_day(data["to"]), str(data.get("timezone", HOME_ZONE)))
    zone_of(quiet.zone)
    if quiet.start == quiet.end:
        raise WallClockError("quiet: from and to are the same; nobody would ever be asked")
    return quiet


def quiet_data(quiet: QuietHours) -> dict[str, Any]:
    """Return the quiet hours as plain data."""
    return {"from": quiet.start.isoformat("minutes"), "to": quiet.end.isoformat("minutes"), "timezone": quiet.zone}
