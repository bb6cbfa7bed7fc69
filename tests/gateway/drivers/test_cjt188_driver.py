"""The CJ/T 188 driver believes only the answer to its question, in whichever byte order it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.drivers import registry
from gateway.drivers.cjt188 import Cjt188Driver
from gateway.drivers.contract import Device, DeviceAnswer, Ignored
from gateway.protocols.cjt188 import Frame
from gateway.protocols.framing import Code
from models.quantity import Quantity, Unit
from models.reading import Quality

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
PAPER = registry.load_documents()["cjt188-2004"]
METER = Device("h-001-w", PAPER, "78330011223344")
DRIVER = Cjt188Driver()
HEAD = "68 10 44 33 22 11 00 33 78 81 16 1F 90 00 "
VALUE = "00 77 66 55 2C 00 77 66 55 2C "
TAIL = "31 01 22 11 05 15 20 21 84"


def frame(body: str) -> Frame:
    """Return a frame written by hand, its sum and end added."""
    raw = bytes.fromhex(body)
    events = DRIVER.framer().feed(raw + bytes([sum(raw) & 0xFF, 0x16]))
    assert isinstance(events[0], Frame)
    return events[0]


def answered(body: str, serial: int = 0) -> DeviceAnswer | Ignored:
    (request,) = DRIVER.requests(METER, serial)
    return DRIVER.interpret(METER, request, frame(body), AT)


def values(result: DeviceAnswer | Ignored) -> dict[Quantity, str]:
    assert isinstance(result, DeviceAnswer)
    return {reading.quantity: f"{reading.value:f} {reading.unit.value}" for reading in result.readings}


def test_it_asks_as_the_standards_sample_does() -> None:
    (request,) = DRIVER.requests(METER)
    assert request.payload.hex(" ").upper() == "FE FE FE FE 68 10 44 33 22 11 00 33 78 01 03 1F 90 00 80 16"
    assert request.asks == ((Quantity.WATER_VOLUME, Unit.CUBIC_METRE),)


def test_the_sample_answer_gives_register_clock_status_valve_and_battery() -> None:
    assert values(answered(HEAD + VALUE + TAIL)) == {
        Quantity.WATER_VOLUME: "556677.00 m3",
        Quantity.METER_CLOCK: "1431381691 s",
        Quantity.STATUS: "33825 1",
        Quantity.VALVE_OPEN: "0 1",
        Quantity.BATTERY_LOW: "0 1",
    }


def test_both_orders_of_the_identifier_are_read() -> None:
    assert values(answered(HEAD.replace("1F 90", "90 1F") + VALUE + TAIL))[Quantity.WATER_VOLUME] == "556677.00 m3"


def test_the_step_is_what_the_digits_can_show() -> None:
    result = answered(HEAD + VALUE + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert result.readings[0].step == Decimal("0.01")


@pytest.mark.parametrize(("code", "said"), [("29", "55667700 L"), ("2C", "556677.00 m3")])
def test_the_unit_is_the_one_the_frame_says(code: str, said: str) -> None:
    body = HEAD + VALUE.replace("2C", code) + TAIL
    assert values(answered(body))[Quantity.WATER_VOLUME] == said


@pytest.mark.parametrize("unit", ["77", "05"])
def test_an_answer_whose_second_unit_is_none_or_of_another_sort_is_refused_whole(unit: str) -> None:
    """A maker's own layout (total, fraction, flow): the fraction's byte can look like litres, the next one does not."""
    result = answered(HEAD + "00 34 12 00 29 12 00 00 00 " + unit + " " + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert result.readings == ()
    assert [trouble.code for trouble in result.troubles] == [Code.DATA]


@pytest.mark.parametrize("settled", ["00 00 00 00 00", "FF FF FF FF 2C", "00 00 00 00 2C", "EE EE EE EE EE"])
def test_a_settlement_that_the_meter_does_not_keep_takes_no_reading_away(settled: str) -> None:
    assert values(answered(HEAD + "00 77 66 55 2C " + settled + " " + TAIL))[Quantity.WATER_VOLUME] == "556677.00 m3"


def test_an_unknown_unit_is_a_diagnostic_and_no_volume() -> None:
    result = answered(HEAD + VALUE.replace("2C", "77", 1) + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert Quantity.WATER_VOLUME not in values(result)
    assert [(trouble.code, trouble.offset) for trouble in result.troubles] == [(Code.DATA, 18)]


def test_a_unit_that_is_none_of_a_volume_is_a_diagnostic_and_no_volume() -> None:
    result = answered(HEAD + VALUE.replace("2C", "05", 1) + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert Quantity.WATER_VOLUME not in values(result)
    assert [trouble.code for trouble in result.troubles] == [Code.DATA]


def test_the_answer_to_an_older_question_is_ignored() -> None:
    result = answered(HEAD + VALUE + TAIL, serial=1)
    assert isinstance(result, Ignored)
    assert result.trouble.code is Code.OTHER_DATA


def test_the_answer_of_another_meter_is_ignored() -> None:
    result = answered((HEAD + VALUE + TAIL).replace("44 33", "45 33", 1))
    assert isinstance(result, Ignored)
    assert result.trouble.code is Code.OTHER_DEVICE


def test_a_gas_meter_with_the_same_number_is_another_meter() -> None:
    result = answered((HEAD + VALUE + TAIL).replace("68 10", "68 30", 1))
    assert isinstance(result, Ignored)
    assert result.trouble.code is Code.OTHER_DEVICE


def test_a_refusal_is_an_answer_with_a_diagnostic_and_no_reading() -> None:
    result = answered("68 10 44 33 22 11 00 33 78 C1 03 00 02 00")
    assert isinstance(result, DeviceAnswer)
    assert result.readings == ()
    assert [trouble.code for trouble in result.troubles] == [Code.REFUSED]


@pytest.mark.parametrize(
    ("status", "valve", "battery_low"), [("00 00", "1 1", "0 1"), ("01 00", "0 1", "0 1"), ("04 00", "1 1", "1 1")]
)
def test_valve_and_battery_are_bits_of_the_status_word(status: str, valve: str, battery_low: str) -> None:
    said = values(answered(HEAD + VALUE + TAIL.replace("21 84", status)))
    assert (said[Quantity.VALVE_OPEN], said[Quantity.BATTERY_LOW]) == (valve, battery_low)


def test_a_valve_out_of_order_is_neither_open_nor_closed() -> None:
    assert Quantity.VALVE_OPEN not in values(answered(HEAD + VALUE + TAIL.replace("21 84", "03 00")))


def test_a_clock_that_is_no_time_is_shown_and_the_volume_still_counts() -> None:
    odd = HEAD + VALUE + TAIL.replace("11 05 15", "31 02 15")
    said = values(answered(odd))
    assert said[Quantity.WATER_VOLUME] == "556677.00 m3"
    assert Quantity.METER_CLOCK not in said
    overheard = DRIVER.overheard(PAPER, frame(odd), AT)
    told = [(fact.name, fact.value) for fact in overheard.facts]
    assert told == [("settlement", "556677.00"), ("meter_clock", "no such time: 20150231220131")]


def test_a_clock_sent_the_other_way_round_is_read() -> None:
    said = values(answered(HEAD + VALUE + "20 20 05 28 20 58 24 00 00"))
    clock = datetime(2020, 5, 28, 20, 58, 24, tzinfo=UTC)
    assert said[Quantity.METER_CLOCK] == f"{int(clock.timestamp())} s"


@pytest.mark.parametrize("filler", ["FF", "99", "EE"])
def test_what_a_meter_does_not_keep_is_no_trouble(filler: str) -> None:
    body = HEAD + "00 59 59 00 2C " + f"{filler} " * 4 + "2C " + f"{filler} " * 7 + "00 00"
    result = answered(body)
    assert isinstance(result, DeviceAnswer)
    assert values(result)[Quantity.WATER_VOLUME] == "5959.00 m3"
    assert result.troubles == ()


def test_a_total_of_filler_is_a_diagnostic_and_no_volume() -> None:
    result = answered(HEAD + "FF FF FF FF 2C 00 00 00 00 2C " + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert Quantity.WATER_VOLUME not in values(result)
    assert [trouble.code for trouble in result.troubles] == [Code.DATA]


def test_a_meter_without_a_clock_sends_zeros_and_that_is_no_trouble() -> None:
    result = answered(HEAD + VALUE + "00 00 00 00 00 00 00 00 00")
    assert isinstance(result, DeviceAnswer)
    assert Quantity.METER_CLOCK not in values(result)
    assert result.troubles == ()


def test_an_answer_of_only_the_register_is_read() -> None:
    body = "68 10 44 33 22 11 00 33 78 81 08 1F 90 00 00 77 66 55 2C"
    assert values(answered(body)) == {Quantity.WATER_VOLUME: "556677.00 m3"}


def test_an_address_that_no_meter_has_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="14 digits"):
        DRIVER.requests(Device("x", PAPER, "12345"))


def test_all_readings_of_a_good_answer_are_good() -> None:
    result = answered(HEAD + VALUE + TAIL)
    assert isinstance(result, DeviceAnswer)
    assert {reading.quality for reading in result.readings} == {Quality.GOOD}


GAS_WITHOUT_UNIT = (
    "68 30 02 01 00 06 16 05 23 81 16 1F 90 01 17 72 00 00 00 00 00 00 00 00 00 00 12 01 01 20 16 35 00 2E 16"
)
"""Published with a hand-held reader's source: a gas meter that sends 00 where its unit code belongs."""


@pytest.mark.parametrize(("option", "said"), [("", []), ('\nabsent_unit = "m3"', ["72.17 m3"])])
def test_a_number_without_unit_is_read_only_where_the_document_knows_it(
    tmp_path: Path, option: str, said: list[str]
) -> None:
    text = (registry.shipped_folder() / "cjt188-2004-gas.toml").read_text(encoding="utf-8")
    (tmp_path / "gas.toml").write_text(
        text.replace("meter_type = 0x30", f"meter_type = 0x30{option}"), encoding="utf-8"
    )
    paper = registry.load_document(tmp_path / "gas.toml")
    answer = DRIVER.overheard(paper, frame(GAS_WITHOUT_UNIT), AT).answer
    volumes = [f"{one.value:f} {one.unit.value}" for one in answer.readings if one.quantity is Quantity.GAS_VOLUME]
    assert volumes == said
