"""A sentence is filled as its form says, or says what is wrong; both languages hold the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.texts.catalogue import Catalogue, Fact, TextError, check_alike, read_tables
from models.texts.texts import LANGUAGES, load_texts, read_texts, text_of


def catalogue(language: str = "en", **texts: str) -> Catalogue:
    return Catalogue(language, read_tables({"t": texts, "cause": {"fire": "a fire", "flood": "{n} floods"}}, "f"))


@pytest.mark.parametrize(
    ("text", "facts", "said"),
    [
        ("{n} of {m}", {"n": 1, "m": "x"}, "1 of x"),
        ("{n:.1f} h", {"n": 2.25}, "2.2 h"),
        ("{n:.0f} L", {"n": 119.6}, "120 L"),
        ("{n:plural(hour|hours)}", {"n": 1}, "1 hour"),
        ("{n:plural(hour|hours)}", {"n": 0}, "0 hours"),
        ("{n:plural(hour|hours)}", {"n": 2}, "2 hours"),
        ("{n:clock}", {"n": 7.25}, "07:15"),
        ("{n:clock}", {"n": 6.9999}, "07:00"),
        ("{n:list(, )}", {"n": "a,b,c"}, "a, b, c"),
        ("{n:list(、)}", {"n": "a"}, "a"),
        ("by {n:@cause}", {"n": "fire"}, "by a fire"),
        ("by {c:@cause( and )}", {"c": "fire,flood", "n": 2}, "by a fire and 2 floods"),
        ("the {n:lower}", {"n": "Smoke alarm"}, "the smoke alarm"),
        ("{n:upper}", {"n": "info"}, "Info"),
        ("{n:lower}", {"n": ""}, ""),
        ("at{n:omit} 8", {"n": "Mon"}, "at 8"),
        ("{{n}}", {}, "{n}"),
        ("", {}, ""),
    ],
)
def test_a_gap_is_filled_as_its_form_says(text: str, facts: dict[str, Fact], said: str) -> None:
    assert catalogue(x=text).text("f.t.x", facts) == said


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("{n}", {}),
        ("{n:.1f}", {"n": "much"}),
        ("{n:.1f}", {"n": True}),
        ("{n:.1f}", {"n": None}),
        ("{n:clock}", {"n": float("inf")}),
        ("{n:plural(a|b)}", {"n": "1"}),
        ("{n}", {"n": 10**5000}),
        ("{n:@cause}", {"n": "war"}),
        ("{c:@cause}", {"c": "flood"}),
    ],
)
def test_facts_that_do_not_fill_a_sentence_say_which_one(text: str, facts: dict[str, Fact]) -> None:
    with pytest.raises(TextError, match=r"f\.t\.x|f\.cause"):
        catalogue(x=text).text("f.t.x", facts)


@pytest.mark.parametrize("text", ["{", "}", "{n", "{n:huge}", "{n:.1e}", "{0}", "{}", "{n.real}", "{n[0]}", "{n!r}"])
def test_what_is_no_placeholder_stops_the_program_and_names_the_key(text: str) -> None:
    with pytest.raises(TextError, match=r"f: t\.x"):
        catalogue(x=text)


@pytest.mark.parametrize("tables", [{"x": "text"}, {"t": {"x": 3}}, {"t": {"x": {"y": "text"}}}])
def test_a_file_holds_tables_of_texts_and_nothing_else(tables: dict[str, object]) -> None:
    with pytest.raises(TextError, match="f: "):
        read_tables(tables, "f")


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ({"x": "甲"}, {"x": "a", "y": "b"}),
        ({"x": "甲", "y": "乙"}, {"x": "a"}),
        ({"x": "{n}"}, {"x": "a"}),
        ({"x": "{n}"}, {"x": "{m}"}),
        ({"x": "{n:@causes}"}, {"x": "{n:@cause}"}),
    ],
)
def test_languages_that_differ_stop_the_program(zh: dict[str, str], en: dict[str, str]) -> None:
    with pytest.raises(TextError):
        check_alike({"zh": catalogue("zh", **zh), "en": catalogue("en", **en)})


def test_languages_may_say_a_fact_each_in_its_own_form() -> None:
    zh, en = catalogue("zh", x="{n}户{day:omit}"), catalogue("en", x="{day}: {n:plural(home|homes)}")
    check_alike({"zh": zh, "en": en})
    assert zh.text("f.t.x", {"n": 1, "day": "Mon"}) == "1户"
    assert en.text("f.t.x", {"n": 1, "day": "Mon"}) == "Mon: 1 home"


def test_whoever_reads_none_of_our_languages_gets_that_of_the_place() -> None:
    assert text_of("de", "flags.home.over") == text_of("zh", "flags.home.over") == "已经恢复正常。"


def test_the_shipped_catalogues_are_read_once() -> None:
    assert tuple(load_texts()) == LANGUAGES
    assert load_texts() is load_texts()


@pytest.mark.parametrize("broken", ["[t", "[t]\nx = 3", "[t]\nx = '{'", None])
def test_a_broken_file_stops_the_program_and_is_named(tmp_path: Path, broken: str | None) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        if broken is not None:
            (tmp_path / language / "flags.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(TextError, match=str(tmp_path / "zh")):
        read_texts(tmp_path)
