"""Family: what a resident lets their contacts be told, and when something is to be told. Pure.

Only what was agreed: a morning's word (at the first sign of life, or that there was none by the agreed hour), an update
in plain words after something happened and once a week. Never a figure of use, never an hour of a habit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_BEGINS = time(4)
"""Who goes to the bathroom at three is not up yet."""
EARLIEST, LATEST = time(5), time(13)
"""Between these the agreed hour of the morning lies."""
ASKED_UNTIL = time(18)
"""So late nobody is told any more that somebody is up."""
LOOK_EVERY = timedelta(minutes=1)
MOST_A_DAY = 2
"""Morning words of a day: not yet, and then up after all."""
WEEKLY_ON, WEEKLY_AT = 6, time(18)
"""Sunday evening (weekday 6)."""
MOST_UPDATES_A_DAY = 3
LINK_LIFE = timedelta(days=400)
LONGEST_PAUSE = timedelta(hours=24)
PAUSES = (timedelta(hours=2), timedelta(hours=6), LONGEST_PAUSE)


class FamilyFault(StrEnum):
    """Why a consent is not written down, or a wish not followed."""

    UNKNOWN_HOME = "unknown_home"
    UNKNOWN_CONTACT = "unknown_contact"
    NOT_ALLOWED = "not_allowed"
    NOBODY_SAID = "nobody_said"
    NOTHING_AGREED = "nothing_agreed"
    BAD_HOUR = "bad_hour"
    OVER = "over"
    BAD_PAUSE = "bad_pause"
    PAUSED_ALREADY = "paused_already"
    NO_RESIDENT = "no_resident"


class Said(StrEnum):
    """What the family was told this morning."""

    UP = "up"
    NOT_YET = "not_yet"
    CANT_TELL = "cant_tell"
    """The home can't be watched just now."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the resident agreed to for one contact."""

    updates: bool
    morning: bool
    may_tell_away: bool
    morning_by: time | None = None

    def fault(self) -> FamilyFault | None:
        """Return why this is no consent, or None."""
        if not (self.updates or self.morning or self.may_tell_away):
            return FamilyFault.NOTHING_AGREED
        if self.morning and (self.morning_by is None or not EARLIEST <= self.morning_by <= LATEST):
            return FamilyFault.BAD_HOUR
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a home now: the last sign of life, whether it is watched at all, whether the resident is away
    (or has paused the watching)."""

    last_sign: datetime | None
    blind: bool
    away: bool


@dataclass(frozen=True, slots=True)
class LastWord:
    """What a contact was last told of a morning, and of which."""

    said: Said | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is told now, if anything, and when it is looked again."""

    said: Said | None
    look_at: datetime


def morning_step(by: time, zone: ZoneInfo, now: datetime, seen: Seen, last: LastWord) -> Step:
    """Return what of the morning is to be told at `now` (aware UTC), to whom `last` was said, by `by` at the latest."""
    today = now.astimezone(zone).date()
    begins, hour, ends = (_at(today, at, zone) for at in (DAY_BEGINS, by, ASKED_UNTIL))
    tomorrow = _at(today + timedelta(days=1), DAY_BEGINS, zone)
    before = last.said if last.day == today else None
    if before is Said.UP or now >= ends:
        return Step(None, tomorrow)
    if now < begins:
        return Step(None, begins)
    if seen.last_sign is not None and seen.last_sign >= begins:
        return Step(Said.UP, tomorrow)
    if seen.away:
        # who is not at home can not get up there; whoever comes back in the course of the day is not news
        return Step(None, now + LOOK_EVERY if now < hour else tomorrow)
    if now < hour or before is not None:
        return Step(None, now + LOOK_EVERY)
    return Step(Said.CANT_TELL if seen.blind else Said.NOT_YET, now + LOOK_EVERY)


def week_of(now: datetime, zone: ZoneInfo) -> str | None:
    """Return the name of the week whose update is due since this evening, None at any other time."""
    local = now.astimezone(zone)
    if local.weekday() != WEEKLY_ON or local.time() < WEEKLY_AT:
        return None
    year, week, _ = local.isocalendar()
    return f"{year}-w{week:02}"


def fault_of_pause(length: timedelta) -> FamilyFault | None:
    """Return why nobody pauses for so long, or None."""
    return None if length in PAUSES else FamilyFault.BAD_PAUSE


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
