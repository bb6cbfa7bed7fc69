"""The secondary search finds every meter of a line, whatever collides."""

from __future__ import annotations

import random

import pytest

from gateway.protocols import mbus
from gateway.protocols.mbus_encode import own_address
from gateway.protocols.mbus_search import SearchHearing, SecondarySearch


def search(numbers: list[str]) -> SecondarySearch:
    """Run the search against a line with meters of these numbers."""
    owns = [own_address(number, "LSE", 1, 0x07) for number in numbers]
    seeking = SecondarySearch()
    while seeking.mask is not None:
        mask = mbus.secondary_mask(seeking.mask)
        answering = [own for own in owns if mbus.mask_fits(mask, own)]
        if len(answering) > 1:
            seeking.heard(SearchHearing.COLLISION)
        elif answering:
            seeking.heard(SearchHearing.ONE, answering[0][:4][::-1].hex())
        else:
            seeking.heard(SearchHearing.NOTHING)
    return seeking


def test_an_empty_line_is_known_after_one_question() -> None:
    seeking = search([])
    assert (seeking.found, seeking.asked) == ([], 1)


def test_a_single_meter_is_found_with_one_question() -> None:
    seeking = search(["12345678"])
    assert (seeking.found, seeking.asked) == (["12345678"], 1)


def test_meters_that_differ_in_the_last_digit_only_are_all_found() -> None:
    numbers = ["12345670", "12345671", "12345679"]
    assert search(numbers).found == numbers


def test_two_hundred_meters_are_all_found() -> None:
    chance = random.Random(13757)
    numbers = sorted({f"{chance.randrange(10**8):08d}" for _ in range(200)})
    seeking = search(numbers)
    assert seeking.found == numbers
    assert seeking.unresolved == []
    assert seeking.asked < 200 * 11


def test_two_meters_of_one_number_are_told_and_do_not_stop_the_search() -> None:
    seeking = search(["11111111", "11111111", "22222222"])
    assert seeking.found == ["22222222"]
    assert seeking.unresolved == ["11111111"]


def test_the_search_takes_no_answer_to_a_question_that_was_not_asked() -> None:
    seeking = search([])
    with pytest.raises(ValueError, match="over"):
        seeking.heard(SearchHearing.NOTHING)


def test_an_answer_without_an_address_is_an_error() -> None:
    with pytest.raises(ValueError, match="address"):
        SecondarySearch().heard(SearchHearing.ONE)
