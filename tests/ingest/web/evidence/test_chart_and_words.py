"""The pure parts: the chart's geometry, words for times, order and names, the throttle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.store.ledger.usage import HourRow
from ingest.store.tickets.queries import AreaRow
from ingest.web.base.auth import Throttle
from ingest.web.base.clock_words import ClockWords, countdown
from ingest.web.base.languages import Language, load_catalogues
from ingest.web.base.views import Places, first_name, urgency
from ingest.web.evidence.chart import HOUR, HOURS, draw, first_hour, round_up
from ingest.website import PARTS

NOW = datetime(2026, 11, 23, 4, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "top"),
    [(0.0, 1.0), (1.0, 1.0), (1.1, 2.0), (2.0, 2.0), (4.9, 5.0), (5.1, 10.0), (35.0, 50.0), (830.0, 1000.0)],
)
def test_an_axis_ends_at_a_plain_number(value: float, top: float) -> None:
    assert round_up(value) == top


def test_the_running_hour_is_the_last_bar_and_there_are_48() -> None:
    chart = draw([HourRow(NOW.replace(minute=0), 10.0, 100.0, "full", 3)], NOW, None, [])
    for row in chart.rows:
        assert len(row.bars) == HOURS
        assert row.bars[-1].value is not None
        assert [bar.value for bar in row.bars[:-1]] == [None] * 47
        assert row.bars[-1].x + row.bars[-1].width <= chart.width


def test_a_bar_is_as_high_as_its_share_and_zero_is_flat() -> None:
    start = first_hour(NOW)
    hours = [HourRow(start + index * HOUR, litres, 0.0, "full", None) for index, litres in enumerate((50.0, 25.0, 0.0))]
    water = draw(hours, NOW, None, []).rows[0]
    assert [bar.height for bar in water.bars[:3]] == [84.0, 42.0, 0.0]
    assert [bar.y + bar.height for bar in water.bars[:3]] == [water.y + 84] * 3


def test_water_and_power_are_unknown_independently() -> None:
    start = first_hour(NOW)
    water, power = draw([HourRow(start, None, 300.0, "part", None)], NOW, None, []).rows
    assert (water.bars[0].value, power.bars[0].value, power.bars[0].part) == (None, 300.0, True)


@pytest.mark.parametrize(
    ("ago", "shown"), [(timedelta(hours=1), True), (timedelta(hours=49), False), (timedelta(0), True)]
)
def test_the_beginning_is_marked_only_where_it_is_on_the_chart(ago: timedelta, shown: bool) -> None:
    assert (draw([], NOW, NOW - ago, []).since_x is not None) is shown


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(seconds=299), "04:59"),
        (timedelta(0), "00:00"),
        (timedelta(seconds=-12), "−00:12"),
        (timedelta(hours=1, minutes=4, seconds=59), "1:04:59"),
        (timedelta(hours=-2), "−2:00:00"),
    ],
)
def test_a_countdown_says_how_long_is_left(left: timedelta, text: str) -> None:
    assert countdown(left) == text


def test_times_are_the_site_s_and_the_reader_s() -> None:
    catalogues = load_catalogues([part.texts for part in PARTS])
    zh = ClockWords(ZoneInfo("Asia/Shanghai"), catalogues[Language.ZH])
    en = ClockWords(ZoneInfo("Asia/Shanghai"), catalogues[Language.EN])
    yesterday = NOW - timedelta(hours=12, minutes=21)
    assert (zh.when(NOW, NOW), zh.when(yesterday, NOW)) == ("12:20", "11月22日 23:59")
    assert (en.precise(NOW, NOW), en.when(yesterday, NOW)) == ("12:20:00", "22 Nov 23:59")
    assert [en.span(timedelta(minutes=value)) for value in (-1, 59, 61, 1500)] == [
        "0 min",
        "59 min",
        "1 h 1 min",
        "1 d 1 h",
    ]
    assert zh.span(timedelta(hours=9, minutes=40)) == "9 小时 40 分钟"


def test_places_are_named_in_the_reader_s_language() -> None:
    rows = {
        "d": AreaRow("d", "district", "鼓楼区", "Gulou District", "/d/"),
        "s": AreaRow("s", "street", "宁海路街道", "Ninghai Road Street", "/d/s/"),
    }
    assert Places(rows, Language.ZH).trail("/d/s/unknown/") == "鼓楼区 › 宁海路街道 › unknown"
    assert Places(rows, Language.EN).near("/d/s/unknown/") == "Ninghai Road Street › unknown"


def test_a_name_is_cut_to_what_another_volunteer_needs() -> None:
    assert [first_name(name) for name in ("王桂芳", "Wang Fang", "Chen", "")] == ["王", "Wang", "Chen", ""]


def test_a_severity_of_a_newer_version_is_not_sorted_to_the_end() -> None:
    assert urgency("catastrophic") > urgency("critical") > urgency("info")


def test_a_throttle_counts_within_its_window_and_forgets_the_oldest_keys() -> None:
    throttle = Throttle(2, timedelta(minutes=1), memory=2)
    assert [throttle.wait("a", NOW) for _ in range(3)] == [None, None, timedelta(minutes=1)]
    assert throttle.wait("a", NOW + timedelta(seconds=59)) == timedelta(seconds=1)
    assert throttle.wait("a", NOW + timedelta(seconds=60)) is None
    throttle.wait("b", NOW)
    throttle.wait("c", NOW)
    assert throttle.wait("a", NOW + timedelta(seconds=60)) is None
    throttle.forget("a")
    assert throttle.wait("a", NOW + timedelta(seconds=60)) is None
