"""Readings: what a street's meters would have said, as the CSV that `linshe-gateway replay` takes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators.people.household import Household
from simulators.people.incidents import IncidentKind, MeterKind
from simulators.street.street import HomeSpec, Street

COLUMNS = ("ts", "home", "device", "quantity", "unit", "value")

Row = tuple[str, str, str, str, str, str]


def write_readings(street: Street, days: float, every_s: float, out: Path) -> int:
    """Write `days` of polls of the whole street, from where its clock starts; returns how many rows there are."""
    count = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows(street, days, every_s):
            writer.writerow(row)
            count += 1
    return count


def rows(street: Street, days: float, every_s: float) -> Iterator[Row]:
    """Yield the rows in order of time: water and electricity at every poll, smoke when it changes and every hour."""
    begin = street.pace.virtual_start.timestamp()
    homes = [(home, street.household(home)) for home in street.homes]
    for poll in range(int(days * 86400 / every_s)):
        at = begin + poll * every_s
        stamp = _stamp(at, street.zone)
        for home, household in homes:
            yield from _meters(home, household, at, stamp)
            yield from _detector(home, household, at, every_s, stamp)


def _meters(home: HomeSpec, household: Household, at: float, stamp: str) -> Iterator[Row]:
    litres, wh, watts = "", "", ""
    if household.meter_answers(MeterKind.WATER, at):
        litres = str(int(household.water_litres(at) // home.water_step_l) * home.water_step_l)
    if household.meter_answers(MeterKind.ELECTRICITY, at):
        wh = str(int(household.energy_watt_hours(at) // 10) * 10)
        watts = f"{household.power_watts(at):.1f}"
    yield stamp, home.id, f"{home.id}-w", "water_volume", "L", litres
    yield stamp, home.id, f"{home.id}-e", "energy", "Wh", wh
    yield stamp, home.id, f"{home.id}-e", "power", "W", watts


def _detector(home: HomeSpec, household: Household, at: float, every_s: float, stamp: str) -> Iterator[Row]:
    now = household.going_on(IncidentKind.SMOKE, at) is not None
    before = household.going_on(IncidentKind.SMOKE, at - every_s) is not None
    if now != before or at % 3600 < every_s:
        yield stamp, home.id, f"{home.id}-s", "smoke", "1", "1" if now else "0"


def _stamp(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat()
