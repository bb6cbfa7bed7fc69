"""Street: which homes stand in it, what hangs on which line, what will happen. Read from a scenario's TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from models.kit.config_reader import ConfigError, Reader, parse_document, read_document
from models.pace import Pace
from simulators.lines.faulty import LineFaults
from simulators.people.household import Household
from simulators.people.incidents import Incident
from simulators.street.events import read_incidents
from simulators.street.scenario_tables import ClockTable, ScenarioFile, StreetTable


@dataclass(frozen=True, slots=True)
class HomeSpec:
    """One home and its three devices."""

    id: str
    seed: str
    line: int
    electricity_address: str
    water_address: str
    water_step_l: int
    smoke_topic: str
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Street:
    """Everything that is played. `timing`: the line's own speed, that speed in the street's time, or none at all."""

    gateway: str
    zone: ZoneInfo
    pace: Pace
    first_day: date
    lines: int
    timing: str
    faults: LineFaults
    broker_host: str
    broker_port: int
    homes: tuple[HomeSpec, ...]

    def household(self, home: HomeSpec) -> Household:
        """Return the living home of `home`; it begins two days early, for a clock is asked before its start, too."""
        return Household(home.seed, self.zone, self.first_day - timedelta(days=2), home.incidents)


def load_street(path: Path, now: datetime) -> Street:
    """Return the street of a scenario file; raises `ConfigError`. `now` is the start where the file names none."""
    return _street(*read_document(path, "give --scenario an existing file"), now)


def read_street(text: str, now: datetime, where: str = "scenario") -> Street:
    """Return the street that the TOML `text` describes; raises `ConfigError` with every mistake."""
    return _street(*parse_document(text, where), now)


def _street(data: Mapping[str, Any], reader: Reader, now: datetime) -> Street:
    file = reader.read(data, ScenarioFile)
    zone = _zone(data, reader)
    if file is None or zone is None:
        raise ConfigError(reader.problems)
    table = file.street
    pace = _pace(file.clock, now, zone, reader)
    first_day = pace.virtual_start.astimezone(zone).date()
    lines = max(1, table.homes // 5) if table.lines is None else table.lines
    drafts = [_home(f"h-{number:03}", table.seed, number, lines) for number in range(1, table.homes + 1)]
    incidents = read_incidents(file.incidents, {one.id: one.seed for one in drafts}, zone, first_day, reader)
    reader.raise_problems()
    return Street(
        gateway=table.gateway,
        zone=zone,
        pace=pace,
        first_day=first_day,
        lines=lines,
        timing=table.timing,
        faults=LineFaults(**msgspec.structs.asdict(file.faults)),
        broker_host=file.broker.host,
        broker_port=file.broker.port,
        homes=tuple(replace(one, incidents=tuple(incidents.get(one.id, ()))) for one in drafts),
    )


def _home(name: str, seed: int, number: int, lines: int) -> HomeSpec:
    """Every third water meter has a register in litres, the others the usual one of ten litres a step."""
    return HomeSpec(
        id=name,
        seed=f"{seed}/{name}",
        line=(number - 1) % lines + 1,
        electricity_address=f"{310000000000 + number:012}",
        water_address=f"{20210000000000 + number:014}",
        water_step_l=1 if number % 3 == 0 else 10,
        smoke_topic=f"zigbee2mqtt/{name}-smoke",
    )


def _zone(data: Mapping[str, Any], reader: Reader) -> ZoneInfo | None:
    table = data.get("street", {})
    name = table.get("timezone", StreetTable().timezone) if isinstance(table, Mapping) else None
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (ZoneInfoNotFoundError, ValueError):
        reader.complain(("street", "timezone"), f"{name!r} is no zone; write one such as Asia/Shanghai")
        return None


def _pace(table: ClockTable, now: datetime, zone: ZoneInfo, reader: Reader) -> Pace:
    """A clock that starts now and runs at the wall's speed, unless the table says otherwise."""
    virtual = table.virtual_start or now
    if table.start is not None:
        virtual = datetime.combine(now.astimezone(zone).date(), table.start, zone)
        if table.virtual_start is not None:
            reader.complain(("clock", "virtual_start"), "start is given as well; keep one of the two")
    return Pace((table.wall_start or now).astimezone(UTC), virtual.astimezone(UTC), table.rate, table.catch_up)
