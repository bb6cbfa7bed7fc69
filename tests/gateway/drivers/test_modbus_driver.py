"""The Modbus driver asks in few questions, keeps to types and orders, and believes only what fits the question."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.drivers import modbus_value, registry
from gateway.drivers.contract import Device, DeviceAnswer, Ignored
from gateway.drivers.modbus import ModbusDriver, groups
from gateway.protocols import modbus
from gateway.protocols.framing import Code
from models.reading import Quality

AT = datetime(2026, 11, 23, tzinfo=UTC)
PAPERS = registry.load_documents()
RTU = ModbusDriver(over_tcp=False)
TCP = ModbusDriver(over_tcp=True)
METER = Device("e", PAPERS["eastron-sdm120"], "1")
BEHIND_TCP = Device("e", PAPERS["modbus-tcp-template"], "1")


def heard(unit: int, function: int, data: bytes) -> modbus.Frame:
    (event,) = RTU.framer().feed(modbus.encode_rtu(unit, function, data))
    assert isinstance(event, modbus.Frame)
    return event


def trouble_of(result: DeviceAnswer | Ignored) -> Code:
    assert isinstance(result, Ignored)
    return result.trouble.code


def test_registers_near_each_other_are_asked_for_together_and_far_ones_apart() -> None:
    assert [group.key for group in groups(METER.document)] == ["input:0:2", "input:12:2", "input:72:2"]
    assert [group.key for group in groups(BEHIND_TCP.document)] == ["holding:0:6"]


def test_the_question_is_the_one_of_the_makers_description() -> None:
    assert RTU.requests(METER)[0].payload.hex(" ").upper() == "01 04 00 00 00 02 71 CB"


def test_an_answer_of_another_unit_function_or_length_is_ignored() -> None:
    (voltage, *_) = RTU.requests(METER)
    real = struct.pack(">f", 230.2)
    other_unit = heard(2, modbus.READ_INPUT, modbus.answer_data(real))
    other_table = heard(1, modbus.READ_HOLDING, modbus.answer_data(real))
    other_length = heard(1, modbus.READ_INPUT, modbus.answer_data(real + b"\x00\x00"))
    assert trouble_of(RTU.interpret(METER, voltage, other_unit, AT)) is Code.OTHER_DEVICE
    assert trouble_of(RTU.interpret(METER, voltage, other_table, AT)) is Code.OTHER_DATA
    assert trouble_of(RTU.interpret(METER, voltage, other_length, AT)) is Code.OTHER_DATA


def test_an_exception_is_an_answer_with_a_diagnostic_and_no_reading() -> None:
    (voltage, *_) = RTU.requests(METER)
    answer = RTU.interpret(METER, voltage, heard(1, modbus.READ_INPUT | 0x80, b"\x02"), AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.readings == ()
    assert [(trouble.code, "no such register" in trouble.detail) for trouble in answer.troubles] == [
        (Code.REFUSED, True)
    ]


def test_not_a_number_gives_a_diagnostic_and_no_reading() -> None:
    (voltage, *_) = RTU.requests(METER)
    nan = heard(1, modbus.READ_INPUT, modbus.answer_data(bytes.fromhex("7FC00000")))
    answer = RTU.interpret(METER, voltage, nan, AT)
    assert isinstance(answer, DeviceAnswer)
    assert (answer.readings, [trouble.code for trouble in answer.troubles]) == ((), [Code.DATA])


def test_over_tcp_an_answer_to_an_older_question_is_ignored() -> None:
    (request,) = TCP.requests(BEHIND_TCP, serial=9)
    content = modbus.answer_data(bytes(12))
    for transaction, believed in ((8, False), (9, True)):
        (frame,) = TCP.framer().feed(modbus.encode_tcp(transaction, 1, modbus.READ_HOLDING, content))
        assert isinstance(TCP.interpret(BEHIND_TCP, request, frame, AT), DeviceAnswer) is believed


@pytest.mark.parametrize(
    ("wire", "kind", "low_word", "low_byte", "value"),
    [
        ("0001 E240", "u32", False, False, "123456"),
        ("E240 0001", "u32", True, False, "123456"),
        ("0100 40E2", "u32", False, True, "123456"),
        ("40E2 0100", "u32", True, True, "123456"),
        ("FF9C", "i16", False, False, "-100"),
        ("FF9C", "u16", False, False, "65436"),
        ("FFFF FF9C", "i32", False, False, "-100"),
        ("0000 0000 0001 E240", "u64", False, False, "123456"),
        ("4366 3333", "f32", False, False, "230.2"),
        ("3333 4366", "f32", True, False, "230.2"),
        ("406C C666 6666 6666", "f64", False, False, "230.2"),
        ("1234 5678", "bcd32", False, False, "12345678"),
        ("123A", "bcd16", False, False, None),
        ("7F80 0000", "f32", False, False, None),
    ],
)
def test_values_are_read_in_every_type_and_order(
    wire: str, kind: modbus_value.Type, low_word: bool, low_byte: bool, value: str | None
) -> None:
    data = modbus_value.ordered(bytes.fromhex(wire), low_word_first=low_word, low_byte_first=low_byte)
    number = modbus_value.read(data, kind)
    assert (None if number is None else f"{number:f}") == value


def test_bits_are_read_from_coils(tmp_path: Path) -> None:
    path = tmp_path / "bits.toml"
    path.write_text(
        """
protocol = "modbus-rtu"
title = "bits"
[[registers]]
table = "discrete"
address = 10
type = "bit"
quantity = "tamper"
poll = true
[[registers]]
table = "discrete"
address = 19
type = "bit"
quantity = "battery_low"
poll = true
[[frames]]
origin = "by hand"
hex = "01 02 02 00 02 38 79"
expect = [{ quantity = "tamper", value = "0" }]
""",
        encoding="utf-8",
    )
    device = Device("d", registry.load_document(path), "1")
    (request,) = RTU.requests(device)
    assert request.key == "discrete:10:10"
    answer = RTU.interpret(device, request, heard(1, modbus.READ_DISCRETE, modbus.answer_data(b"\x00\x02")), AT)
    assert isinstance(answer, DeviceAnswer)
    assert [(reading.quantity.value, str(reading.value)) for reading in answer.readings] == [
        ("tamper", "0"),
        ("battery_low", "1"),
    ]


@pytest.mark.parametrize("address", ["0", "248", "x", ""])
def test_a_unit_that_no_serial_device_has_is_an_error_before_anything_is_sent(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        RTU.requests(Device("x", METER.document, address))


@pytest.mark.parametrize("word", ["0007", "FFFF", "8000"])
def test_one_word_in_all_registers_is_a_filler_and_no_energy(word: str) -> None:
    """4587.59 kWh and 458759 W from a device that says 7 whatever it is asked."""
    (request,) = TCP.requests(BEHIND_TCP)
    content = modbus.answer_data(bytes.fromhex(word) * 6)
    (frame,) = TCP.framer().feed(modbus.encode_tcp(0, 1, modbus.READ_HOLDING, content))
    answer = TCP.interpret(BEHIND_TCP, request, frame, AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.readings == ()
    assert [(one.code, word in one.detail) for one in answer.troubles] == [(Code.DATA, True)]


def test_a_new_meter_whose_registers_are_all_zero_is_read() -> None:
    (request,) = TCP.requests(BEHIND_TCP)
    (frame,) = TCP.framer().feed(modbus.encode_tcp(0, 1, modbus.READ_HOLDING, modbus.answer_data(bytes(12))))
    answer = TCP.interpret(BEHIND_TCP, request, frame, AT)
    assert isinstance(answer, DeviceAnswer)
    assert [str(one.value) for one in answer.readings] == ["0.00", "0"]


@pytest.mark.parametrize("registers", ["00EA01F4", "00070007", "7F7FFFFF"])
def test_whole_numbers_read_as_a_real_one_are_never_a_good_value(registers: str) -> None:
    (voltage, *_) = RTU.requests(METER)
    answer = RTU.interpret(
        METER, voltage, heard(1, modbus.READ_INPUT, modbus.answer_data(bytes.fromhex(registers))), AT
    )
    assert isinstance(answer, DeviceAnswer)
    assert [one.quality for one in answer.readings] == [Quality.OUT_OF_RANGE]


@pytest.mark.parametrize("start", ["0300", "0301", "0B00"])
def test_a_question_for_far_registers_is_no_answer_with_half_a_register(start: str) -> None:
    question = bytes.fromhex(start + "0002")
    for driver, raw in (
        (RTU, modbus.encode_rtu(1, modbus.READ_HOLDING, question)),
        (TCP, modbus.encode_tcp(6, 1, modbus.READ_HOLDING, question)),
    ):
        (frame,) = driver.framer().feed(raw)
        assert isinstance(frame, modbus.Frame)
        assert frame.is_request
