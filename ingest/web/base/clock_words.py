"""Clock words: times and durations as people of a language read them. Pure; the zone is the site's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.web.base.languages import Catalogue
from models.texts.texts import text_of


@dataclass(frozen=True, slots=True)
class ClockWords:
    """Writes times in one zone and language."""

    zone: ZoneInfo
    catalogue: Catalogue

    def hour(self, at: datetime) -> str:
        """Return `20:05`."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """Return `11月23日` or `23 Nov`."""
        return self.date(at.astimezone(self.zone).date())

    def date(self, day: date) -> str:
        """Return the same for a day of the calendar."""
        return text_of(self.catalogue.language.value, "kinds.date.day", month=day.month, day=day.day)

    def when(self, at: datetime, now: datetime) -> str:
        """Return the hour of today's times and day and hour of others."""
        same_day = at.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.hour(at) if same_day else f"{self.day(at)} {self.hour(at)}"

    def precise(self, at: datetime, now: datetime) -> str:
        """Return the same with seconds, for histories."""
        return f"{self.when(at, now)}:{at.astimezone(self.zone):%S}"

    def span(self, length: timedelta) -> str:
        """Return a rounded-down length such as `3 h 20 min`; never negative."""
        minutes = max(0, int(length.total_seconds() // 60))
        days, hours = minutes // 1440, minutes % 1440 // 60
        if days:
            return self.catalogue.say("span.days", days=days, hours=hours)
        if hours:
            return self.catalogue.say("span.hours", hours=hours, minutes=minutes % 60)
        return self.catalogue.say("span.minutes", minutes=minutes)


def countdown(left: timedelta) -> str:
    """Return `04:59`, `1:04:59` or, when it is over, `−00:12`: what the page shows before its script runs."""
    seconds = int(left.total_seconds())
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{sign}{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{sign}{minutes:02}:{seconds % 60:02}"
