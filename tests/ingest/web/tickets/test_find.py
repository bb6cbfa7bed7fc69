"""Finding: by any word, by the first letters of pinyin, within one's own areas only."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.web.tickets.find import best, score
from ingest.web.tickets.initials import initials, keys_of
from tests.ingest.reader import Reader
from tests.ingest.street import Street


def of_the_first_level() -> str:
    """Return the first level of GB 2312 (rows 16 to 55), which the standard sorts by pinyin."""
    cells = ((row, cell) for row in range(16, 56) for cell in range(1, 95) if row < 55 or cell <= 89)
    return "".join(bytes((row + 0xA0, cell + 0xA0)).decode("gb2312") for row, cell in cells)


def test_the_letters_rise_as_the_national_standard_sorts_its_signs() -> None:
    signs = of_the_first_level()
    letters = initials(signs)
    assert (len(signs), len(letters)) == (3755, 3755)
    sorted_by_reading = [(sign, letter) for sign, letter in zip(signs, letters, strict=True) if sign != "幢"]
    assert [pair for pair in pairwise(sorted_by_reading) if pair[1][1] < pair[0][1]] == []


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("陈秀英", "cxy"),
        ("3 幢 2 单元 402", "3z2dy402"),
        ("鄞州", "yz"),
        ("甬江 B-1", "yjb1"),
        ("喆", "z"),
        ("😀、", ""),
    ],
)
def test_names_give_their_first_letters(text: str, letters: str) -> None:
    assert initials(text) == letters


def test_a_family_name_is_found_by_its_own_reading_too() -> None:
    assert {"sgf", "dgf"} <= set(keys_of("单桂芳"))


def test_every_word_must_be_met_and_the_beginning_counts_more() -> None:
    assert score(["chen"], ["chen jie"]) == 1
    assert score(["jie"], ["chen jie"]) == 2
    assert score(["chen", "no"], ["chen jie"]) is None
    assert best(["a"], [("within", ("ba",)), ("whole", ("a",)), ("none", ("b",))]) == ["whole", "within"]


async def test_a_home_is_found_by_pinyin_and_a_person_by_name(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    home = (await reader.get("/find/results", params={"q": "cxy"})).text
    assert "陈秀英" in home
    assert "孙德才" not in home
    person = (await reader.get("/find/results", params={"q": "wang 桂"})).text
    assert "王桂芳" not in person
    assert "王桂芳" in (await reader.get("/find", params={"q": "wgf"})).text


async def test_a_ticket_is_found_by_what_it_is_about(street: Street, reader: Reader) -> None:
    ticket = await street.ticket()
    await reader.become(street, "night")
    assert f'data-ticket="{ticket.ticket_id}"' in (await reader.get("/find/results", params={"q": "smoke 402"})).text


async def test_nobody_finds_what_lies_outside_their_areas(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    assert "外区住户" not in (await reader.get("/find/results", params={"q": "901"})).text
    await reader.become(street, "other")
    assert "外区住户" in (await reader.get("/find/results", params={"q": "901"})).text


async def test_nothing_found_is_said(street: Street, reader: Reader) -> None:
    await reader.become(street, "night")
    assert "Nothing found." in (await reader.get("/find/results", params={"q": "zzzz"})).text
