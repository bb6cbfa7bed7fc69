"""The words of a notice: complete in both languages, true, and within the parts of a text message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.channels.texts import MOST_SMS_PARTS, notice_text, sms_parts
from models.flag import FlagKind, Severity

LINK = "http://127.0.0.1:8000/t/ImFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6Ig.aabbcc.ABCDEFGHIJKLMNOPQRSTU"
SAID = {"zh": "自 21:40 起没有用水;平时 06:10 ± 35 分起床", "en": "no water since 21:40; usually up 06:10 ± 35 min"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(FlagKind))
@pytest.mark.parametrize("severity", list(Severity))
def test_every_kind_and_severity_has_words_in_both_languages(kind: FlagKind, severity: Severity, language: str) -> None:
    title, text = notice_text(kind, severity, SAID[language], "3-201", language, LINK, 0)
    assert "3-201" in title
    assert "3-201" in text
    assert text.endswith(LINK)
    assert ("起没有用水" in text) is (language == "zh")
    assert ("no water since" in text) is (language == "en")
    assert sms_parts(text) <= MOST_SMS_PARTS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_of_different_kinds_are_different(language: str) -> None:
    titles = {notice_text(kind, Severity.URGENT, SAID[language], "x", language, None, 0)[0] for kind in FlagKind}
    assert len(titles) == len(FlagKind)


def test_only_a_later_step_says_that_nobody_has_taken_it() -> None:
    first = notice_text(FlagKind.SMOKE, Severity.CRITICAL, SAID["en"], "3-201", "en", LINK, 0)[1]
    second = notice_text(FlagKind.SMOKE, Severity.CRITICAL, SAID["en"], "3-201", "en", LINK, 1)[1]
    assert "Nobody has taken it yet" not in first
    assert "Nobody has taken it yet" in second
    assert "尚未有人接手" in notice_text(FlagKind.SMOKE, Severity.CRITICAL, SAID["zh"], "3-201", "zh", LINK, 3)[1]


def test_an_unknown_language_gets_the_language_of_the_place() -> None:
    assert notice_text(FlagKind.SMOKE, Severity.CRITICAL, SAID["zh"], "3-201", "de", None, 0)[0].startswith(
        "【危急】烟雾报警"
    )


def test_an_english_text_stays_in_the_cheap_alphabet() -> None:
    text = notice_text(FlagKind.INACTIVITY, Severity.URGENT, SAID["en"], "3-201", "en", None, 0)[1]
    assert "06:10 +/- 35 min." in text
    assert sms_parts(text) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("烟" * 70, 1),
        ("烟" * 71, 2),
        ("烟" * 134, 2),
        ("烟" * 135, 3),
        ("a" * 69 + "烟", 1),
        ("a" * 70 + "烟", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_of_a_text_message_at_their_edges(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


@given(st.text(max_size=600), st.text(max_size=40), st.sampled_from(["zh", "en"]), st.integers(0, 3))
def test_a_text_of_any_evidence_fits_and_keeps_its_link(said: str, label: str, language: str, step: int) -> None:
    _, text = notice_text(FlagKind.SMOKE, Severity.CRITICAL, said, label, language, LINK, step)
    assert text.endswith(LINK)
    assert " ".join(label.split()) in text
    assert sms_parts(text) <= MOST_SMS_PARTS


def test_a_sentence_too_long_is_cut_where_the_parts_end_and_says_so() -> None:
    text = notice_text(FlagKind.RUNNING_WATER, Severity.URGENT, "水" * 500, "3-201", "zh", LINK, 0)[1]
    assert len(text) == 67 * MOST_SMS_PARTS
    assert "水...处理:" in text


@pytest.mark.parametrize(("letters", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_a_chinese_message_has_70_letters_and_then_67_a_part(letters: int, parts: int) -> None:
    # 3GPP TS 23.040: 140 bytes hold 70 UCS-2 letters, 67 beside the header of a part
    assert sms_parts("烟" * letters) == parts
    assert sms_parts("烟" + "a" * (letters - 1)) == parts, "one Chinese letter makes all of them cost two bytes"
