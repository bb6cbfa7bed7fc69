"""Happenings: the `[[incidents]]` of a scenario, told in local time, turned into incidents of homes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.kit.config_reader import Reader
from simulators.people.day import plan_day
from simulators.people.habits import draw_habits
from simulators.people.incidents import Incident, IncidentKind, MeterKind
from simulators.street.scenario_tables import AnyIncident, Fall, Stove, Tap, Unplugged


def read_incidents(
    entries: list[AnyIncident], seeds: Mapping[str, str], zone: ZoneInfo, first_day: date, reader: Reader
) -> dict[str, list[Incident]]:
    """Return the incidents of each home. `seeds` are the homes of the street and what decides their habits.

    When it happens is `at = <date and time with offset>`, or `day` (1 is the scenario's first local day) with
    `time = 06:30:00` or `time = "wake"`, the minute at which this person means to get up on that day.
    """
    found: dict[str, list[Incident]] = {}
    for number, entry in enumerate(entries):
        at = ("incidents", number)
        if entry.home not in seeds:
            reader.complain((*at, "home"), f"{entry.home!r} does not stand in this street; it has {_some(seeds)}")
            continue
        if entry.at is not None:
            start = entry.at.astimezone(UTC).timestamp()
        else:
            day = first_day + timedelta(days=entry.day - 1)
            if entry.time == "wake":
                seed = seeds[entry.home]
                start = plan_day(draw_habits(seed), seed, day, zone).wake
            elif isinstance(entry.time, time):
                start = datetime.combine(day, entry.time, zone).timestamp()
            else:
                fault = "is missing; give" if entry.time is None else "must be"
                reader.complain((*at, "time"), f'{fault} a local time such as 06:30:00, or "wake"')
                continue
        found.setdefault(entry.home, []).append(_incident(entry, start))
    return found


def _incident(entry: AnyIncident, start: float) -> Incident:
    kind, end = IncidentKind(str(entry.__struct_config__.tag)), start + entry.hours * 3600
    if isinstance(entry, Fall):
        return Incident(kind, start, end, leaves_on=entry.leaves_on)
    if isinstance(entry, Tap):
        return Incident(kind, start, end, rate=entry.litres_per_minute)
    if isinstance(entry, Stove):
        return Incident(kind, start, end, rate=entry.watts)
    if isinstance(entry, Unplugged) and entry.meter != "both":
        return Incident(kind, start, end, meters=frozenset({MeterKind(entry.meter)}))
    return Incident(kind, start, end)


def _some(seeds: Mapping[str, str]) -> str:
    names = sorted(seeds)
    return f"{names[0]} to {names[-1]}"
