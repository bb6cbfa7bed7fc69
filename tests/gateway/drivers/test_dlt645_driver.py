"""The DL/T 645-2007 driver asks for what its document says and believes only the answer to its question."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer, Ignored, Request
from gateway.drivers.dlt645 import Dlt645Driver
from gateway.protocols.dlt645 import EDITION_1997, EDITION_2007, Frame
from gateway.protocols.framing import Code
from models.quantity import Quantity
from models.reading import Quality

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
PAPER = registry.load_documents()["dlt645-2007"]
METER = Device("h-001-e", PAPER, "003411001043")
VOLTAGE = "68 43 10 00 11 34 00 68 91 06 33 34 34 35 CA 55 EE 16"
"""Recorded: 229.7 V of meter 003411001043."""
DRIVER = Dlt645Driver(EDITION_2007)


def frame(text: str) -> Frame:
    events = DRIVER.framer().feed(bytes.fromhex(text))
    assert isinstance(events[0], Frame)
    return events[0]


def with_sum(text: str) -> str:
    """Complete a frame written by hand up to its data."""
    body = bytes.fromhex(text)
    return (body + bytes([sum(body) & 0xFF, 0x16])).hex()


def ask(key: str) -> Request:
    return Request(b"", key)


def trouble_of(result: DeviceAnswer | Ignored) -> Code:
    assert isinstance(result, Ignored)
    return result.trouble.code


def test_it_asks_for_energy_and_power_with_the_address_low_byte_first() -> None:
    energy, power = DRIVER.requests(METER)
    assert energy.payload.hex(" ") == "fe fe fe fe 68 43 10 00 11 34 00 68 11 04 33 33 34 33 4a 16"
    assert power.payload.hex(" ").endswith("68 11 04 33 33 36 35 4e 16")
    assert [asked[0] for request in (energy, power) for asked in request.asks] == [Quantity.ENERGY, Quantity.POWER]


def test_an_address_that_no_meter_has_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="12 digits"):
        DRIVER.requests(Device("x", PAPER, "12345"))


def test_a_recorded_answer_gives_a_reading_with_value_step_time_and_bytes() -> None:
    answer = DRIVER.interpret(METER, ask("02010100"), frame(VOLTAGE), AT)
    assert isinstance(answer, DeviceAnswer)
    (reading,) = answer.readings
    assert (reading.device, reading.quantity, str(reading.value)) == ("h-001-e", Quantity.VOLTAGE, "229.7")
    assert (reading.at, reading.step, reading.raw) == (AT, Decimal("0.1"), bytes.fromhex(VOLTAGE))
    assert reading.quality is Quality.GOOD


def test_the_answer_of_another_meter_is_ignored() -> None:
    other = Device("x", PAPER, "000000000001")
    assert trouble_of(DRIVER.interpret(other, ask("02010100"), frame(VOLTAGE), AT)) is Code.OTHER_DEVICE


def test_the_answer_to_another_question_is_ignored() -> None:
    assert trouble_of(DRIVER.interpret(METER, ask("00010000"), frame(VOLTAGE), AT)) is Code.OTHER_DATA


def test_an_answer_too_short_to_name_what_it_answers_is_ignored() -> None:
    short = frame(with_sum("68 43 10 00 11 34 00 68 91 02 33 34"))
    assert trouble_of(DRIVER.interpret(METER, ask("02010100"), short, AT)) is Code.OTHER_DATA


def test_a_refusal_is_an_answer_with_a_diagnostic_and_no_reading() -> None:
    refusal = frame(with_sum("68 43 10 00 11 34 00 68 D1 01 35"))
    answer = DRIVER.interpret(METER, ask("02010100"), refusal, AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.readings == ()
    assert [(trouble.code, "no such data" in trouble.detail) for trouble in answer.troubles] == [(Code.REFUSED, True)]


def test_a_value_outside_what_the_meter_can_show_is_kept_and_marked() -> None:
    huge = frame(with_sum("68 43 10 00 11 34 00 68 91 06 33 34 34 35 CC CC"))  # 999.9 V
    answer = DRIVER.interpret(METER, ask("02010100"), huge, AT)
    assert isinstance(answer, DeviceAnswer)
    assert [(str(reading.value), reading.quality) for reading in answer.readings] == [("999.9", Quality.OUT_OF_RANGE)]


def test_a_long_answer_is_asked_for_part_by_part_and_read_as_a_whole() -> None:
    first = frame(with_sum("68 43 10 00 11 34 00 68 B1 05 33 34 34 35 CA"))
    answer = DRIVER.interpret(METER, ask("02010100"), first, AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.readings == ()
    assert answer.then is not None
    assert answer.then.payload.hex(" ").endswith("68 12 05 33 34 34 35 34 83 16")
    second = frame(with_sum("68 43 10 00 11 34 00 68 92 06 33 34 34 35 55 34"))
    whole = DRIVER.interpret(METER, answer.then, second, AT)
    assert isinstance(whole, DeviceAnswer)
    assert [str(reading.value) for reading in whole.readings] == ["229.7"]


def test_a_part_with_another_number_than_asked_is_ignored() -> None:
    then = Request(b"", "02010100", serial=2, collected=b"\x97")
    part_one = frame(with_sum("68 43 10 00 11 34 00 68 92 06 33 34 34 35 55 34"))
    assert trouble_of(DRIVER.interpret(METER, then, part_one, AT)) is Code.OTHER_DATA


def test_a_block_gives_each_of_its_registers_even_when_the_meter_leaves_tariffs_out() -> None:
    block = with_sum("68 43 10 00 11 34 00 68 91 0C 33 32 34 33 AB 89 67 45 33 34 33 33")
    said = DRIVER.overheard(PAPER, frame(block), AT)
    assert [str(reading.value) for reading in said.answer.readings] == ["123456.78", "1.00"]
    assert said.answer.troubles == ()


def test_more_bytes_than_the_register_has_give_a_diagnostic() -> None:
    long = frame(with_sum("68 43 10 00 11 34 00 68 91 08 33 34 34 35 CA 55 33 33"))
    answer = DRIVER.interpret(METER, ask("02010100"), long, AT)
    assert isinstance(answer, DeviceAnswer)
    assert [trouble.code for trouble in answer.troubles] == [Code.DATA]
    assert answer.readings == ()


OLD_PAPER = registry.load_documents()["dlt645-1997"]
OLD = Dlt645Driver(EDITION_1997)
OLD_METER = Device("h-002-e", OLD_PAPER, "003411001043")


def test_the_edition_of_1997_asks_with_two_bytes_and_function_01() -> None:
    requests = OLD.requests(OLD_METER)
    assert requests[0].payload.hex(" ") == "fe fe fe fe 68 43 10 00 11 34 00 68 01 02 43 c3 71 16"


def test_the_edition_of_1997_reads_its_answers() -> None:
    answer = OLD.interpret(
        OLD_METER, ask("9010"), frame(with_sum("68 43 10 00 11 34 00 68 81 06 43 C3 AB 89 67 45")), AT
    )
    assert isinstance(answer, DeviceAnswer)
    assert [(reading.quantity, str(reading.value)) for reading in answer.readings] == [(Quantity.ENERGY, "123456.78")]


def test_a_long_answer_of_1997_has_parts_without_numbers() -> None:
    first = OLD.interpret(OLD_METER, ask("9010"), frame(with_sum("68 43 10 00 11 34 00 68 A1 04 43 C3 AB 89")), AT)
    assert isinstance(first, DeviceAnswer)
    assert first.then is not None
    assert first.then.payload.hex(" ").endswith("68 02 02 43 c3 72 16")
    second = OLD.interpret(OLD_METER, first.then, frame(with_sum("68 43 10 00 11 34 00 68 82 04 43 C3 67 45")), AT)
    assert isinstance(second, DeviceAnswer)
    assert [str(reading.value) for reading in second.readings] == ["123456.78"]


@pytest.mark.parametrize(
    ("hand_made", "name", "value"),
    [
        ("68 43 10 00 11 34 00 68 91 08 34 34 33 37 34 44 38 48", "meter_date", "2015-05-11"),
        ("68 43 10 00 11 34 00 68 91 07 35 34 33 37 64 34 55", "meter_time", "22:01:31"),
        ("68 43 10 00 11 34 00 68 91 06 35 33 B3 35 CC 7C", "frequency", "49.99"),
        ("68 43 10 00 11 34 00 68 91 06 33 33 39 35 B3 3C", "power_factor", "0.980"),
    ],
)
def test_what_detectors_have_no_word_for_is_still_shown(hand_made: str, name: str, value: str) -> None:
    said = DRIVER.overheard(PAPER, frame(with_sum(hand_made)), AT)
    assert [(fact.name, fact.value) for fact in said.facts] == [(name, value)]


def _facts(identifier: str, value: str) -> list[tuple[str, str]]:
    """Show an answer whose identifier and value are written highest digit first, as in the standard's tables."""
    data = bytes.fromhex(identifier)[::-1] + bytes.fromhex(value)
    coded = bytes((byte + 0x33) & 0xFF for byte in data).hex(" ")
    said = DRIVER.overheard(PAPER, frame(with_sum(f"68 01 00 00 00 00 00 68 91 {len(data):02X} {coded}")), AT)
    return [(fact.name, f"{fact.value} {fact.unit}".strip()) for fact in said.facts]


@pytest.mark.parametrize(
    ("identifier", "value", "shown"),
    [
        ("00010001", "45 23 01 00", [("forward_active_energy.settlement1", "123.45 kWh")]),
        ("00030000", "45 23 01 80", [("reactive_energy_1", "-123.45 kvarh")]),
        ("00150000", "45 23 01 00", [("forward_active_energy_phase_a", "123.45 kWh")]),
        ("01010000", "45 23 01 30 08 25 11 26", [("forward_active_demand", "1.2345 2026-11-25T08:30 kW")]),
        ("0207FF00", "01 03 02 03 03 03", [(f"phase_angle.phase{n}", f"30.{n} deg") for n in (1, 2, 3)]),
        ("0206FF00", "98 09 97 89", [("power_factor", "0.998"), ("power_factor.phase1", "-0.997")]),
        ("0002FF00", "45 23 01 00 FF FF FF FF 20 01 00 00",
         [("reverse_active_energy", "123.45 kWh"), ("reverse_active_energy.tariff2", "1.20 kWh")]),
        ("05060101", "45 23 01 00 20 01 00 00",
         [("daily_freeze_forward_energy.back1", "123.45 kWh"),
          ("daily_freeze_forward_energy.tariff1.back1", "1.20 kWh")]),
        ("05060001", "00 00 25 11 26", [("daily_freeze_time.back1", "2026-11-25T00:00")]),
        ("04000501", "01 02", [("status_word_1", "0201")]),
        ("0001FFFF", "45 23 01 00", []),
        ("00FF0000", "45 23 01 00", []),
        ("00034100", "45 23 01 00", []),
    ],
)  # fmt: skip
def test_families_of_identifiers_are_shown_with_tariff_settlement_and_phase(
    identifier: str, value: str, shown: list[tuple[str, str]]
) -> None:
    assert _facts(identifier, value) == shown


def test_a_phase_that_the_meter_has_not_hides_none_behind_it() -> None:
    said = DRIVER.overheard(PAPER, frame(with_sum("68 01 00 00 00 00 00 68 91 0A 33 32 34 35 89 55 32 32 95 55")), AT)
    assert not said.answer.troubles
    assert [
        (str(reading.value), name) for reading, name in zip(said.answer.readings, said.answer.names, strict=True)
    ] == [
        ("225.6", "voltage, phase A"),
        ("226.2", "voltage, phase C"),
    ]


def test_a_date_that_does_not_exist_is_a_diagnostic() -> None:
    said = DRIVER.overheard(PAPER, frame(with_sum("68 43 10 00 11 34 00 68 91 08 34 34 33 37 34 64 35 48")), AT)
    assert [trouble.code for trouble in said.answer.troubles] == [Code.DATA]
    assert said.facts == ()
