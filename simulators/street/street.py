"""Street: which homes stand in it, what hangs on which line, what will happen. Read from a scenario's TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.pace import Pace
from simulators.lines.faulty import Faults
from simulators.people.household import Household
from simulators.people.incidents import Incident
from simulators.street.events import read_incidents
from simulators.street.scenario_tables import ScenarioError, Table

TIMINGS = ("line", "virtual", "off")


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
    faults: Faults
    broker_host: str
    broker_port: int
    homes: tuple[HomeSpec, ...]

    def household(self, home: HomeSpec) -> Household:
        """Return the living home of `home`; it begins two days early, for a clock is asked before its start, too."""
        return Household(home.seed, self.zone, self.first_day - timedelta(days=2), home.incidents)


def load_street(path: Path, now: datetime) -> Street:
    """Return the street of a scenario file; raises `ScenarioError`. `now` is the start where the file names none."""
    try:
        return read_street(path.read_text(encoding="utf-8"), now, path.name)
    except OSError as error:
        raise ScenarioError(f"{path}: can't be read: {error.strerror}; give --scenario an existing file") from error


def read_street(text: str, now: datetime, where: str = "scenario") -> Street:
    """Return the street that the TOML `text` describes."""
    try:
        top = Table(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where}: not TOML: {error}") from error
    table, broker, faults = top.table("street"), top.table("broker"), top.table("faults")
    zone = _zone(table)
    pace = _pace(top.table("clock"), now, zone)
    first_day = pace.virtual_start.astimezone(zone).date()
    homes, seed = int(table.number("homes", 1, 1000, 20)), int(table.number("seed", 0, 1e9, 1))
    lines = int(table.number("lines", 1, 64, max(1, homes // 5)))
    drafts = [_home(f"h-{number:03}", seed, number, lines) for number in range(1, homes + 1)]
    incidents = read_incidents(top.tables("incidents"), {one.id: one.seed for one in drafts}, zone, first_day)
    street = Street(
        gateway=table.take("gateway", str, "gw-street"),
        zone=zone,
        pace=pace,
        first_day=first_day,
        lines=lines,
        timing=_choice(table, "timing", TIMINGS, "line"),
        faults=_faults(faults),
        broker_host=broker.take("host", str, "127.0.0.1"),
        broker_port=int(broker.number("port", 1, 65535, 1884)),
        homes=tuple(replace(one, incidents=tuple(incidents.get(one.id, ()))) for one in drafts),
    )
    for one in (table, broker, faults, top):
        one.done()
    return street


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


def _zone(table: Table) -> ZoneInfo:
    name = table.take("timezone", str, "Asia/Shanghai")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ScenarioError(
            f"{table.where}: timezone = {name!r} is no zone; write one such as Asia/Shanghai"
        ) from error


def _choice(table: Table, key: str, choices: tuple[str, ...], default: str) -> str:
    value = table.take(key, str, default)
    if value not in choices:
        raise ScenarioError(f"{table.where}: {key} = {value!r} must be one of {', '.join(choices)}")
    return value


def _pace(table: Table, now: datetime, zone: ZoneInfo) -> Pace:
    """A clock that starts now and runs at the wall's speed, unless the table says otherwise."""
    wall = _moment(table, "wall_start", now)
    if table.has("start"):
        local = now.astimezone(zone)
        virtual = datetime.combine(local.date(), table.take("start", time), zone).astimezone(UTC)
    else:
        virtual = _moment(table, "virtual_start", now)
    rate = table.number("rate", 0.001, 3600, 1.0)
    pace = Pace(wall, virtual, rate, table.take("catch_up", bool, False))
    table.done()
    return pace


def _moment(table: Table, key: str, default: datetime) -> datetime:
    value = table.take(key, datetime, default)
    if value.tzinfo is None:
        raise ScenarioError(f"{table.where}: {key} = {value} needs an offset, such as 2026-11-23T06:00:00+08:00")
    return value.astimezone(UTC)


def _faults(table: Table) -> Faults:
    return Faults(
        echo=table.take("echo", bool, False),
        noise=table.number("noise", 0, 1, 0.0),
        split=table.number("split", 0, 1, 0.0),
        drop=table.number("drop", 0, 1, 0.0),
        delay=table.number("delay", 0, 1, 0.0),
        delay_s=table.number("delay_s", 0, 10, 0.5),
        collision=table.number("collision", 0, 1, 0.0),
    )
