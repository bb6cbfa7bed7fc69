"""CJ/T 188 frames against the standard's sample, and the meter's side of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from gateway.protocols import cjt188, cjt188_data, cjt188_encode

ADDRESS = "78330011223344"
REQUEST = "68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16"
ANSWER = "68 10 44 33 22 11 00 33 78 81 16 1F 90 00 00 77 66 55 2C 00 77 66 55 2C 31 01 22 11 05 15 20 21 84 13 16"


def one(text: str) -> cjt188.Frame:
    (event,) = cjt188.framer().feed(bytes.fromhex(text))
    assert isinstance(event, cjt188.Frame)
    return event


def spaced(data: bytes) -> str:
    return data.hex(" ").upper()


def test_the_request_is_the_standards_sample() -> None:
    assert spaced(cjt188.read_request(cjt188.COLD_WATER, ADDRESS)) == REQUEST


def test_the_meters_side_gives_the_standards_sample() -> None:
    content = cjt188_encode.volume_content(
        Decimal("556677.00"), Decimal("556677.00"), datetime(2015, 5, 11, 22, 1, 31), 0x8421
    )
    assert spaced(cjt188.answer(one(REQUEST), cjt188.COLD_WATER, ADDRESS, content)) == ANSWER


def test_a_meter_answers_in_the_order_it_was_asked_in() -> None:
    asked = one("68 10 44 33 22 11 00 33 78 01 03 90 1F 07 87 16")
    assert (asked.di, asked.di_high_first, asked.serial) == ("901F", True, 7)
    answer = cjt188.answer(asked, cjt188.COLD_WATER, ADDRESS, b"")
    assert spaced(answer[11:14]) == "90 1F 07"


def test_both_orders_can_be_asked_for() -> None:
    request = cjt188.read_request(cjt188.COLD_WATER, ADDRESS, high_first=True)
    assert spaced(request) == "68 10 44 33 22 11 00 33 78 01 03 90 1F 00 80 16"


def test_the_question_who_is_there_has_wildcards_for_type_and_address() -> None:
    assert spaced(cjt188.read_address_request()) == "68 AA AA AA AA AA AA AA AA 03 03 0A 81 00 49 16"


def test_a_refusal_repeats_the_serial_and_gives_the_status() -> None:
    refusal = cjt188.error_answer(one("68 10 44 33 22 11 00 33 78 01 03 90 1F 07 87 16"), 0x10, ADDRESS, b"\x02\x00")
    assert spaced(refusal).startswith("68 10 44 33 22 11 00 33 78 C1 03 07 02 00")
    frame = one(spaced(refusal))
    assert (frame.is_error, frame.serial, frame.content) == (True, 7, b"\x02\x00")


@pytest.mark.parametrize(("asked", "meant"), [("AAAAAAAAAAAAAA", True), (ADDRESS, True), ("78330011223345", False)])
def test_a_meter_knows_whether_it_is_meant(asked: str, meant: bool) -> None:
    assert cjt188.address_answers_to(asked, ADDRESS) is meant


def test_an_address_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="14 digits"):
        cjt188.read_request(cjt188.COLD_WATER, "1")


@pytest.mark.parametrize(
    ("clock", "local"),
    [
        ("31 01 22 11 05 15 20", datetime(2015, 5, 11, 22, 1, 31)),
        ("00 00 00 29 02 24 20", datetime(2024, 2, 29)),
        ("00 00 00 29 02 23 20", None),
        ("60 00 00 01 01 24 20", None),
        ("0A 00 00 01 01 24 20", None),
        ("00 00 00 00 00 00 00", None),
        ("20 20 05 28 20 58 24", datetime(2020, 5, 28, 20, 58, 24)),
        ("20 16 07 15 09 59 59", datetime(2016, 7, 15, 9, 59, 59)),
        ("60 20 20 00 00 00 00", None),
    ],
)
def test_a_clock_is_a_time_that_exists(clock: str, local: datetime | None) -> None:
    assert cjt188_data.read_clock(bytes.fromhex(clock)) == local
