"""Happenings: the `[[incidents]]` of a scenario, told in local time, turned into incidents of homes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.people.day import plan_day
from simulators.people.habits import draw_habits
from simulators.people.incidents import LONGEST_FALL_S, Incident, IncidentKind, MeterKind
from simulators.street.scenario_tables import ScenarioError, Table

_DEFAULT_HOURS = {
    IncidentKind.FALL: 48.0,
    IncidentKind.TAP: 3.0,
    IncidentKind.STOVE: 4.0,
    IncidentKind.SMOKE: 0.5,
    IncidentKind.SMOKE_TEST: 0.02,
    IncidentKind.UNPLUGGED: 24.0,
    IncidentKind.AWAY: 48.0,
    IncidentKind.POWER_CUT: 2.0,
}


def read_incidents(
    tables: Sequence[Table], seeds: Mapping[str, str], zone: ZoneInfo, first_day: date
) -> dict[str, list[Incident]]:
    """Return the incidents of each home. `seeds` are the homes of the street and what decides their habits.

    When it happens is `at = <date and time with offset>`, or `day` (1 is the scenario's first local day) with
    `time = 06:30:00` or `time = "wake"`, the minute at which this person means to get up on that day.
    """
    found: dict[str, list[Incident]] = {}
    for table in tables:
        home = table.take("home", str)
        if home not in seeds:
            raise ScenarioError(f"{table.where}: home = {home!r} does not stand in this street; it has {_some(seeds)}")
        kind = _kind(table)
        start = _start(table, seeds[home], zone, first_day)
        longest = LONGEST_FALL_S / 3600 if kind is IncidentKind.FALL else 10_000.0
        hours = table.number("hours", 0.001, longest, _DEFAULT_HOURS[kind])
        incident = _READERS.get(kind, _plain)(table, kind, start, start + hours * 3600)
        table.done()
        found.setdefault(home, []).append(incident)
    return found


def _kind(table: Table) -> IncidentKind:
    value = table.take("kind", str)
    try:
        return IncidentKind(value)
    except ValueError as error:
        known = ", ".join(IncidentKind)
        raise ScenarioError(f"{table.where}: kind = {value!r} is not known; choose one of {known}") from error


def _start(table: Table, seed: str, zone: ZoneInfo, first_day: date) -> float:
    if table.has("at"):
        at = table.take("at", datetime)
        if at.tzinfo is None:
            raise ScenarioError(f"{table.where}: at = {at} needs an offset, such as 2026-11-23T06:00:00+08:00")
        return at.astimezone(UTC).timestamp()
    day = first_day + timedelta(days=int(table.number("day", 1, 10_000, 1)) - 1)
    clock: time | str = table.take_any("time", (time, str))
    if isinstance(clock, str):
        if clock != "wake":
            raise ScenarioError(f'{table.where}: time = {clock!r} must be a local time such as 06:30:00, or "wake"')
        return plan_day(draw_habits(seed), seed, day, zone).wake
    return datetime.combine(day, clock, zone).timestamp()


def _plain(_table: Table, kind: IncidentKind, start: float, end: float) -> Incident:
    return Incident(kind, start, end)


def _fall(table: Table, kind: IncidentKind, start: float, end: float) -> Incident:
    return Incident(kind, start, end, leaves_on=table.take("leaves_on", bool, True))


def _tap(table: Table, kind: IncidentKind, start: float, end: float) -> Incident:
    return Incident(kind, start, end, rate=table.number("litres_per_minute", 0.01, 60, 6.0))


def _stove(table: Table, kind: IncidentKind, start: float, end: float) -> Incident:
    return Incident(kind, start, end, rate=table.number("watts", 1, 10_000, 1200.0))


def _unplugged(table: Table, kind: IncidentKind, start: float, end: float) -> Incident:
    meter = table.take("meter", str, "both")
    if meter == "both":
        return Incident(kind, start, end)
    try:
        return Incident(kind, start, end, meters=frozenset({MeterKind(meter)}))
    except ValueError as error:
        raise ScenarioError(f"{table.where}: meter = {meter!r} must be electricity, water or both") from error


_READERS: dict[IncidentKind, Callable[[Table, IncidentKind, float, float], Incident]] = {
    IncidentKind.FALL: _fall,
    IncidentKind.TAP: _tap,
    IncidentKind.STOVE: _stove,
    IncidentKind.UNPLUGGED: _unplugged,
}


def _some(seeds: Mapping[str, str]) -> str:
    names = sorted(seeds)
    return f"{names[0]} to {names[-1]}"
