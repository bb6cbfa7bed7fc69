"""What a flag says: the sentences as they are, and what happens to one that can't be said."""

from __future__ import annotations

import pytest

from models.flag import Evidence
from models.texts.catalogue import Fact
from models.texts.flag_texts import sentences_of, told_anew


@pytest.mark.parametrize(
    ("key", "facts", "zh", "en"),
    [
        (
            "smoke.alarm",
            {"device": "s-1"},
            "烟雾探测器 s-1 正在报警。",
            "Smoke detector s-1 is sounding its alarm.",
        ),
        (
            "inactivity.silent",
            {"since": "21:40", "hours_silent": 9.8, "one_in": 120},
            (
                "自 21:40 起 9.8 小时没有人活动的迹象，电器都关着；"
                "据该户以往情况估计，此时开始的安静约 120 次中才有一次这么久。"
            ),
            (
                "No sign of anybody since 21:40, for 9.8 hours, with everything off; by this home's past, "
                "about one in 120 quiet spells that begin at this hour lasts so long."
            ),
        ),
        (
            "water.running",
            {"since": "08:00", "minutes": 45, "litres": 360, "litres_per_minute": 8.0, "usual_minutes": 12},
            "自 08:00 起水一直在流：45 分钟共 360 升，每分钟约 8.0 升；该户平时最长约 12 分钟。",
            (
                "Water has been running since 08:00: 360 L in 45 minutes, about 8.0 L/min; "
                "the longest usual run here is about 12 minutes."
            ),
        ),
        (
            "wellbeing.slow_change",
            {
                "days_now": 21,
                "days_before": 30,
                "changed": "rise_h,meals,water_l",
                "rise_h_before": 6.5,
                "rise_h_now": 7.75,
                "meals_before": 2.96,
                "meals_now": 1.2,
                "water_l_before": 119.6,
                "water_l_now": 80.2,
            },
            (
                "近来 21 天与此前 30 天相比：起床时间从 06:30 变为 07:45，做饭次数从 3.0 变为 1.2，"
                "日用水量（升）从 120 变为 80。建议上门看望。"
            ),
            (
                "The last 21 days at home against 30 earlier ones: hour of rising from 06:30 to 07:45, "
                "meals cooked from 3.0 to 1.2, litres of water a day from 120 to 80. A friendly visit is advised."
            ),
        ),
        (
            "place.over",
            {
                "place_kind": "building",
                "place": "3",
                "kind": "supply_lost",
                "watched": 9,
                "count": 4,
                "since": "20:00",
                "homes": "a,b,c,d",
            },
            "已恢复：楼栋 3 的 9 户中有 4 户自 20:00 起几乎同时断电：a、b、c、d。",
            "Over: building 3: the power went in 4 of 9 homes within minutes of 20:00: a, b, c, d.",
        ),
    ],
)
def test_a_flag_says_its_facts(key: str, facts: dict[str, Fact], zh: str, en: str) -> None:
    assert sentences_of(Evidence(facts, key=f"flags.{key}")) == (zh, en)


def test_what_an_older_version_has_stored_keeps_its_words() -> None:
    assert sentences_of(Evidence({"device": "s-1"}, "烟", "Smoke")) == ("烟", "Smoke")


def test_a_flag_leaves_the_gateway_even_if_its_sentence_is_not_known() -> None:
    assert sentences_of(Evidence({}, key="flags.smoke.of_tomorrow")) == ("flags.smoke.of_tomorrow",) * 2


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("", {}),
        ("flags.smoke.alarm", {}),
        ("flags.smoke.of_tomorrow", {"device": "s-1"}),
        ("flags.inactivity.silent", {"since": "21:40", "hours_silent": "many", "one_in": 1}),
        ("notices.title.home", {"home": "x"}),
    ],
)
def test_what_comes_from_outside_and_can_not_be_said_is_not_said(key: str, facts: dict[str, Fact]) -> None:
    assert told_anew(key, facts, {}) is None
