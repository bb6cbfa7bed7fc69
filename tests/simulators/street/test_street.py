"""Scenario files are read strictly: what is not understood is an error that says where and what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import simulators
from models.kit.config_reader import ConfigError
from simulators.people.incidents import IncidentKind, MeterKind
from simulators.street.street import load_street, read_street

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SCENARIOS = sorted((Path(simulators.__file__).resolve().parent.parent / "config" / "scenarios").glob("*.toml"))


def test_an_empty_scenario_is_twenty_quiet_homes_on_the_wall_s_clock() -> None:
    street = read_street("", NOW)
    assert len(street.homes) == 20
    assert not any(home.incidents for home in street.homes)
    assert street.pace.virtual(NOW) == NOW
    assert street.timing == "line"


def test_a_scenario_can_start_at_a_local_time_of_the_day_on_which_it_is_played() -> None:
    street = read_street("[clock]\nstart = 14:30:00\nrate = 360", NOW)
    assert street.pace.virtual(NOW) == datetime(2026, 11, 23, 14, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert street.first_day == date(2026, 11, 23)


def test_no_two_devices_share_an_address() -> None:
    street = read_street("[street]\nhomes = 300", NOW)
    for attribute in ("id", "seed", "electricity_address", "water_address", "smoke_topic"):
        assert len({getattr(home, attribute) for home in street.homes}) == 300
    assert all(len(home.electricity_address) == 12 and len(home.water_address) == 14 for home in street.homes)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_shipped_scenario_can_be_played(path: Path) -> None:
    street = load_street(path, NOW)
    for home in street.homes:
        assert street.household(home).water_litres(street.pace.virtual_start.timestamp()) > 0


def test_scenarios_are_shipped() -> None:
    assert {path.stem for path in SCENARIOS} >= {"quiet-street", "hard-day"}


def test_incidents_are_told_in_local_time_or_at_the_minute_of_getting_up() -> None:
    street = read_street(
        """
        [street]
        homes = 3
        [[incidents]]
        home = "h-002"
        kind = "tap"
        day = 2
        time = 20:30:00
        hours = 2
        litres_per_minute = 5
        [[incidents]]
        home = "h-002"
        kind = "fall"
        day = 3
        time = "wake"
        leaves_on = false
        [[incidents]]
        home = "h-003"
        kind = "unplugged"
        at = 2026-11-24T09:00:00+08:00
        meter = "water"
        """,
        NOW,
    )
    zone = ZoneInfo("Asia/Shanghai")
    tap, fall = street.homes[1].incidents
    assert tap.kind is IncidentKind.TAP
    assert tap.start == datetime(2026, 11, 24, 20, 30, tzinfo=zone).timestamp()
    assert (tap.end - tap.start, tap.rate) == (7200, 5.0)
    assert fall.start == street.household(street.homes[1]).plan(date(2026, 11, 25)).wake
    assert fall.leaves_on is False
    assert street.homes[2].incidents[0].meters == {MeterKind.WATER}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[street]\nhoms = 3", "scenario:2: street.homs: is not a key of this table; did you mean homes"),
        ("[strete]", "1: strete: is not a key of this table; did you mean street"),
        ("[street]\nhomes = 0", "2: street.homes: 0 is too small; the least is 1"),
        ("[street]\nhomes = true", "homes: must be a whole number, not True"),
        ("[street]\ntiming = 'fast'", "timing: 'fast' is not known; choose one of 'line', 'virtual', 'off'"),
        ("[street]\ntimezone = 'Asia/Nowhere'", "Asia/Nowhere.*is no zone"),
        ("[faults]\nnoise = 2", "faults.noise: 2.0 is too big; the most is 1"),
        ("[clock]\nrate = 7200", "clock.rate: 7200.0 is too big"),
        ("[clock]\nvirtual_start = 2026-11-23T06:00:00", "clock.virtual_start: has no zone"),
        ("[clock]\nspeed = 2", "2: clock.speed: is not a key"),
        ("[clock]\nstart = 14:30:00\nvirtual_start = 2026-11-23T06:00:00Z", "3: clock.virtual_start: start is given"),
        ("[[incidents]]\nhome = 'h-999'\nkind = 'fall'\ntime = 'wake'", "2: .*h-999.*does not stand in this street"),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'fell'\ntime = 'wake'", "'fell' is not known; choose one of 'fall'"),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'fall'", r"incidents\[0\].time: is missing"),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'fall'\ntime = 'noon'", 'a local time such as 06:30:00, or "wake"'),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'fall'\ntime = 'wake'\nhours = 100", "5: .*hours: 100.0 is too big"),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'smoke'\ntime = 09:00:00\nwatts = 3", "watts: is not a key of this"),
        ("[[incidents]]\nhome = 'h-001'\nkind = 'away'\nat = 2026-11-24T09:00:00", "at: has no zone"),
        ("incidents = 3", r"incidents: must be a list: write \[\[incidents\]\]"),
        ("street = 3", "street: must be a table"),
        ("[street", "not TOML"),
    ],
)
def test_what_is_wrong_in_a_scenario_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_street(text, NOW)


def test_every_mistake_of_a_scenario_is_told_with_its_line() -> None:
    text = "[street]\nhomes = 0\ntimezone = 'x'\n[[incidents]]\nhome = 1\nkind = 'tap'\nwats = 3\n[broker]\nport = 0\n"
    with pytest.raises(ConfigError) as caught:
        read_street(text, NOW)
    assert [(one.line, one.key) for one in caught.value.problems] == [
        (2, "street.homes"),
        (3, "street.timezone"),
        (5, "incidents[0].home"),
        (7, "incidents[0].wats"),
        (9, "broker.port"),
    ]


def test_a_missing_scenario_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml:1: the file: can't be read"):
        load_street(tmp_path / "gone.toml", NOW)
