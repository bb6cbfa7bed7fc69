"""The soak: its month is in order, what grows is seen, and a short one runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from simulators.__main__ import main
from simulators.soak.growth import Growth, GrowthSample, growth, look, slope
from simulators.soak.readings import messages

FIRST = date(2026, 10, 1)


def test_a_month_comes_in_order_and_each_home_howls_once() -> None:
    said = list(messages(6, 2.0, 4 * 3600.0, FIRST))
    assert [one.at for one in said] == sorted(one.at for one in said)
    howls = Counter(one.topic for one in said if json.loads(one.payload).get("smoke"))
    assert howls == {f"zigbee2mqtt/h-{number:04}-smoke": 1 for number in range(6)}
    assert sum(one.topic.startswith("tele/") for one in said) == 6 * 12
    assert said == list(messages(6, 2.0, 4 * 3600.0, FIRST))


def test_meters_never_run_backwards() -> None:
    last: dict[str, float] = {}
    for one in messages(3, 3.0, 3600.0, FIRST):
        value = json.loads(one.payload).get("total_m3")
        if value is not None:
            assert value >= last.get(one.topic, 0.0)
            last[one.topic] = value
    assert len(last) == 3


@pytest.mark.parametrize(
    ("points", "rises"),
    [([], 0.0), ([(1.0, 5.0)], 0.0), ([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], 2.0), ([(1.0, 1.0), (1.0, 9.0)], 0.0)],
)
def test_a_slope_is_by_how_much_it_grows_a_day(points: list[tuple[float, float]], rises: float) -> None:
    assert slope(points) == pytest.approx(rises)


def test_growth_is_that_of_the_second_half_when_all_has_warmed_up() -> None:
    warm = [GrowthSample(float(day), 50.0 + 10 * day, 10, 3) for day in range(5)]
    late = [GrowthSample(float(day), 100.0, 12 + (day > 8), 3) for day in range(5, 11)]
    assert growth([*warm, *late]) == Growth(100.0, 0.0, (12, 13), (3, 3))


def test_a_program_that_is_gone_is_no_sample() -> None:
    sample = look(os.getpid(), 1.0)
    assert sample is not None
    assert sample.memory_mb > 1
    assert sample.descriptors >= 3
    assert look(2**22 + 1, 1.0) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--homes", "0"], "--homes 0: must be 1 to 5000"),
        (["--every", "24"], "--every 24: must be 0.1 to 12 hours"),
    ],
)
def test_a_soak_that_makes_no_sense_is_not_begun(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["soak", "--dir", str(tmp_path / "soak"), *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "soak").exists()


async def test_a_short_soak_runs_the_real_programs_and_takes_every_reading(tmp_path: Path) -> None:
    wanted = ["--homes", "5", "--days", "2", "--for", "6", "--every", "4", "--dir", str(tmp_path / "soak")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "soak", *wanted, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    said = json.loads(out.decode().splitlines()[-1])
    assert (said["lost"], said["doubled"], said["smoke_flags"]) == (0, 0, 10), out.decode()
    assert said["readings_taken"] == said["messages"], out.decode()
    assert said["tickets"]["closed"] >= 1, out.decode()
