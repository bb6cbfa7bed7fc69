"""The command line: what it prints, what it writes, how it ends."""

from __future__ import annotations

import asyncio
import csv
import signal
import sys
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from gateway.config.catalogue import load_settings
from simulators.__main__ import main

SCENARIO = """
[street]
homes = 3
lines = 1
[clock]
virtual_start = 2026-11-23T06:00:00+08:00
[[incidents]]
home = "h-002"
kind = "unplugged"
meter = "water"
at = 2026-11-23T08:00:00+08:00
hours = 1
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO)
    return path


def test_readings_are_written_as_the_replay_takes_them(tmp_path: Path, scenario: Path) -> None:
    out = tmp_path / "readings.csv"
    assert main(["readings", "--scenario", str(scenario), "--days", "0.25", "--every", "600", "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["ts", "home", "device", "quantity", "unit", "value"]
    counted = Counter(row["quantity"] for row in rows)
    assert (counted["water_volume"], counted["energy"], counted["power"]) == (108, 108, 108)
    assert counted["smoke"] == 18
    assert datetime.fromisoformat(rows[0]["ts"]).utcoffset() is not None
    silent = [row for row in rows if row["value"] == ""]
    assert {(row["home"], row["quantity"]) for row in silent} == {("h-002", "water_volume")}
    assert len(silent) == 6


def test_what_is_wrong_with_a_scenario_ends_the_program_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text("[street]\nhoms = 3\n")
    assert main(["readings", "--scenario", str(tmp_path / "bad.toml"), "--out", str(tmp_path / "out.csv")]) == 2
    assert "bad.toml:2: street.homs: is not a key of this table; did you mean homes?" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kill", "vendor"], "--kill vendor: only gateway, broker, ingest can be killed"),
        (["--homes", "3"], "--homes 3: must be 17 to 200"),
    ],
)
def test_a_demonstration_that_can_not_be_played_is_not_begun(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--dir", str(tmp_path / "demo"), *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_street_writes_a_configuration_that_a_gateway_takes_and_leaves_no_line_behind(
    number: int, tmp_path: Path, scenario: Path
) -> None:
    folder = tmp_path / "street"
    street = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "simulators", "street", "--no-detectors"],
        *["--scenario", str(scenario), "--folder", str(folder)],
        stdout=asyncio.subprocess.PIPE,
    )
    assert street.stdout is not None
    said = [(await asyncio.wait_for(street.stdout.readline(), 60)).decode() for _ in range(2)]
    assert said[0].strip() == f"gateway configuration: {folder / 'gateway.toml'}"
    assert said[1].startswith(f"line: {folder / 'line-1'} (/dev/pts/")
    settings, _ = load_settings(folder / "gateway.toml")
    assert (len(settings.homes), len(settings.devices), len(settings.lines)) == (3, 9, 2)
    assert tomllib.loads((folder / "gateway.toml").read_text())["lines"][0]["port"] == str(folder / "line-1")
    street.send_signal(number)
    await asyncio.wait_for(street.wait(), 60)
    assert not (folder / "line-1").is_symlink()
