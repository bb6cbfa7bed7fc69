"""The M-Bus driver resets or selects, reads telegram after telegram, and believes only the meter it asked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer, Ignored, Request
from gateway.drivers.mbus import MOST_TELEGRAMS, MbusDriver
from gateway.protocols import mbus
from gateway.protocols.framing import Code
from gateway.protocols.mbus_encode import MORE_FOLLOWS, integer_record, long_header, own_address, time_record
from models.quantity import Quantity

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
PAPERS = registry.load_documents()
DRIVER = MbusDriver()
PRIMARY = Device("w1", PAPERS["mbus-water"], "2")
SECONDARY = Device("w2", PAPERS["mbus-water"], "12345678")
EXAMPLE = (
    "68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02 18 16"
)
"""The example of the M-Bus documentation: 12.565 m³ of meter 12345678, primary address 2."""


def frame(text: str | bytes) -> mbus.Frame:
    data = text if isinstance(text, bytes) else bytes.fromhex(text)
    (event,) = DRIVER.framer().feed(data)
    assert isinstance(event, mbus.Frame)
    return event


def then(result: DeviceAnswer | Ignored) -> Request:
    assert isinstance(result, DeviceAnswer)
    assert result.then is not None
    return result.then


def trouble_of(result: DeviceAnswer | Ignored) -> Code:
    assert isinstance(result, Ignored)
    return result.trouble.code


def test_a_primary_meter_is_reset_and_then_asked() -> None:
    (reset,) = DRIVER.requests(PRIMARY)
    assert reset.payload.hex(" ") == "10 40 02 42 16"
    data = then(DRIVER.interpret(PRIMARY, reset, frame("E5"), AT))
    assert data.payload.hex(" ") == "10 7b 02 7d 16"
    answer = DRIVER.interpret(PRIMARY, data, frame(EXAMPLE), AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.then is None
    assert str(answer.readings[0].value) == "12.565"
    assert data.asks == reset.asks == ((Quantity.WATER_VOLUME, PAPERS["mbus-water"].registers[0].unit),)


def test_a_secondary_meter_is_selected_by_its_number_with_wildcards_for_the_rest() -> None:
    (select,) = DRIVER.requests(SECONDARY)
    assert select.payload.hex(" ") == "68 0b 0b 68 53 fd 52 78 56 34 12 ff ff ff ff b2 16"
    data = then(DRIVER.interpret(SECONDARY, select, frame("E5"), AT))
    assert data.payload.hex(" ") == "10 7b fd 78 16"
    answer = DRIVER.interpret(SECONDARY, data, frame(EXAMPLE), AT)
    assert isinstance(answer, DeviceAnswer)
    assert answer.readings[0].quantity is Quantity.WATER_VOLUME


def test_another_meter_than_the_selected_one_is_not_believed() -> None:
    other = Device("w3", PAPERS["mbus-water"], "12345679")
    data = Request(b"", "data")
    assert trouble_of(DRIVER.interpret(other, data, frame(EXAMPLE), AT)) is Code.OTHER_DEVICE


def test_another_primary_address_is_not_believed() -> None:
    other = Device("w3", PAPERS["mbus-water"], "3")
    assert trouble_of(DRIVER.interpret(other, Request(b"", "data"), frame(EXAMPLE), AT)) is Code.OTHER_DEVICE


def test_a_water_meter_is_no_electricity_meter_whatever_its_address() -> None:
    device = Device("e1", PAPERS["mbus-electricity"], "2")
    assert trouble_of(DRIVER.interpret(device, Request(b"", "data"), frame(EXAMPLE), AT)) is Code.OTHER_DEVICE


def of_medium(medium: int) -> bytes:
    """The example with another medium in its header, its sum counted anew."""
    raw = bytearray.fromhex(EXAMPLE)
    raw[14] = medium
    raw[-2] = sum(raw[4:-2]) & 0xFF
    return bytes(raw)


@pytest.mark.parametrize("medium", [0x00, 0x0E, 0x0F, 0x31, 0x36, 0x37])
@pytest.mark.parametrize("address", ["12345678", "2"])
def test_a_radio_converters_medium_throws_no_meter_away_whose_address_fits(medium: int, address: str) -> None:
    device = Device("w", PAPERS["mbus-water"], address)
    answer = DRIVER.interpret(device, Request(b"", "data"), frame(of_medium(medium)), AT)
    assert isinstance(answer, DeviceAnswer)
    assert (answer.readings[0].quantity, str(answer.readings[0].value)) == (Quantity.WATER_VOLUME, "12.565")


def test_a_radio_converter_of_another_number_and_a_heat_meter_of_the_right_one_are_not_believed() -> None:
    other = Device("w3", PAPERS["mbus-water"], "12345679")
    assert trouble_of(DRIVER.interpret(other, Request(b"", "data"), frame(of_medium(0x37)), AT)) is Code.OTHER_DEVICE
    assert (
        trouble_of(DRIVER.interpret(SECONDARY, Request(b"", "data"), frame(of_medium(0x04)), AT)) is Code.OTHER_DEVICE
    )


def test_our_own_words_coming_back_are_no_answer() -> None:
    (reset,) = DRIVER.requests(PRIMARY)
    assert trouble_of(DRIVER.interpret(PRIMARY, reset, frame("10 40 02 42 16"), AT)) is Code.ECHO


def test_an_acknowledgement_is_no_readout_and_a_readout_no_acknowledgement() -> None:
    assert trouble_of(DRIVER.interpret(PRIMARY, Request(b"", "data"), frame("E5"), AT)) is Code.OTHER_DATA
    assert trouble_of(DRIVER.interpret(PRIMARY, Request(b"", "reset"), frame(EXAMPLE), AT)) is Code.OTHER_DATA


def test_telegrams_are_asked_for_with_the_count_bit_turned_until_the_meter_has_no_more() -> None:
    own = own_address("12345678", "PAD", 1, 0x07)
    head = long_header(own, 1)
    one = frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + integer_record(b"\x13", 12565) + MORE_FOLLOWS))
    first = DRIVER.interpret(PRIMARY, Request(b"", "data"), one, AT)
    assert isinstance(first, DeviceAnswer)
    assert [str(reading.value) for reading in first.readings[:1]] == ["12.565"]
    assert then(first).payload.hex(" ") == "10 5b 02 5d 16"
    second = then(DRIVER.interpret(PRIMARY, then(first), one, AT))
    assert second.payload.hex(" ") == "10 7b 02 7d 16"
    last = frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + time_record(datetime(2026, 11, 23, 21, 5))))
    done = DRIVER.interpret(PRIMARY, second, last, AT)
    assert isinstance(done, DeviceAnswer)
    assert done.then is None
    clocks = [reading.value for reading in done.readings if reading.quantity is Quantity.METER_CLOCK]
    assert clocks == [int(datetime(2026, 11, 23, 21, 5, tzinfo=UTC).timestamp())]


def test_a_meter_that_never_ends_is_not_followed_for_ever() -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    endless = frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + integer_record(b"\x13", 1) + MORE_FOLLOWS))
    request: Request | None = Request(b"", "data")
    asked = 0
    while request is not None:
        asked += 1
        answer = DRIVER.interpret(PRIMARY, request, endless, AT)
        assert isinstance(answer, DeviceAnswer)
        request = answer.then
    assert asked == MOST_TELEGRAMS


def test_stored_maximum_and_qualified_values_are_never_the_register() -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    records = integer_record(b"\x13", 5, storage=1) + integer_record(b"\x93\x3b", 6) + integer_record(b"\x93\x28", 7)
    answer = DRIVER.interpret(
        PRIMARY, Request(b"", "data"), frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + records)), AT
    )
    assert isinstance(answer, DeviceAnswer)
    assert Quantity.WATER_VOLUME not in {reading.quantity for reading in answer.readings}


def test_a_record_marked_as_wrong_by_the_meter_gives_no_reading() -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    wrong = integer_record(b"\x93\x18", 5)
    answer = DRIVER.interpret(
        PRIMARY, Request(b"", "data"), frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + wrong)), AT
    )
    assert isinstance(answer, DeviceAnswer)
    assert Quantity.WATER_VOLUME not in {reading.quantity for reading in answer.readings}


def test_unknown_records_are_kept_raw() -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    said = DRIVER.overheard(
        PRIMARY.document, frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + bytes.fromhex("02 FF 68 34 12"))), AT
    )
    told = [(fact.name, fact.value, fact.unit) for fact in said.facts]
    assert told == [("manufacturer_specific", "02 FF 68 34 12", "raw")]


def _facts(records: bytes) -> list[tuple[str, str, str]]:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    said = DRIVER.overheard(PRIMARY.document, frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + records)), AT)
    return [(fact.name, fact.value, fact.unit) for fact in said.facts]


@pytest.mark.parametrize(
    ("record", "fact"),
    [
        ("02 93 39 65 31", ("volume.start_of", "2027-01-05 00:00:00", "")),
        ("02 93 6F 65 31", ("volume.end_of_last", "2027-01-05 00:00:00", "")),
        ("01 BB 49 03", ("volume_flow.upper_limit_exceeds", "3", "")),
        ("01 BB 5A 07", ("volume_flow.duration_of_first_upper_exceed", "7", "h")),
        ("04 93 3C 05 00 00 00", ("volume.backward_only", "0.005", "m3")),
        ("04 93 3B 05 00 00 00", ("volume.forward_only", "0.005", "m3")),
        ("04 93 12 05 00 00 00", ("volume.average", "0.005", "m3")),
        ("02 FD C8 FC 01 D1 08", ("voltage.phase_1", "225.7", "V")),
        ("02 FB 2D 85 13", ("frequency", "49.97", "Hz")),
        ("04 FB 82 75 39 30 00 00", ("reactive_energy", "1234500", "varh")),
        ("03 6D 1E 2D 17", ("time_point", "23:45:30", "")),
        ("01 FD 17 FE", ("error_flags", "254", "")),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0],
)
def test_what_an_extension_makes_of_a_record_is_named_and_a_date_is_a_date(
    record: str, fact: tuple[str, str, str]
) -> None:
    assert _facts(bytes.fromhex(record)) == [fact]


def test_a_scale_behind_the_second_extension_is_a_name_and_scales_nothing() -> None:
    assert _facts(bytes.fromhex("04 93 FC 71 05 00 00 00")) == [("volume.second_extension_71", "0.005", "m3")]


def test_a_constant_that_the_meter_adds_is_added() -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    data = mbus.answer(2, mbus.CI_LONG_HEADER, head + integer_record(b"\x94\x79", 5))
    answer = DRIVER.interpret(PRIMARY, Request(b"", "data"), frame(data), AT)
    assert isinstance(answer, DeviceAnswer)
    volumes = [reading.value for reading in answer.readings if reading.quantity is Quantity.WATER_VOLUME]
    assert volumes == [Decimal("0.060")]


def test_a_document_may_ask_for_a_record_with_qualifiers(tmp_path: Path) -> None:
    text = (registry.shipped_folder() / "mbus-water.toml").read_text(encoding="utf-8")
    text = text.replace('kind = "volume"\n', 'kind = "volume"\nqualifiers = ["forward_only"]\n', 1)
    (tmp_path / "forward.toml").write_text(text, encoding="utf-8")
    paper = registry.load_document(tmp_path / "forward.toml")
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    records = integer_record(b"\x13", 5) + integer_record(b"\x93\x3b", 6) + integer_record(b"\x93\x3c", 1)
    data = mbus.answer(2, mbus.CI_LONG_HEADER, head + records)
    answer = DRIVER.interpret(Device("d", paper, "2"), Request(b"", "data"), frame(data), AT)
    assert isinstance(answer, DeviceAnswer)
    volumes = [reading.value for reading in answer.readings if reading.quantity is Quantity.WATER_VOLUME]
    assert volumes == [Decimal("0.006")]


def test_a_telegram_that_ends_inside_a_record_is_told_and_what_stood_before_it_still_counts() -> None:
    cut = "68 1C 1C 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 C7 16"
    answer = DRIVER.interpret(PRIMARY, Request(b"", "data"), frame(cut), AT)
    assert isinstance(answer, DeviceAnswer)
    assert str(answer.readings[0].value) == "12.565"
    assert [(trouble.code, trouble.offset) for trouble in answer.troubles] == [(Code.DATA, 29)]


def test_a_busy_meter_refuses() -> None:
    answer = DRIVER.interpret(
        Device("w", PRIMARY.document, "1"), Request(b"", "data"), frame("68 04 04 68 08 01 70 08 81 16"), AT
    )
    assert isinstance(answer, DeviceAnswer)
    assert [(trouble.code, "busy" in trouble.detail) for trouble in answer.troubles] == [(Code.REFUSED, True)]


@pytest.mark.parametrize("address", ["251", "999", "1234567", "ABCDEFGH", ""])
def test_an_address_that_no_meter_has_is_an_error_before_anything_is_sent(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        DRIVER.requests(Device("x", PRIMARY.document, address))


@pytest.mark.parametrize(
    ("record", "value", "unit"),
    [
        ("02 FC 03 48 52 25 74 D4 11", "45.64", "%RH"),
        ("03 FC 20 03 43 42 41 15 31 00", "12565", "ABC"),
        ("0D 7C 03 4C 41 42 04 44 43 42 41", "ABCD", "BAL"),
    ],
    ids=["behind the VIF", "behind the last VIFE", "without extension"],
)
def test_a_unit_in_words_is_found_where_meters_put_it(record: str, value: str, unit: str) -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)
    said = DRIVER.overheard(
        PRIMARY.document, frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + bytes.fromhex(record))), AT
    )
    assert [(fact.value, fact.unit) for fact in said.facts] == [(value, unit)]


def test_more_than_ten_extensions_end_the_reading_and_what_stood_before_still_counts() -> None:
    sound, endless = (
        "68 29 29 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00",
        "DA 02 3B 13 01 8B 8B 8B 8B 8B 8B 8B 8B 8B 8B 8B 60 04 37 18 02 86 16",
    )
    many = f"{sound} {endless}"
    answer = DRIVER.interpret(PRIMARY, Request(b"", "data"), frame(many), AT)
    assert isinstance(answer, DeviceAnswer)
    assert str(answer.readings[0].value) == "12.565"
    assert ["more than 10" in trouble.detail for trouble in answer.troubles] == [True]


@pytest.mark.parametrize(("mode", "read"), [(0x00, True), (0x05, False), (0x07, False), (0xFF, True), (0xB6, True)])
def test_what_needs_a_key_is_told_and_never_read_as_if_it_did_not(mode: int, read: bool) -> None:
    head = long_header(own_address("12345678", "PAD", 1, 0x07), 1)[:-1] + bytes([mode])
    answer = DRIVER.interpret(
        PRIMARY,
        Request(b"", "data"),
        frame(mbus.answer(2, mbus.CI_LONG_HEADER, head + integer_record(b"\x13", 12565))),
        AT,
    )
    assert isinstance(answer, DeviceAnswer)
    assert (Quantity.WATER_VOLUME in {reading.quantity for reading in answer.readings}) is read
    assert [trouble.code for trouble in answer.troubles] == ([] if read else [Code.UNSUPPORTED])
