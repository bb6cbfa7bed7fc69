"""Lines of usage: what stands in them, checked against the client library's own idea of line protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import Point, WritePrecision

from ingest.outward.history.settings import read_influx
from ingest.outward.history.usage_lines import usage_lines
from models.kit.config_reader import ConfigError
from models.wire.messages import HourUse, UsageQuality, UsageSummary

HOUR = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line_of(hour: HourUse, home: str = "h-001", gateway: str = "gw-1") -> str:
    return usage_lines(gateway, UsageSummary(home, [hour]))[0]


def test_an_hour_becomes_one_line() -> None:
    line = line_of(HourUse(HOUR, 12.5, 300.0, UsageQuality.PART, 4))
    assert line == "usage,gateway=gw-1,home=h-001 seen=1i,water_l=12.5,energy_wh=300.0,signs=4i 1795435200"


def test_what_is_not_known_is_left_out_and_not_zero() -> None:
    assert line_of(HourUse(HOUR, None, None, UsageQuality.NONE)).split(" ")[1] == "seen=0i"
    assert line_of(HourUse(HOUR, 0.0, float("nan"))).split(" ")[1] == "seen=2i,water_l=0.0"


def test_an_hour_reported_again_names_the_same_point() -> None:
    first = line_of(HourUse(HOUR, 1.0, None, UsageQuality.PART)).split(" ")
    again = line_of(HourUse(HOUR, 2.0, 5.0, UsageQuality.FULL, 3)).split(" ")
    assert (first[0], first[2]) == (again[0], again[2])


@pytest.mark.parametrize("home", ["h,1", "h=1", "h 1", "楼3-201", "h,=  x"])
def test_names_are_escaped_as_the_client_library_does(home: str) -> None:
    point: Any = Point("usage")
    point = point.tag("gateway", "gw-1").tag("home", home).field("seen", 2).field("water_l", 0.1)
    theirs = point.time(HOUR, write_precision=WritePrecision.S).to_line_protocol()
    assert line_of(HourUse(HOUR, 0.1, None), home) == theirs


@pytest.mark.parametrize("home", ["h\n1", "h\\", "a\r\nb v=1 1"])
def test_no_name_can_end_the_line_or_swallow_what_follows(home: str) -> None:
    line = line_of(HourUse(HOUR, 1.0, None), home)
    assert "\n" not in line
    assert "\r" not in line
    assert line.endswith(" seen=2i,water_l=1.0 1795435200")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"url": "http://x/"}, "bucket"),
        ({"url": "http://x/", "bucket": "b", "buket": "c"}, "buket"),
        ({"url": "x:8086", "bucket": "b"}, "https://"),
        ({"url": "http://u:p@x/", "bucket": "b"}, "token_file"),
        ({"url": "http://x/", "bucket": "b", "token_file": "none"}, "token_file: "),
        ({"url": "http://x/", "bucket": "b", "token_env": "LINSHE_NOT_SET"}, "LINSHE_NOT_SET"),
        ({"url": "http://x/", "bucket": "b", "token_file": "a", "token_env": "B"}, "keep one of the two"),
        ({"url": "http://x/", "bucket": "b", "ca_file": "none"}, "none is not there"),
        ({"url": "http://x/", "bucket": "b", "timeout_s": 0}, "timeout_s"),
    ],
)
def test_a_mistake_in_the_settings_is_named(table: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_influx(table, tmp_path)
    assert "[influx]" in str(caught.value)
    assert said in str(caught.value)


def test_the_token_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush\n")
    target = read_influx({"url": "https://x/", "bucket": "b", "token_file": "token"}, tmp_path)
    assert target.token == "hush"
    assert "hush" not in repr(target)
