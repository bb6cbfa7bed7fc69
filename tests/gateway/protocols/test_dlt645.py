"""DL/T 645 frames beside those of a foreign library, and what the meter's side says."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from dlt645.model.types.dlt645_type import CtrlCode
from dlt645.protocol.protocol import DLT645Protocol
from dlt645.service.serversvc.server_service import MeterServerService

from gateway.drivers import registry
from gateway.drivers.contract import Device, DeviceAnswer
from gateway.protocols import bcd, dlt645
from gateway.protocols.framing import Diagnostic

AT = datetime(2026, 11, 23, tzinfo=UTC)


def one(data: bytes) -> dlt645.Frame:
    framer = dlt645.framer()
    (event,) = [*framer.feed(data), *framer.quiet()]
    assert isinstance(event, dlt645.Frame), event
    return event


def test_a_thousand_frames_of_a_foreign_library_are_read_as_it_meant_them() -> None:
    chance = random.Random(645)
    for _ in range(1000):
        digits = f"{chance.randrange(10**12):012d}"
        control = chance.randrange(256)
        data = chance.randbytes(chance.randrange(0, 60))
        wire = bytes(DLT645Protocol.build_frame(bcd.from_digits(digits), control, data))
        frame = one(wire)
        assert (frame.address, frame.control, frame.data) == (digits, control, data)


def test_a_thousand_frames_of_ours_are_read_by_a_foreign_library_as_we_meant_them() -> None:
    chance = random.Random(646)
    for _ in range(1000):
        digits = f"{chance.randrange(10**12):012d}"
        data = chance.randbytes(chance.randrange(0, 60))
        foreign = DLT645Protocol.deserialize(dlt645.WAKE_UP + dlt645.encode(digits, 0x91, data))
        assert bytes(foreign.addr)[::-1].hex() == digits
        assert (foreign.ctrl_code, bytes(foreign.data)) == (0x91, data)


@pytest.fixture
def foreign_meter() -> Any:
    """A meter of the foreign library, without a line: frames in, frames out. 1234.56 kWh, 0.1234 kW, 229.7 V."""
    meter = MeterServerService.__new__(MeterServerService)
    MeterServerService.__init__(meter, server=None)
    meter.set_address(bytes.fromhex("120000000000"))  # it does not turn the address: low byte first by hand
    assert meter.set_00(0x00010000, 1234.56)
    assert meter.set_02(0x02030000, 0.1234)
    assert meter.set_02(0x02010100, 229.7)
    return meter


def test_our_driver_reads_a_foreign_meter(foreign_meter: Any) -> None:
    paper = registry.load_documents()["dlt645-2007"]
    device = Device("e", paper, "000000000012")
    driver = registry.driver_for(paper)
    said = []
    for request in driver.requests(device):
        asked = DLT645Protocol.deserialize(request.payload)
        assert asked.ctrl_code == CtrlCode.ReadData
        answer = driver.interpret(device, request, one(bytes(foreign_meter.handle_request(asked))), AT)
        assert isinstance(answer, DeviceAnswer)
        said += [(reading.quantity.value, str(reading.value), reading.unit.value) for reading in answer.readings]
    assert said == [("energy", "1234.56", "kWh"), ("power", "0.1234", "kW")]


def test_a_refusal_of_a_foreign_meter_is_told(foreign_meter: Any) -> None:
    request = dlt645.read_request("000000000012", "02990000")
    refusal = one(bytes(foreign_meter.handle_request(DLT645Protocol.deserialize(request))))
    assert refusal.is_error
    assert dlt645.error_text(refusal.data) == "no such data"


def test_the_broadcast_of_the_time_is_the_one_of_the_standard() -> None:
    local = datetime(2015, 5, 11, 22, 1, 31)
    wire = dlt645.broadcast_time(local)
    assert wire.hex(" ").startswith("68 99 99 99 99 99 99 68 08 06 64 34 55 44 38 48")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("AAAAAAAAAAAA", True),
        ("123456789012", True),
        ("AAAAAAAA9012", True),
        ("123456789011", False),
        ("AAAAAAAA9011", False),
        ("999999999999", False),
    ],
)
def test_a_meter_knows_whether_it_is_meant(asked: str, meant: bool) -> None:
    assert dlt645.address_answers_to(asked, "123456789012") is meant


@pytest.mark.parametrize(("address", "data"), [("1", b""), ("1234567890123", b""), ("123456789012", bytes(201))])
def test_what_fits_no_frame_is_an_error(address: str, data: bytes) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        dlt645.encode(address, 0x11, data)


def test_a_length_that_no_meter_sends_is_told() -> None:
    framer = dlt645.framer()
    events = [*framer.feed(bytes.fromhex("68 43 10 00 11 34 00 68 91 F0 33")), *framer.quiet()]
    assert [event.code.value for event in events if isinstance(event, Diagnostic)] == ["length", "noise"]


@pytest.mark.parametrize(
    ("value", "length", "places", "signed", "wire"),
    [
        ("556677.00", 4, 2, False, "00776655"),
        ("-1.2345", 3, 4, True, "452381"),
        ("0", 3, 4, True, "000000"),
        ("12.349", 4, 2, False, "34120000"),
    ],
)
def test_numbers_are_written_as_registers_show_them(
    value: str, length: int, places: int, signed: bool, wire: str
) -> None:
    assert bcd.encode(Decimal(value), length, places, signed=signed).hex() == wire


@pytest.mark.parametrize(("value", "signed"), [("1000000", False), ("-1", False), ("-800000", True)])
def test_a_number_without_room_is_an_error(value: str, signed: bool) -> None:
    with pytest.raises(ValueError, match="room"):
        bcd.encode(Decimal(value), 4, 2, signed=signed)
