"""Roster: who has promised to answer, and when: rotations, fixed shifts, sign-up shifts, overrides and swaps.

Only what was agreed. Who that makes on call at a moment is `oncall`; people are ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ingest.domain.base.wallclock import WallClockError, time_of_day, zone_of
from ingest.domain.duty.holidays import Calendar


class RosterError(ValueError):
    """A roster that can not be followed; the message says where and what to do."""


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY, WORKDAYS, REST_DAYS = "every_day", "workdays", "rest_days"
_DAY_WORDS = {*WEEKDAYS, EVERY_DAY, WORKDAYS, REST_DAYS}


@dataclass(frozen=True, slots=True)
class Window:
    """Hours on some days. One that ends at or before its beginning runs over midnight and belongs to its first day."""

    days: frozenset[str]
    start: time
    end: time

    def applies(self, day: date, calendar: Calendar) -> bool:
        """Return whether a shift begins on this day."""
        if EVERY_DAY in self.days or WEEKDAYS[day.weekday()] in self.days:
            return True
        return (REST_DAYS if calendar.is_rest(day) else WORKDAYS) in self.days


@dataclass(frozen=True, slots=True)
class Rotation:
    """Groups of people who take turns of `every_days` days from `starts` at `at` on; within a turn `windows` count.

    One group alone is a fixed shift. No windows: day and night.
    """

    starts: date
    at: time
    every_days: int
    turns: tuple[tuple[str, ...], ...]
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """From `starts` to `ends` `person` answers instead of `replaces`, where that one would have.

    Without `replaces`: instead of everybody. Without `person`: nobody comes in. A swap is two of these.
    """

    person: str | None
    replaces: str | None
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class OpenShift:
    """A shift that people sign up for, at most `places` of them."""

    starts: datetime
    ends: datetime
    places: int
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """What was agreed for one area. `overrides` count in their order: a later one stands over an earlier one."""

    roster_id: str
    area_id: str
    zone: ZoneInfo
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...] = ()
    open_shifts: tuple[OpenShift, ...] = ()

    def everybody(self) -> set[str]:
        """Return the ids of all who are named anywhere."""
        named = {person for rotation in self.rotations for turn in rotation.turns for person in turn}
        named |= {change.person for change in self.overrides if change.person is not None}
        return named | {person for shift in self.open_shifts for person in shift.people}


@dataclass(frozen=True, slots=True)
class AgreedRoster:
    """A roster as somebody writes it down: no stand-ins and no shifts, which stay when it is written again."""

    roster_id: str
    area_id: str
    name: str
    timezone: str
    rotations: tuple[Rotation, ...]

    def everybody(self) -> set[str]:
        """Return the ids of all whose turn comes."""
        return {person for rotation in self.rotations for turn in rotation.turns for person in turn}


def agreed_roster(
    roster_id: str, area_id: str, name: str, rotations: list[dict[str, Any]], timezone: str
) -> AgreedRoster:
    """Return a roster in plain data; raises `RosterError`."""
    roster_zone(roster_id, timezone)
    return AgreedRoster(roster_id, area_id, name, timezone, rotations_of(roster_id, rotations))


def rotations_of(roster_id: str, data: list[dict[str, Any]]) -> tuple[Rotation, ...]:
    """Return rotations in plain data; raises `RosterError` that names rotation and key."""
    return tuple(_rotation_of(f"roster {roster_id}, rotation {number}", one) for number, one in enumerate(data, 1))


def rotations_data(rotations: tuple[Rotation, ...]) -> list[dict[str, Any]]:
    """Return the rotations as plain JSON data."""
    return [
        {
            "starts": one.starts.isoformat(),
            "at": one.at.isoformat("minutes"),
            "every_days": one.every_days,
            "turns": [list(turn) for turn in one.turns],
            "windows": [
                {"days": sorted(w.days), "from": w.start.isoformat("minutes"), "to": w.end.isoformat("minutes")}
                for w in one.windows
            ],
        }
        for one in rotations
    ]


def roster_zone(roster_id: str, name: str) -> ZoneInfo:
    """Return the roster's zone; raises `RosterError`."""
    try:
        return zone_of(name)
    except WallClockError as error:
        raise RosterError(f"roster {roster_id}: {error}") from error


def _rotation_of(where: str, data: dict[str, Any]) -> Rotation:
    _only(where, data, {"starts", "at", "every_days", "turns", "windows"})
    try:
        starts = data.get("starts", "2024-01-01")
        rotation = Rotation(
            starts=starts if isinstance(starts, date) else date.fromisoformat(starts),
            at=time_of_day(data.get("at", "00:00")),
            every_days=int(data.get("every_days", 7)),
            turns=tuple(_group(where, turn) for turn in data.get("turns", [])),
            windows=tuple(_window_of(where, one) for one in data.get("windows", [])),
        )
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, RosterError) else RosterError(f"{where}: {error}") from error
    if not rotation.turns or not all(rotation.turns):
        raise RosterError(f'{where}: turns must name at least one person each; give turns = [["person"], …]')
    if not 1 <= rotation.every_days <= 366:
        raise RosterError(f"{where}: every_days is {rotation.every_days}; a turn has 1 to 366 days")
    return rotation


def _group(where: str, turn: object) -> tuple[str, ...]:
    people = [turn] if isinstance(turn, str) else turn
    if not isinstance(people, list | tuple) or not all(isinstance(one, str) and one for one in people):
        raise RosterError(f"{where}: a turn is a person's id or a list of ids, not {turn!r}")
    return tuple(people)


def _window_of(where: str, data: dict[str, Any]) -> Window:
    _only(where, data, {"days", "from", "to"})
    said = data.get("days", EVERY_DAY)
    days = frozenset([said] if isinstance(said, str) else said)
    if not days or days - _DAY_WORDS:
        known = ", ".join((*WEEKDAYS, EVERY_DAY, WORKDAYS, REST_DAYS))
        raise RosterError(f"{where}: days {sorted(days)} are not understood; there are {known}")
    missing = {"from", "to"} - set(data)
    if missing:
        raise RosterError(f"{where}: a window needs {' and '.join(sorted(missing))}")
    return Window(days, time_of_day(data["from"]), time_of_day(data["to"]))


def _only(where: str, data: dict[str, Any], known: set[str]) -> None:
    unknown = set(data) - known
    if unknown:
        raise RosterError(f"{where}: no such key: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
